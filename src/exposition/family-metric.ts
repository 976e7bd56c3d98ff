import type { MetricFamily } from '../model/metrics.js';
import { textTypes } from './metadata.js';
import { listSamples } from './samples.js';

/**
 * A family as a prom-client metric. Its rows become objects only when `get()` is called, as a stock Registry
 * does; ScrapeRegistry writes the family itself.
 */
export class FamilyMetric {
  readonly family: MetricFamily;
  readonly aggregator = 'sum';

  constructor(family: MetricFamily) {
    this.family = family;
  }

  get name(): string {
    return this.family.name;
  }

  get help(): string {
    return this.family.help;
  }

  /** prom-client knows four types: the others are what text calls them. */
  get type() {
    return textTypes[this.family.type];
  }

  async get() {
    const { name, help, type, aggregator } = this;
    const values = listSamples(this.family).map((sample) => ({
      metricName: sample.name,
      labels: sample.labels,
      value: sample.value,
    }));
    return { name, help, type, aggregator, values };
  }
}
