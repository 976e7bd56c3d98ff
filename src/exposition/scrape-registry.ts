import { type Metric, Registry } from 'prom-client';
import type { ExpositionFormat, MetricFamily } from '../model/metrics.js';
import type { Collector, ScrapeOutcome, ScrapeRequest } from '../model/scrape.js';
import { ByteWriter } from './byte-writer.js';
import { FamilyHeads } from './family-head.js';
import { formatRules } from './format.js';
import { textTypes } from './metadata.js';
import { toFamily } from './plain-metric.js';
import { listSamples } from './samples.js';
import { writeFamilies } from './write-families.js';

/**
 * prom-client's Registry for one request. It holds the collector of one caller, collects once, and writes the result
 * as chunks of bytes. Families are metrics of the registry like any other, but live in a Map: an upstream may name one
 * `constructor`.
 */
export class ScrapeRegistry extends Registry {
  readonly #collector: Collector;
  readonly #heads: FamilyHeads;
  readonly #families = new Map<string, FamilyMetric>();
  #written: readonly Uint8Array[] = [];
  #factNames: readonly string[] = [];

  /** `heads` are those of earlier scrapes. */
  constructor(collector: Collector, heads = new FamilyHeads()) {
    super();
    this.#collector = collector;
    this.#heads = heads;
  }

  /**
   * Collects, and registers the families. A caller that gives a `format` here gives the same one to `write`: a
   * large document comes written already. Rejects only with `cancelled`.
   */
  async gather(request: Omit<ScrapeRequest, 'headers'>): Promise<ScrapeOutcome> {
    const { families, written, factNames, outcome } = await this.#collector.collect(request);
    this.#written = written ?? [];
    this.#factNames = factNames ?? [];
    for (const family of families) this.registerMetric(new FamilyMetric(family));
    return outcome;
  }

  /** What was gathered as families, in the order in which it is written. */
  get families(): readonly MetricFamily[] {
    return [...this.#families.values()].map((metric) => metric.family);
  }

  override registerMetric<T extends string>(metric: Metric<T> | FamilyMetric): void {
    if (metric instanceof FamilyMetric) this.#families.set(metric.name, metric);
    else super.registerMetric(metric);
  }

  override clear(): void {
    this.#families.clear();
    this.#written = [];
    super.clear();
  }

  /** The exposition in chunks of about 64 KiB. Ordinary prom-client metrics, if any, follow the families. */
  write(format: ExpositionFormat): Generator<Buffer> | AsyncGenerator<Buffer> {
    return this.getMetricsAsArray().length === 0 ? this.#writeAll(format, []) : this.#writeWithPlain(format);
  }

  async *#writeWithPlain(format: ExpositionFormat): AsyncGenerator<Buffer> {
    const plain = await this.getMetricsAsJSON();
    yield* this.#writeAll(format, plain.map(toFamily));
  }

  *#writeAll(format: ExpositionFormat, plain: readonly MetricFamily[]): Generator<Buffer> {
    const last = this.#written.at(-1);
    const writer = new ByteWriter(last === undefined ? undefined : 0);
    for (const chunk of this.#written.slice(0, -1)) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (last !== undefined) writer.continue(last);
    const options = { format, reservedNames: this.#factNames, heads: this.#heads };
    yield* writeFamilies(writer, [...this.families, ...plain], options);
    writer.text(formatRules[format].ending);
    yield writer.finish();
  }

  /** The whole exposition in the text format as one string, as prom-client's registries give it. */
  override async metrics(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.write('text')) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
}

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
