/** Matches of all segments and filters of one evaluation, together. */
const MAX_MATCHES = 50_000_000;

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
  #matches = 0;
  #regexpCost = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  countMatch(): void {
    if (++this.#matches > MAX_MATCHES) throw new QueryLimitError('the query has too many matches');
  }

  chargeRegexp(cost: number): void {
    this.#regexpCost += cost;
    if (this.#regexpCost > MAX_REGEXP_COST) {
      throw new QueryLimitError('the regular expressions of the query would take too long');
    }
  }
}
