import { countRows, isScalar, type MetricFamily, sharesLabelRows } from '../model/metrics.js';
import { LabelCache } from './label-cache.js';
import type { SharedLabels } from './series-writer.js';

/** Finds, family by family in the order of writing, those that can share the bytes of their labels. */
export class LabelSharing {
  #labels: LabelCache | undefined;
  #isLast = false;

  /** The labels that a family shares with the one before it or with `next`; undefined where it shares none. */
  find(family: MetricFamily, next: MetricFamily | undefined): SharedLabels | undefined {
    if (this.#isLast) this.#labels = undefined;
    const goesOn = next !== undefined && isScalar(family) && isScalar(next) && sharesLabelRows(family, next);
    const isFirst = this.#labels === undefined;
    if (isFirst && goesOn) this.#labels = new LabelCache(countRows(family));
    this.#isLast = !goesOn;
    return this.#labels === undefined ? undefined : { labels: this.#labels, isFirst };
  }
}
