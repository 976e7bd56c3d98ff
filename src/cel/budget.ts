import { ZxpError } from '../model/errors.js';

/** Between two looks at the clock; about a millisecond of work. */
const SLICE = 65_536;

/** What expressions may cost, in addition to what the size of their document allows. */
const BASE_UNITS = 1_000_000;
const UNITS_PER_BYTE = 2;

/** Characters of a text, or bytes, that an expression makes. */
export const MAX_RESULT_TEXT = 1_000_000;

/** Characters of text that cost as much as one node. */
const CHARACTERS_PER_UNIT = 16;

/** What the expressions of one scrape may cost: they are evaluated in one go, and nothing else can happen meanwhile. */
export interface BudgetOptions {
  /** Bytes of the document. */
  readonly bytes: number;
  /** Whether the scrape's time is over; told of the units since the last time. */
  readonly isLate: (units: number) => boolean;
}

/**
 * Counts the work of expressions in units: one for each node of the expression in each evaluation, one for 16 characters
 * that are compared, searched, copied or measured, and more for regular expressions. A unit takes up to 100 ns. The whole is
 * linear in the document, so that a larger document may cost more and none may cost its square.
 */
export class Budget {
  readonly #isLate: BudgetOptions['isLate'];
  #left: number;
  #slice = SLICE;

  constructor({ bytes, isLate }: BudgetOptions) {
    this.#isLate = isLate;
    this.#left = BASE_UNITS + bytes * UNITS_PER_BYTE;
  }

  /** Throws `limit` where the work is more than is left, and `timeout` where the time is over. */
  charge(units: number): void {
    this.#slice -= units;
    if (this.#slice < 0) this.#renew();
  }

  /** Charges for going through texts of so many characters. */
  chargeText(characters: number): void {
    this.charge(1 + Math.floor(characters / CHARACTERS_PER_UNIT));
  }

  #renew(): void {
    const units = SLICE - this.#slice;
    this.#left -= units;
    this.#slice = SLICE;
    if (this.#left < 0) {
      throw new ZxpError('limit', 'the expressions of the module cost more than its document allows', {
        hint: 'go over fewer elements in each expression, or read the value by a path',
      });
    }
    if (this.#isLate(units)) {
      throw new ZxpError('timeout', 'the expressions of the module were not evaluated in time', {
        hint: 'raise scrape.timeout and the scrape_timeout of the Prometheus job, or simplify the expressions',
      });
    }
  }
}
