import { type ScrapeLimits, tooLongText, tooManyElements, tooManySeries } from '../../model/limits.js';

/**
 * Holds one scrape to its limits while its samples are made: whoever made them all first would need memory for as many
 * as the document likes. Duplicates count too.
 */
export class SampleBudget {
  readonly #limits: ScrapeLimits;
  #left: number;

  constructor(limits: ScrapeLimits) {
    this.#limits = limits;
    this.#left = limits.series;
  }

  /** Takes samples out. Throws `limit` where there are not as many left. */
  take(samples: number): void {
    this.#left -= samples;
    if (this.#left < 0) throw tooManySeries(this.#limits);
  }

  /** Puts samples back that do not count after all. */
  giveBack(samples: number): void {
    this.#left += samples;
  }

  /** Throws `limit` where there are not so many samples left. */
  check(samples: number): void {
    if (samples > this.#left) throw tooManySeries(this.#limits);
  }

  /** Throws `limit` where one metric goes through so many elements: each costs time, whatever comes of it. */
  checkElements(metricName: string, elements: number): void {
    if (elements > this.#limits.nodes) throw tooManyElements(metricName, this.#limits);
  }

  /** Throws `limit` for a label that is too long. */
  checkLabel(familyName: string, text: string): void {
    if (text.length > this.#limits.labelLength) throw tooLongText(familyName, text.length);
  }
}
