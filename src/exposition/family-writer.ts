import {
  countRows,
  type HistogramFamily,
  type MetricFamily,
  type ScalarFamily,
  type SummaryFamily,
} from '../model/metrics.js';
import { type ByteWriter, escapeHelp, escapeText } from './byte-writer.js';
import { createFamilyNames, type FamilyNames } from './family-names.js';
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
function startFamily(writer: ByteWriter, family: MetricFamily, style: FamilyStyle): RowWriter {
  writeHead(writer, family, style);
  switch (family.type) {
    case 'histogram':
      return histogramRows(writer, family, style.rules);
    case 'summary':
      return summaryRows(writer, family, style.rules);
    default:
      return scalarRows(writer, family, style);
  }
}

export interface FamilyStyle {
  readonly rules: FormatRules;
  /** What OpenMetrics may call the counters of the same exposition, by their names with `_total`. */
  readonly shortNames: ReadonlyMap<string, string>;
  /** Where the labels of scalar rows are kept for the next family, or are from the one before. */
  readonly cache?: SharedLabels | undefined;
}

export interface SharedLabels {
  readonly labels: LabelCache;
  /** Whether the rows of this family are the first that are written. */
  readonly isFirst: boolean;
}

function writeHead(writer: ByteWriter, family: MetricFamily, { rules, shortNames }: FamilyStyle): void {
  const { name, type } = nameAndType(family, rules, shortNames);
  const help = rules.escapesHelpQuotes ? escapeText(family.help) : escapeHelp(family.help);
  const spelt = createFamilyNames(family, rules.takesUtf8).spell(name);
  writer.text(`# HELP ${spelt} ${help}\n# TYPE ${spelt} ${type}\n`);
}

function nameAndType(family: MetricFamily, rules: FormatRules, shortNames: ReadonlyMap<string, string>) {
  const { name, type } = family;
  if (type === 'untyped') return { name, type: rules.untyped };
  if (type !== 'counter' || !rules.stripsTotal) return { name, type };
  // OpenMetrics has counters with `_total` only. Any other keeps its name, which people query, and loses its type.
  const shortName = shortNames.get(name);
  return shortName === undefined ? { name, type: rules.untyped } : { name: shortName, type };
}

function scalarRows(writer: ByteWriter, family: ScalarFamily, { rules, cache }: FamilyStyle): RowWriter {
  const labels = new LabelWriter(writer, family, { suffix: '', rules, cache });
  return (row) => {
    labels.write(row);
    writer.number(family.values[row] ?? Number.NaN);
    endLine(writer, family, row, rules);
  };
}

function histogramRows(writer: ByteWriter, family: HistogramFamily, rules: FormatRules): RowWriter {
  const buckets = new ExtraLabelWriter(writer, family, { suffix: '_bucket', label: 'le', rules });
  const sum = new LabelWriter(writer, family, { suffix: '_sum', rules });
  const count = new LabelWriter(writer, family, { suffix: '_count', rules });
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

function summaryRows(writer: ByteWriter, family: SummaryFamily, rules: FormatRules): RowWriter {
  const quantiles = new ExtraLabelWriter(writer, family, { suffix: '', label: 'quantile', rules });
  const sum = new LabelWriter(writer, family, { suffix: '_sum', rules });
  const count = new LabelWriter(writer, family, { suffix: '_count', rules });
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

/** Writes `name{a="1",b="2"} `. What stands between the values is made once for rows with the same label names. */
class LabelWriter {
  readonly #writer: ByteWriter;
  readonly #family: MetricFamily;
  readonly #familyNames: FamilyNames;
  readonly #cache: SharedLabels | undefined;
  /** `name{`, and the name without labels and with the blank behind it. */
  readonly #open: Uint8Array;
  readonly #bare: Uint8Array;
  #names: readonly string[] | undefined;
  /** `a="`, `",b="`, ... */
  #before: readonly Uint8Array[] = [];

  constructor(
    writer: ByteWriter,
    family: MetricFamily,
    options: { readonly suffix: string; readonly rules: FormatRules; readonly cache?: SharedLabels | undefined },
  ) {
    this.#writer = writer;
    this.#family = family;
    this.#cache = options.cache;
    this.#familyNames = createFamilyNames(family, options.rules.takesUtf8);
    this.#open = Buffer.from(this.#familyNames.open(options.suffix));
    this.#bare = Buffer.from(`${this.#familyNames.bare(options.suffix)} `);
  }

  write(row: number): void {
    const values = this.#family.labelValues[row] ?? [];
    const writer = this.#writer;
    if (values.length === 0) {
      writer.bytes(this.#bare);
      return;
    }
    writer.bytes(this.#open);
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
    if (names !== this.#names) this.#prepare(names);
    const writer = this.#writer;
    for (let i = 0; i < values.length; i++) {
      const before = this.#before[i];
      if (before !== undefined) writer.bytes(before);
      writer.escaped(values[i] ?? '');
    }
    writer.bytes(LABELS_END);
  }

  #prepare(names: readonly string[]): void {
    this.#names = names;
    this.#before = names.map((name, i) => Buffer.from(`${i === 0 ? '' : '",'}${this.#familyNames.label(name)}`));
  }
}

/** Writes the lines of a row that differ in one label of the type's own, `le` or `quantile`. */
class ExtraLabelWriter {
  readonly #writer: ByteWriter;
  readonly #family: MetricFamily;
  readonly #suffix: string;
  readonly #label: string;
  readonly #familyNames: FamilyNames;
  readonly #rules: FormatRules;
  readonly #bounds = new Map<string, string>();
  #names: readonly string[] | undefined;
  /** What stands before the value of each label, that of the type's own last. */
  #before: readonly string[] = [];

  constructor(
    writer: ByteWriter,
    family: MetricFamily,
    options: { readonly suffix: string; readonly label: string; readonly rules: FormatRules },
  ) {
    this.#writer = writer;
    this.#family = family;
    this.#suffix = options.suffix;
    this.#label = options.label;
    this.#familyNames = createFamilyNames(family, options.rules.takesUtf8);
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
      this.#before = [...names, this.#label].map((name, i) => {
        return `${i === 0 ? this.#familyNames.open(this.#suffix) : ','}${this.#familyNames.label(name)}`;
      });
    }
    for (let i = 0; i <= names.length; i++) {
      writer.text(this.#before[i] ?? '');
      if (i === names.length) return;
      writer.escaped(values[i] ?? '');
      writer.byte(QUOTE);
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
export function* writeFamily(writer: ByteWriter, family: MetricFamily, style: FamilyStyle): Generator<Buffer> {
  const writeRow = startFamily(writer, family, style);
  const rows = countRows(family);
  for (let row = 0; row < rows; row++) {
    writeRow(row);
    if (writer.isFull) yield writer.take();
  }
}
