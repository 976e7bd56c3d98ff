import { freeMemory } from '../async/free-memory.js';
import { ByteWriter } from '../exposition/byte-writer.js';
import { escapeFamily } from '../exposition/escaping.js';
import { FamilyHeads } from '../exposition/family-head.js';
import { type FormatRules, formatRules } from '../exposition/format.js';
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
import type { GrowingFamily, RowSink } from '../model/row-sink.js';
import type { MemoryGuard } from './memory-guard.js';
import { findRows, RowDrops } from './row-drops.js';
import { RowHashes } from './row-hashes.js';
import { checkLabels, countSamplesOfRows } from './validate-families.js';

/** Families with fewer rows stay as they are: each that is written takes a buffer. */
const MIN_ROWS = 256;

export interface FormatSinkOptions {
  readonly format: ExpositionFormat;
  readonly limits: ScrapeLimits;
  readonly guard: MemoryGuard;
  readonly minRows?: number | undefined;
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
  readonly #heads = new FamilyHeads();
  readonly #taken = new Map<GrowingFamily, TakenRows>();

  constructor({ format, limits, guard, minRows = MIN_ROWS }: FormatSinkOptions) {
    this.#rules = formatRules[format];
    this.#limits = limits;
    this.#guard = guard;
    this.#minRows = minRows;
  }

  take(families: Iterable<GrowingFamily>): void {
    const parts: Part[] = [];
    for (const growing of families) {
      const known = this.#taken.get(growing);
      if (growing.rows < (known === undefined ? this.#minRows : 1)) continue;
      const original = growing.view();
      const taken = known ?? this.#begin(growing);
      parts.push(this.#read(growing, { original, taken }, parts.at(-1)));
    }
    this.#write(parts.filter(({ taken }) => !taken.isRefused));
    for (const { growing } of parts) growing.clear();
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
      taken.write(family, startRows(taken.writer, family, { rules: this.#rules, heads: this.#heads, cache }));
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

/** Whether a family has had the very same label rows as another one all the time. */
function hasRowsOf(other: Part, { original, before }: Pick<Part, 'original' | 'before'>): boolean {
  const { series, rows } = other.before;
  return series === before.series && rows === before.rows && sharesLabelRows(other.original, original);
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
  readonly writer = new ByteWriter();
  readonly chunks: Buffer[] = [];
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

  get dropped(): readonly RowDrop[] {
    return this.drops.all;
  }

  /** Whether nothing of the family is written. */
  get isRefused(): boolean {
    return this.refusal !== undefined || this.failure !== undefined;
  }

  /** Adds the series of all rows. Gives the rows whose series is there already. */
  addSeries(family: MetricFamily): ReadonlySet<number> | undefined {
    if (this.series === undefined || this.series !== this.#ownSeries) {
      this.#ownSeries = this.series?.copy(this.length) ?? new RowHashes(this.#guard);
      this.series = this.#ownSeries;
    }
    const series = this.series;
    return findRows(countRows(family), (row) => !series.add(family, row));
  }

  write(family: MetricFamily, writeRow: RowWriter): void {
    const rows = countRows(family);
    for (let row = 0; row < rows; row++) {
      writeRow(row);
      if (this.writer.isFull) this.#keep(this.writer.take());
    }
  }

  finish(): void {
    if (this.writer.length > 0 && !this.isRefused) this.#keep(this.writer.finish());
    this.#ownSeries?.free();
  }

  discard(): void {
    this.#ownSeries?.free();
    this.freeChunks();
  }

  freeChunks(): void {
    for (const chunk of this.chunks.splice(0)) freeMemory(chunk);
  }

  #keep(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#guard.note(chunk.length);
  }
}
