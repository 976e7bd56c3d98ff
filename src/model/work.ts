import { ZxpError } from './errors.js';

/** Thrown where work keeps the event loop for too long, and can be begun again in a thread of its own. */
export const takesTooLong = new ZxpError('limit', 'the work takes too long for the thread of the event loop');

/** Units between two looks at the clock: about a millisecond. */
const UNITS_PER_CHECK = 100_000;

/**
 * What a translation costs in its thread, counted where it may be much: a unit is a match of a path, a character of a
 * text that is written, or about ten nanoseconds of another kind. `check` throws where there has been enough.
 */
export class Work {
  readonly #check: (units: number) => void;
  #left = UNITS_PER_CHECK;

  /** `check` is called now and then with the units since the last time. */
  constructor(check: (units: number) => void) {
    this.#check = check;
  }

  /** Counts units, before they are worked off. Throws what `check` throws. */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left >= 0) return;
    const spent = UNITS_PER_CHECK - this.#left;
    this.#left = UNITS_PER_CHECK;
    this.#check(spent);
  }
}

/** Work of so many units at most. Throws what `refuse` gives where it is more. */
export function limitUnits(maxUnits: number, refuse: () => ZxpError): Work {
  let total = 0;
  return new Work((units) => {
    total += units;
    if (total > maxUnits) throw refuse();
  });
}
