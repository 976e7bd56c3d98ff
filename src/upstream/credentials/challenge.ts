/** One challenge of a server for credentials (RFC 9110, 11.3). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** In their order, names in lower case. Empty for a scheme that has a token68 in their place. */
  readonly params: readonly (readonly [name: string, value: string])[];
}

const SEPARATORS = /[ \t,]*/y;
const SCHEME = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]+|(?=,|$))/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
/** A value without quotes may hold what a URL does: servers forget the quotes. */
const PARAM = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^ \t,"]*))(?=[ \t]*(?:,|$))/y;
const END = /(?=,|$)/y;

/**
 * Reads `WWW-Authenticate`, several values of it joined by commas: challenges by commas, and their parameters by commas
 * again. A challenge that is not one, and what comes after it, is left out.
 */
export function parseChallenges(text: string): readonly Challenge[] {
  const challenges: { scheme: string; params: (readonly [string, string])[] }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const takeParam = (): boolean => {
    const match = challenges.length === 0 ? null : take(PARAM);
    if (match === null) return false;
    const [, name = '', quoted, plain = ''] = match;
    challenges.at(-1)?.params.push([name.toLowerCase(), quoted?.replace(/\\(.)/gs, '$1') ?? plain]);
    return true;
  };
  for (;;) {
    take(SEPARATORS);
    if (at === text.length) return challenges;
    if (takeParam()) continue;
    const scheme = take(SCHEME)?.[1];
    if (scheme === undefined) return challenges.slice(0, -1);
    challenges.push({ scheme: scheme.toLowerCase(), params: [] });
    const isWhole = take(TOKEN68) !== null || takeParam() || take(END) !== null;
    if (!isWhole) return challenges.slice(0, -1);
  }
}
