import {
  countRows,
  type HistogramFamily,
  type MetricFamily,
  type ScalarFamily,
  type SummaryFamily,
} from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import type { FamilyHead, SeriesName } from './family-head.js';
import type { FormatRules } from './format.js';
import type { LabelCache } from './label-cache.js';

const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;
const QUOTE = 0x22;
const NEWLINE = 0x0a;
const LABELS_END = Buffer.from('"} ');

/** Writes every line of one row. */
type RowWriter = (row: number) => void;

/** Writes the HELP and TYPE lines of a family and gives the function that writes one row of it. */
function startFamily(writer: ByteWriter, family: MetricFamily, means: FamilyDeps): RowWriter {
  writer.bytes(means.head.lines);
  switch (family.type) {
    case 'histogram':
      return histogramRows(writer, family, means);
    case 'summary':
      return summaryRows(writer, family, means);
    default:
      return scalarRows(writer, family, means);
  }
}

/** What a family is written with. */
export interface FamilyDeps {
  readonly rules: FormatRules;
  readonly head: FamilyHead;
  /** Where the labels of scalar rows are kept for the next family, or are from the one before. */
  readonly cache?: SharedLabels | undefined;
}

export interface SharedLabels {
  readonly labels: LabelCache;
  /** Whether the rows of this family are the first that are written. */
  readonly isFirst: boolean;
}

function scalarRows(writer: ByteWriter, family: ScalarFamily, { rules, head, cache }: FamilyDeps): RowWriter {
  const labels = new LabelWriter(writer, family, { series: head.series(''), cache });
  return (row) => {
    labels.write(row);
    writer.number(family.values[row] ?? Number.NaN);
    endLine(writer, family, row, rules);
  };
}

function histogramRows(writer: ByteWriter, family: HistogramFamily, { rules, head }: FamilyDeps): RowWriter {
  const buckets = new ExtraLabelWriter(writer, family, { series: head.series('_bucket'), label: 'le', rules });
  const sum = new LabelWriter(writer, family, { series: head.series('_sum') });
  const count = new LabelWriter(writer, family, { series: head.series('_count') });
  return (row) => {
    buckets.write(row, family.bounds[row] ?? [], family.bucketCounts[row] ?? []);
    sum.write(row);
    writer.number(family.sums[row] ?? Number.NaN);
    endLine(writer, family, row, rules);
    count.write(row);
    writer.number(family.counts[row] ?? Number.NaN);
    endLine(writer, family, row, rules);
  };
}

function summaryRows(writer: ByteWriter, family: SummaryFamily, { rules, head }: FamilyDeps): RowWriter {
  const quantiles = new ExtraLabelWriter(writer, family, { series: head.series(''), label: 'quantile', rules });
  const sum = new LabelWriter(writer, family, { series: head.series('_sum') });
  const count = new LabelWriter(writer, family, { series: head.series('_count') });
  return (row) => {
    quantiles.write(row, family.quantiles[row] ?? [], family.quantileValues[row] ?? []);
    sum.write(row);
    writer.number(family.sums[row] ?? Number.NaN);
    endLine(writer, family, row, rules);
    count.write(row);
    writer.number(family.counts[row] ?? Number.NaN);
    endLine(writer, family, row, rules);
  };
}

function endLine(writer: ByteWriter, family: MetricFamily, row: number, rules: FormatRules): void {
  const timestampMs = family.timestampsMs?.[row];
  if (timestampMs !== undefined) writer.text(` ${timestampMs / rules.timestampUnitMs}`);
  writer.byte(NEWLINE);
}

/** Writes `name{a="1",b="2"} `. */
class LabelWriter {
  readonly #writer: ByteWriter;
  readonly #family: MetricFamily;
  readonly #series: SeriesName;
  readonly #cache: SharedLabels | undefined;
  #names: readonly string[] | undefined;
  /** What stands before the value of each label of those names. */
  #before: readonly Uint8Array[] = [];

  constructor(
    writer: ByteWriter,
    family: MetricFamily,
    options: { readonly series: SeriesName; readonly cache?: SharedLabels | undefined },
  ) {
    this.#writer = writer;
    this.#family = family;
    this.#series = options.series;
    this.#cache = options.cache;
  }

  write(row: number): void {
    const values = this.#family.labelValues[row] ?? [];
    const writer = this.#writer;
    if (values.length === 0) {
      writer.bytes(this.#series.bare);
      return;
    }
    writer.bytes(this.#series.open);
    if (this.#cache === undefined) this.#writeLabels(row, values);
    else this.#share(row, values, this.#cache);
  }

  #share(row: number, values: readonly string[], { labels, isFirst }: SharedLabels): void {
    if (!isFirst) {
      labels.repeat(row, this.#writer);
      return;
    }
    const start = this.#writer.length;
    this.#writeLabels(row, values);
    labels.keep(row, this.#writer, start);
  }

  #writeLabels(row: number, values: readonly string[]): void {
    const names = this.#family.labelNames[row] ?? [];
    if (names !== this.#names) {
      this.#names = names;
      this.#before = this.#series.before(names);
    }
    const writer = this.#writer;
    for (let i = 0; i < values.length; i++) {
      const before = this.#before[i];
      if (before !== undefined) writer.bytes(before);
      writer.escaped(values[i] ?? '');
    }
    writer.bytes(LABELS_END);
  }
}

/** Writes the lines of a row that differ in one label of the type's own, `le` or `quantile`. */
class ExtraLabelWriter {
  readonly #writer: ByteWriter;
  readonly #family: MetricFamily;
  readonly #series: SeriesName;
  readonly #label: string;
  readonly #rules: FormatRules;
  readonly #bounds = new Map<string, string>();
  #names: readonly string[] | undefined;
  /** What stands before the value of each label, that of the type's own last. */
  #before: readonly Uint8Array[] = [];

  constructor(
    writer: ByteWriter,
    family: MetricFamily,
    options: { readonly series: SeriesName; readonly label: string; readonly rules: FormatRules },
  ) {
    this.#writer = writer;
    this.#family = family;
    this.#series = options.series;
    this.#label = options.label;
    this.#rules = options.rules;
  }

  write(row: number, bounds: readonly string[], values: readonly number[]): void {
    const writer = this.#writer;
    let labelsStart = 0;
    let labelsEnd = 0;
    for (let i = 0; i < bounds.length; i++) {
      if (i === 0) {
        labelsStart = writer.length;
        this.#writeOwnLabels(row);
        labelsEnd = writer.length;
      } else {
        writer.repeat(labelsStart, labelsEnd);
      }
      writer.text(this.#bound(bounds[i] ?? ''));
      writer.byte(QUOTE);
      writer.byte(CLOSE_BRACE);
      writer.byte(SPACE);
      writer.number(values[i] ?? Number.NaN);
      endLine(writer, this.#family, row, this.#rules);
    }
  }

  /** Up to where the bound goes. */
  #writeOwnLabels(row: number): void {
    const writer = this.#writer;
    const names = this.#family.labelNames[row] ?? [];
    const values = this.#family.labelValues[row] ?? [];
    if (names !== this.#names) {
      this.#names = names;
      this.#before = this.#series.before([...names, this.#label]);
    }
    writer.bytes(this.#series.open);
    for (const [i, before] of this.#before.entries()) {
      writer.bytes(before);
      if (i < names.length) writer.escaped(values[i] ?? '');
    }
  }

  #bound(text: string): string {
    if (!this.#rules.canonicalBounds) return text;
    const known = this.#bounds.get(text);
    if (known !== undefined) return known;
    const canonical = toCanonicalBound(text);
    this.#bounds.set(text, canonical);
    return canonical;
  }
}

/** OpenMetrics 1.0, "Canonical Numbers": `1` is `1.0`, `1e6` is `1e+06`. */
function toCanonicalBound(text: string): string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    const digits = exponent.slice(1).padStart(2, '0');
    return `${mantissa}e${exponent[0] ?? '+'}${digits}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Writes all of a family, and yields each chunk that is full. */
export function* writeFamily(writer: ByteWriter, family: MetricFamily, means: FamilyDeps): Generator<Buffer> {
  const writeRow = startFamily(writer, family, means);
  const rows = countRows(family);
  for (let row = 0; row < rows; row++) {
    writeRow(row);
    if (writer.isFull) yield writer.take();
  }
}
