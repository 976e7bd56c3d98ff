import { type Metric, Registry } from 'prom-client';
import type { MetricFamily } from '../model/metrics.js';
import type { Collector, ScrapeOutcome, ScrapeRequest } from '../model/scrape.js';
import { ByteWriter } from './byte-writer.js';
import { shortenCounterNames } from './counter-names.js';
import { FamilyMetric } from './family-metric.js';
import { writeFamily } from './family-writer.js';
import { type ExpositionFormat, formatRules } from './format.js';
import { LabelSharing } from './label-sharing.js';

/**
 * prom-client's Registry for one request. It holds the collector of one caller, asks it once, and writes what it said
 * as chunks of bytes. Families are metrics of the registry like any other, but live in a Map: an upstream may name one
 * `constructor`.
 */
export class ScrapeRegistry extends Registry {
  readonly #collector: Collector;
  readonly #families = new Map<string, FamilyMetric>();

  constructor(collector: Collector) {
    super();
    this.#collector = collector;
  }

  /** Asks the collector and registers the families it gives. Rejects only with `cancelled`. */
  async gather(request: Omit<ScrapeRequest, 'headers'>): Promise<ScrapeOutcome> {
    const { families, outcome } = await this.#collector.collect(request);
    for (const family of families) this.registerMetric(new FamilyMetric(family));
    return outcome;
  }

  /** What was gathered, in the order in which it is written. */
  get families(): readonly MetricFamily[] {
    return [...this.#families.values()].map((metric) => metric.family);
  }

  override registerMetric<T extends string>(metric: Metric<T> | FamilyMetric): void {
    if (metric instanceof FamilyMetric) this.#families.set(metric.name, metric);
    else super.registerMetric(metric);
  }

  override clear(): void {
    this.#families.clear();
    super.clear();
  }

  /** The exposition in chunks of about 64 KiB. Ordinary prom-client metrics, if any, follow the families. */
  async *write(format: ExpositionFormat): AsyncGenerator<Buffer> {
    const writer = new ByteWriter();
    const rules = formatRules[format];
    const shortNames = rules.stripsTotal ? shortenCounterNames(this.families) : new Map<string, string>();
    const shared = new LabelSharing();
    const { families } = this;
    for (const [i, family] of families.entries()) {
      const cache = shared.find(family, families[i + 1]);
      yield* writeFamily(writer, family, { rules, shortNames, cache });
    }
    for (const metric of this.getMetricsAsArray()) writer.text(`${await this.getSingleMetricAsString(metric.name)}\n`);
    writer.text(rules.ending);
    yield writer.finish();
  }

  /** The whole exposition in the text format as one string, as prom-client's registries give it. */
  override async metrics(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.write('text')) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
}
