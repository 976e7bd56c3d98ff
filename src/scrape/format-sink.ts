import { freeMemory } from '../async/free-memory.js';
import { ByteWriter } from '../exposition/byte-writer.js';
import { escapeFamily } from '../exposition/escaping.js';
import { type FormatRules, formatRules } from '../exposition/format.js';
import { PlacedLines, WritingCache } from '../exposition/placed-lines.js';
import { findRefusal } from '../exposition/refusals.js';
import type { RowWriter } from '../exposition/row-lines.js';
import { LabelSharing, startRows } from '../exposition/write-families.js';
import { toZxpError, type ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import {
  countRows,
  type ExpositionFormat,
  type MetricFamily,
  type RowDrop,
  sharesLabelRows,
  type WrittenRows,
} from '../model/metrics.js';
import type { RowPlaces } from '../model/placed-rows.js';
import type { GrowingFamily, PlacedRows, RowSink } from '../model/row-sink.js';
import type { MemoryGuard } from './memory-guard.js';
import { findRows, RowDrops } from './row-drops.js';
import { type PlacedLabels, RowHashes } from './row-hashes.js';
import { checkLabels, countSamplesOfRows } from './validate-families.js';

/** Families with fewer rows stay as they are: each that is written takes a buffer. */
const MIN_ROWS = 256;

/** Lines that are written without a turn of the event loop take some ten milliseconds then. */
const MAX_BYTES_AT_ONCE = 16 * 1024 * 1024;

export interface FormatSinkOptions {
  readonly format: ExpositionFormat;
  readonly limits: ScrapeLimits;
  readonly guard: MemoryGuard;
  readonly minRows?: number | undefined;
  /** Those of earlier scrapes. */
  readonly cache?: WritingCache | undefined;
}

/**
 * Writes rows as soon as they are there, in the format of the scrape. What of a family may not be exposed is decided row by
 * row, as it is for families that have all of their rows, and noted for when its turn comes.
 */
export class FormatSink implements RowSink {
  readonly #rules: FormatRules;
  readonly #limits: ScrapeLimits;
  readonly #guard: MemoryGuard;
  readonly #minRows: number;
  readonly #cache: WritingCache;
  readonly #taken = new Map<GrowingFamily, TakenRows>();
  #hasAll = false;

  constructor({ format, limits, guard, minRows = MIN_ROWS, cache = new WritingCache() }: FormatSinkOptions) {
    this.#cache = cache;
    this.#rules = formatRules[format];
    this.#limits = limits;
    this.#guard = guard;
    this.#minRows = minRows;
  }

  /** Whether it has all rows of a document, in memory that is the next document's soon. */
  get hasAll(): boolean {
    return this.#hasAll;
  }

  get takesPlaced(): boolean {
    return this.#rules.name !== 'protobuf';
  }

  take(families: Iterable<GrowingFamily>): void {
    const areMany = (growing: GrowingFamily) => growing.rows >= (this.#taken.has(growing) ? 1 : this.#minRows);
    this.#takeRows([...families].filter(areMany));
  }

  #takeRows(families: readonly GrowingFamily[]): void {
    const parts: Part[] = [];
    for (const growing of families) {
      const known = this.#taken.get(growing);
      const original = growing.view();
      const taken = known ?? this.#begin(growing);
      parts.push(this.#read(growing, { original, taken }, parts.at(-1)));
    }
    this.#write(parts.filter(({ taken }) => !taken.isRefused));
    for (const { growing } of parts) growing.clear();
  }

  takePlaced(metrics: readonly PlacedRows[], { areAll }: { readonly areAll: boolean }): boolean {
    if (!this.takesPlaced) return false;
    const measured = metrics.map(measure);
    if (!this.#suits(measured, areAll)) return false;
    this.#takeRows(metrics.flatMap(({ families }) => families.filter(({ rows }) => rows > 0)));
    this.#hasAll = areAll;
    this.#cache.lines.clear();
    const series = areAll ? new RowHashes(this.#guard, Math.max(...metrics.map(({ found }) => found.rows))) : undefined;
    for (const rows of measured) this.#place(rows, series);
    series?.free();
    return true;
  }

  forget(families: Iterable<GrowingFamily>): void {
    for (const growing of families) {
      this.#taken.get(growing)?.discard();
      this.#taken.delete(growing);
      growing.taken = undefined;
    }
  }

  finish(): void {
    const begun = [...this.#taken];
    this.take(begun.map(([growing]) => growing));
    for (const [, taken] of begun) taken.finish();
  }

  /** Gives the memory of what was written back. */
  discard(): void {
    for (const taken of this.#taken.values()) taken.discard();
  }

  /**
   * Whether no row has to be refused, whatever is in it, but one that is there already, and all of them can be written in one go
   * where they are all.
   */
  #suits(metrics: readonly MeasuredRows[], areAll: boolean): boolean {
    const bytes = metrics.reduce((sum, { rows, labelBytes }) => sum + countLineBytes(rows, labelBytes), 0);
    return metrics.every((measured) => this.#fits(measured)) && (!areAll || bytes <= MAX_BYTES_AT_ONCE);
  }

  #fits({ rows: { metric }, longestLabel }: MeasuredRows): boolean {
    const { labels, labelLength } = this.#limits;
    const { labelNames, staticValues, families } = metric;
    const areShort = (texts: readonly string[]) => texts.every(({ length }) => length <= labelLength);
    // Heads are kept: names that are too long are none.
    const areFit =
      longestLabel <= labelLength &&
      labelNames.length <= labels &&
      areShort(labelNames) &&
      areShort(staticValues) &&
      areShort(families.map(({ name }) => name));
    if (!areFit) return false;
    const { labelNames: names } = this.#cache.placedHeads.find(metric, this.#rules);
    return areShort(names) && names.every((name, i) => names.indexOf(name) === i);
  }

  /** `series` is for rows that are all of their families. */
  #place({ rows, labelBytes }: MeasuredRows, series: RowHashes | undefined): void {
    const { metric, found, families } = rows;
    const head = this.#cache.placedHeads.find(metric, this.#rules);
    const labels = { found, metric, names: head.labelNames };
    let previous: PlacedPart | undefined;
    for (const [i, growing] of families.entries()) {
      const taken = this.#taken.get(growing) ?? this.#begin(growing);
      const before = { series: taken.series, rows: taken.rows };
      const known = previous !== undefined && isSameSeries(previous.before, before) ? previous : undefined;
      taken.rows += found.rows;
      if (known !== undefined) taken.series = known.taken.series;
      const repeated = known === undefined ? taken.addPlaced(labels, series) : known.repeated;
      taken.length = taken.series?.length ?? 0;
      const lines =
        known?.lines ??
        new PlacedLines(withoutRows(found, repeated), { metric, head, labelBytes, memory: this.#cache.lines });
      const dropped = repeated?.size ?? 0;
      taken.countPlaced({ samples: found.rows - dropped, repeated: dropped });
      if (series === undefined) taken.copyLines(lines.write(i));
      else taken.borrowLines(lines.write(i));
      previous = { taken, before, repeated, lines };
    }
  }

  #begin(growing: GrowingFamily): TakenRows {
    const taken = new TakenRows(this.#guard);
    growing.taken = taken;
    this.#taken.set(growing, taken);
    return taken;
  }

  /** Finds what of the rows may be exposed, and counts the rest. */
  #read(
    growing: GrowingFamily,
    { original, taken }: Pick<Part, 'original' | 'taken'>,
    previous: Part | undefined,
  ): Part {
    const family = escapeFamily(original, this.#rules.escaping);
    const before = { series: taken.series, rows: taken.rows };
    taken.rows += countRows(family);
    const follows = previous !== undefined && hasRowsOf(previous, { original, before });
    if (follows) taken.series = previous.taken.series;
    const isGood = follows && previous.isGood;
    if (!isGood) taken.failure ??= findFailure(family, this.#limits);
    const sound = isGood ? family : taken.drops.dropUnsound(family);
    const repeated = follows ? previous.repeated : taken.addSeries(sound);
    taken.length = taken.series?.length ?? 0;
    const unique = taken.drops.dropRepeated(sound, repeated);
    taken.samples += countSamplesOfRows(unique);
    taken.refusal = findRefusal(unique, this.#rules.name, taken.refusal);
    if (taken.isRefused) taken.freeChunks();
    return { growing, original, family: unique, taken, before, repeated, isGood: unique === family };
  }

  #write(parts: readonly Part[]): void {
    const sharing = new LabelSharing();
    for (const [i, { family, taken }] of parts.entries()) {
      const cache = sharing.find(family, parts[i + 1]?.family);
      taken.write(family, startRows(taken.writer, family, { rules: this.#rules, heads: this.#cache.heads, cache }));
    }
  }
}

/** Rows that are taken of a family now. */
interface Part {
  readonly growing: GrowingFamily;
  readonly original: MetricFamily;
  /** What of it may be exposed, with the names that the scraper takes. */
  readonly family: MetricFamily;
  readonly taken: TakenRows;
  /** What was taken of the family before. */
  readonly before: Before;
  /** Rows that are sound, and whose series is there already. */
  readonly repeated: ReadonlySet<number> | undefined;
  /** Whether none of its rows was dropped. */
  readonly isGood: boolean;
}

interface Before {
  /** Undefined where there was nothing. */
  readonly series: RowHashes | undefined;
  readonly rows: number;
}

/** Rows of a family of which nothing was made yet. */
interface PlacedPart extends Pick<Part, 'taken' | 'before' | 'repeated'> {
  readonly lines: PlacedLines;
}

/** Whether a family has had the very same label rows as another one all the time. */
function hasRowsOf(other: Part, { original, before }: Pick<Part, 'original' | 'before'>): boolean {
  return isSameSeries(other.before, before) && sharesLabelRows(other.original, original);
}

function isSameSeries(left: Before, right: Before): boolean {
  return left.series === right.series && left.rows === right.rows;
}

/** What stands around the labels and the value of a line, about. */
const LINE_BYTES = 128;

/** Rows of which nothing was made yet, and their labels as a whole. */
interface MeasuredRows {
  readonly rows: PlacedRows;
  readonly longestLabel: number;
  /** Of the values, in all rows together. */
  readonly labelBytes: number;
}

function measure(placed: PlacedRows): MeasuredRows {
  const { found, metric } = placed;
  const { rows, places, fieldCount } = found;
  let longestLabel = 0;
  let labelBytes = 0;
  for (const field of metric.labelFields) {
    for (let row = 0, place = field * 2; row < rows; row++, place += fieldCount * 2) {
      const length = (places[place + 1] ?? 0) - (places[place] ?? 0);
      labelBytes += length;
      longestLabel = Math.max(longestLabel, length);
    }
  }
  return { rows: placed, longestLabel, labelBytes };
}

/** What the lines of all families take, about. */
function countLineBytes({ found, families }: PlacedRows, labelBytes: number): number {
  return (found.rows * LINE_BYTES + labelBytes) * families.length;
}

function withoutRows(found: RowPlaces, dropped: ReadonlySet<number> | undefined): RowPlaces {
  if (dropped === undefined) return found;
  const { rows, fieldCount, places } = found;
  const stride = fieldCount * 2;
  const kept = new Int32Array((rows - dropped.size) * stride);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (dropped.has(row)) continue;
    kept.set(places.subarray(row * stride, (row + 1) * stride), at);
    at += stride;
  }
  return { ...found, rows: rows - dropped.size, places: kept };
}

function findFailure(family: MetricFamily, limits: ScrapeLimits): ZxpError | undefined {
  try {
    checkLabels(family, limits);
    return undefined;
  } catch (thrown) {
    return toZxpError(thrown);
  }
}

/** What was taken of one family. */
class TakenRows implements WrittenRows {
  #writer: ByteWriter | undefined;
  readonly chunks: Buffer[] = [];
  isBorrowed = false;
  readonly drops = new RowDrops();
  readonly #guard: MemoryGuard;
  samples = 0;
  refusal: string | undefined;
  failure: ZxpError | undefined;
  rows = 0;
  /** Those of another family where it has had the very same label rows. */
  series: RowHashes | undefined;
  /** How many of them are of this one. */
  length = 0;
  #ownSeries: RowHashes | undefined;

  constructor(guard: MemoryGuard) {
    this.#guard = guard;
  }

  get writer(): ByteWriter {
    this.#writer ??= new ByteWriter();
    return this.#writer;
  }

  get dropped(): readonly RowDrop[] {
    return this.drops.all;
  }

  /** Whether nothing of the family is written. */
  get isRefused(): boolean {
    return this.refusal !== undefined || this.failure !== undefined;
  }

  /** Adds the series of all rows. Gives the rows whose series is there already. */
  addSeries(family: MetricFamily): ReadonlySet<number> | undefined {
    const rows = countRows(family);
    const series = this.#takeSeries(rows);
    return findRows(rows, (row) => !series.add(family, row));
  }

  /** The same for rows of which nothing was made yet; `series` is for those that are all of the family. */
  addPlaced(labels: PlacedLabels, series: RowHashes | undefined): ReadonlySet<number> | undefined {
    const { rows } = labels.found;
    if (series !== undefined && rows === 1) return undefined;
    series?.clear(rows);
    const known = series ?? this.#takeSeries(rows);
    return findRows(rows, (row) => !known.addPlaced(labels, row));
  }

  /** Those of this family alone. */
  #takeSeries(rows: number): RowHashes {
    if (this.series === undefined || this.series !== this.#ownSeries) {
      this.#ownSeries = this.series?.copy(this.length) ?? new RowHashes(this.#guard, rows);
      this.series = this.#ownSeries;
    }
    return this.series;
  }

  write(family: MetricFamily, writeRow: RowWriter): void {
    const rows = countRows(family);
    for (let row = 0; row < rows; row++) {
      writeRow(row);
      if (this.writer.isFull) this.#keep(this.writer.take());
    }
  }

  /** Counts rows of which some were there already. */
  countPlaced({ samples, repeated }: { readonly samples: number; readonly repeated: number }): void {
    this.samples += samples;
    this.drops.noteRepeated(repeated);
  }

  /** Takes lines whose memory is used again for the next ones. */
  copyLines(lines: Uint8Array): void {
    if (!this.isRefused) for (const chunk of this.writer.copy(lines)) this.#keep(chunk);
  }

  /** Takes lines that are all of the family, and are copied on before the next document is read. */
  borrowLines(lines: Buffer): void {
    this.isBorrowed = true;
    this.#keep(lines);
  }

  finish(): void {
    if (this.#writer !== undefined && this.#writer.length > 0 && !this.isRefused) this.#keep(this.#writer.finish());
    this.#ownSeries?.free();
  }

  discard(): void {
    this.#ownSeries?.free();
    this.freeChunks();
  }

  freeChunks(): void {
    const chunks = this.chunks.splice(0);
    if (!this.isBorrowed) for (const chunk of chunks) freeMemory(chunk);
  }

  #keep(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#guard.note(chunk.length);
  }
}
