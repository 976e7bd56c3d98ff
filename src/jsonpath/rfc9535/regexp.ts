import { RE2JS } from 're2js';
import type { Work } from '../../model/work.js';

/** Matches of all segments and filters of one evaluation, together. */
const MAX_MATCHES = 10_000_000;

/**
 * What the regular expressions of one evaluation may cost: characters times the size of the program, a few nanoseconds
 * each as a rule and 30 at worst.
 */
const MAX_REGEXP_COST = 200_000_000;

/** Stops an evaluation that would take too long; the query turns it into a failure. */
export class QueryLimitError extends Error {}

/** One evaluation of one query: the document, which filters may ask for as `$`, and what is left of the bounds. */
export class QueryRun {
  readonly root: unknown;
  readonly #work: Work;
  #matches = 0;
  #regexpCost = 0;

  constructor(root: unknown, work: Work) {
    this.root = root;
    this.#work = work;
  }

  /** Counts an element that a filter looks at. */
  visit(): void {
    this.#work.spend(1);
  }

  countMatch(): void {
    this.#work.spend(1);
    if (++this.#matches > MAX_MATCHES) throw new QueryLimitError('the query has too many matches');
  }

  chargeRegexp(cost: number): void {
    this.#work.spend(cost);
    this.#regexpCost += cost;
    if (this.#regexpCost > MAX_REGEXP_COST) {
      throw new QueryLimitError('the regular expressions of the query would take too long');
    }
  }
}

/**
 * The regular expressions of `match` and `search`. RFC 9535 wants I-Regexp (RFC 9485); RE2's syntax holds it, and `\d`,
 * `\w`, `^` and `$` beside it, which people write anyway.
 *
 * The engine is re2js, a port of RE2: its time is linear in the text, where JavaScript's own backtracks, so that
 * `(a+)+$` and a reply of thirty `a` would stop the whole process. Linear is still the text times the pattern, hence
 * the budget of QueryRun. A pattern may come from the document too; those are short and pay for being compiled.
 */
export interface Regexp {
  matches(text: string, run: QueryRun): boolean;
}

/** `match` is about the whole text, `search` about any part of it. */
export type RegexpMode = 'match' | 'search';

const MAX_PATTERN_LENGTH = 1000;
const MAX_CACHED = 32;

/** Compiling takes about this much per character of the pattern, in units of the budget. */
const COMPILE_COST = 10_000;

/** Undefined for a pattern that RE2 does not take. */
export function compileRegexp(pattern: string, mode: RegexpMode): Regexp | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return undefined;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(narrowDots(pattern));
  } catch {
    return undefined;
  }
  const size = compiled.programSize();
  return {
    matches(text, run) {
      run.chargeRegexp(text.length * size);
      return mode === 'match' ? compiled.testExact(text) : compiled.test(text);
    },
  };
}

/** Compiles patterns as they come, remembering the last few. A pattern that RE2 does not take matches nothing. */
export function createRegexpCache(mode: RegexpMode): (pattern: string, run: QueryRun) => Regexp | undefined {
  const cache = new Map<string, Regexp | undefined>();
  return (pattern, run) => {
    if (cache.has(pattern)) return cache.get(pattern);
    run.chargeRegexp(Math.min(pattern.length, MAX_PATTERN_LENGTH) * COMPILE_COST);
    const regexp = compileRegexp(pattern, mode);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(pattern, regexp);
    return regexp;
  };
}

/** A dot is any character but line feed and carriage return in I-Regexp, and any but line feed in RE2. */
function narrowDots(pattern: string): string {
  return pattern.replace(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\./gu, (part) =>
    part === '.' ? '[^\\n\\r]' : part,
  );
}
