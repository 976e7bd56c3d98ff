import { Failure } from './errors.js';

const maxDepth = 100;
/** To work with calendars and time zones costs as much as this many steps. */
const calendarSteps = 100;

/**
 * What one rendering may still cost. A unit is a step of the evaluation, or a character or element that a function
 * makes; whatever can make much out of little spends before it makes.
 */
export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** Throws a Failure once more was spent than there was. */
  spend(units: number): void {
    this.#left -= units;
    if (!(this.#left >= 0)) {
      throw new Failure(
        'the template does too much',
        'it loops over, repeats or builds more than one request can need',
      );
    }
  }

  spendCalendar(times = 1): void {
    this.spend(calendarSteps * times);
  }

  /** Spends one unit for a value at `depth` inside another one, and throws a Failure where values never end. */
  descend(depth: number): void {
    this.spend(1);
    if (depth > maxDepth)
      throw new Failure(`a value has more than ${maxDepth} levels`, 'a dict may not contain itself');
  }
}
