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
