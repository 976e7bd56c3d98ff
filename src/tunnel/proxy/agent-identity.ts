import { createHash, timingSafeEqual } from 'node:crypto';
import { ZxpError } from '../../model/errors.js';

/** Who an agent is: the name of its token, or what its certificate says. */
export interface AgentIdentity {
  readonly name: string;
  /** Whether it may register this path. */
  readonly mayRegister: (path: string) => boolean;
  /** Digest of the token that showed it, if one did. */
  readonly tokenDigest?: Buffer;
}

/** A token with its name and the globs of its paths, none for every path. */
export interface AgentToken {
  readonly name: string;
  readonly token: string;
  readonly paths: readonly string[];
}

/** The tokens that count at a time. */
export interface TokenTable {
  /** Finds whose token this is. Takes the same time for every token that is none. */
  find(token: string): AgentIdentity | undefined;
  /** What an identity of an earlier table is in this one; undefined where its name or its token is gone. */
  renew(identity: AgentIdentity): AgentIdentity | undefined;
}

/** Compares digests of tokens. Throws a ZxpError of code `config` for two names or two tokens that are the same. */
export function createTokenTable(tokens: readonly AgentToken[]): TokenTable {
  const identities = tokens.map(({ name, token, paths }) => ({
    name,
    tokenDigest: digestOf(token),
    mayRegister: createPathFilter(paths),
  }));
  refuseDuplicates(tokens);
  const findDigest = (digest: Buffer) => {
    let found: AgentIdentity | undefined;
    for (const identity of identities) {
      if (timingSafeEqual(identity.tokenDigest, digest)) found ??= identity;
    }
    return found;
  };
  return {
    find: (token) => findDigest(digestOf(token)),
    renew: ({ name, tokenDigest }) => {
      const found = tokenDigest === undefined ? undefined : findDigest(tokenDigest);
      return found?.name === name ? found : undefined;
    },
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function refuseDuplicates(tokens: readonly AgentToken[]): void {
  for (const [i, { name, token }] of tokens.entries()) {
    const earlier = tokens.slice(0, i);
    if (token === '') throw new ZxpError('config', `the token of agent ${name} is empty`);
    if (earlier.some((other) => other.name === name)) {
      throw new ZxpError('config', `two agents are called ${name}`, { hint: 'give each token its own name' });
    }
    const twin = earlier.find((other) => other.token === token);
    if (twin !== undefined) {
      throw new ZxpError('config', `the agents ${twin.name} and ${name} have the same token`, {
        hint: 'give each agent a token of its own',
      });
    }
  }
}

function createPathFilter(globs: readonly string[]): (path: string) => boolean {
  return globs.length === 0 ? () => true : (path) => globs.some((glob) => matchesGlob(glob, path));
}

/** Whether all of the text matches: `*` is any run of characters, `?` is one. Takes time in proportion to both lengths. */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      retry = t;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
