import { RE2JS } from 're2js';
import { LruMap } from '../../async/lru-map.js';
import { filterFamilies } from '../../exposition/filter-families.js';
import type { Problem } from '../../model/errors.js';
import type { PatternSpec } from '../../model/tunnel.js';

/** Leaves families out of a response. */
export interface MetricFilter {
  /** The body with the families that are kept; as it is where its type is none of the text formats. */
  apply(body: Buffer, contentType: string): Buffer;
  /** An `Accept` that names text formats alone, so that nothing passes because it cannot be read. */
  narrowAccept(accept: string): string;
}

const MAX_REMEMBERED = 10_000;
const MAX_PATTERN_LENGTH = 1000;

/**
 * Compiles `only` and `drop`: RE2, matched against the whole name of a family. Kept is what one of `only` matches, where
 * there is any, and none of `drop`. Undefined where there is nothing to filter.
 */
export function compileMetricFilter(
  { only, drop }: { readonly only: readonly PatternSpec[]; readonly drop: readonly PatternSpec[] },
  problems: Problem[],
  /** Families that are kept whatever the patterns are. */
  isExempt: (name: string) => boolean = () => false,
): MetricFilter | undefined {
  if (only.length === 0 && drop.length === 0) return undefined;
  const wanted = only.flatMap((spec) => compilePattern(spec, problems) ?? []);
  const unwanted = drop.flatMap((spec) => compilePattern(spec, problems) ?? []);
  const matchesAny = (patterns: readonly RE2JS[], names: readonly string[]) =>
    patterns.some((pattern) => names.some((name) => pattern.testExact(name)));
  const known = new LruMap<boolean>(MAX_REMEMBERED);
  const keeps = (names: readonly string[]): boolean => {
    const key = names.join('\n');
    const before = known.get(key);
    if (before !== undefined) return before;
    const isKept =
      names.some(isExempt) || ((only.length === 0 || matchesAny(wanted, names)) && !matchesAny(unwanted, names));
    known.set(key, isKept);
    return isKept;
  };
  return {
    apply: (body, contentType) => (isTextFormat(contentType) ? filterFamilies(body, keeps) : body),
    narrowAccept: (accept) =>
      accept
        .split(',')
        .filter((range) => !/^\s*application\/(?!openmetrics-text)/i.test(range))
        .join(','),
  };
}

function compilePattern({ pattern, where }: PatternSpec, problems: Problem[]): RE2JS | undefined {
  try {
    if (pattern.length > MAX_PATTERN_LENGTH) throw new Error(`longer than ${MAX_PATTERN_LENGTH} characters`);
    return RE2JS.compile(pattern);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const hint = 'the syntax is that of RE2: no look-around, no back-references';
    problems.push({ where, message: `is not a regular expression: ${reason}`, hint });
    return undefined;
  }
}

/** Without a type it is what exporters of old sent: text. */
function isTextFormat(contentType: string): boolean {
  const [type = ''] = contentType.split(';');
  return ['', 'text/plain', 'application/openmetrics-text'].includes(type.trim().toLowerCase());
}
