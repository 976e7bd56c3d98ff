import type { MetricFamily } from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import type { SeriesName } from './family-head.js';
import type { LabelCache } from './label-cache.js';
import { endLine, type LineRules } from './line-rules.js';

const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;
const QUOTE = 0x22;
const LABELS_END = Buffer.from('"} ');

/** Where the labels of a family's rows are kept for the next family, or are from the one before. */
export interface SharedLabels {
  readonly labels: LabelCache;
  /** Whether the rows of this family are the first that are written. */
  readonly isFirst: boolean;
}

/** Writes `name{a="1",b="2"} `, the part of a line in front of its value. */
export class LabelWriter {
  readonly #writer: ByteWriter;
  readonly #family: MetricFamily;
  readonly #series: SeriesName;
  readonly #cache: SharedLabels | undefined;
  #names: readonly string[] | undefined;
  /** What stands before the value of each label of those names. */
  #before: readonly DataView[] = [];

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
      writer.view(this.#series.bare);
      return;
    }
    writer.view(this.#series.open);
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
      if (before !== undefined) writer.view(before);
      writer.escaped(values[i] ?? '');
    }
    writer.bytes(LABELS_END);
  }
}

/** Writes the lines of a row that differ in one label of the type's own, `le` or `quantile`. */
export class BoundWriter {
  readonly #writer: ByteWriter;
  readonly #family: MetricFamily;
  readonly #series: SeriesName;
  readonly #label: string;
  readonly #rules: LineRules;
  #names: readonly string[] | undefined;
  /** What stands before the value of each label, that of the type's own last. */
  #before: readonly DataView[] = [];

  constructor(
    writer: ByteWriter,
    family: MetricFamily,
    options: { readonly series: SeriesName; readonly label: string; readonly rules: LineRules },
  ) {
    this.#writer = writer;
    this.#family = family;
    this.#series = options.series;
    this.#label = options.label;
    this.#rules = options.rules;
  }

  /** `endCounted` writes what comes behind the value of the line `i`, in place of the usual end. */
  write(
    row: number,
    lines: { readonly bounds: readonly string[]; readonly values: readonly number[] },
    endCounted?: LineRules['endCountedLine'],
  ): void {
    const { timeUnitMs, spellBound } = this.#rules;
    const { bounds, values } = lines;
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
      const bound = bounds[i] ?? '';
      writer.text(spellBound === undefined ? bound : spellBound(bound));
      writer.byte(QUOTE);
      writer.byte(CLOSE_BRACE);
      writer.byte(SPACE);
      writer.number(values[i] ?? Number.NaN);
      if (endCounted === undefined) endLine(writer, this.#family, row, timeUnitMs);
      else endCounted(row, i);
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
    writer.view(this.#series.open);
    for (const [i, before] of this.#before.entries()) {
      writer.view(before);
      if (i < names.length) writer.escaped(values[i] ?? '');
    }
  }
}
