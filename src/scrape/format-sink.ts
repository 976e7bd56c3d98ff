import { freeMemory } from '../async/free-memory.js';
import { ByteWriter } from '../exposition/byte-writer.js';
import { escapeFamily } from '../exposition/escaping.js';
import { FamilyHeads } from '../exposition/family-head.js';
import { type FormatRules, formatRules } from '../exposition/format.js';
import { findRefusal } from '../exposition/refusals.js';
import type { RowWriter } from '../exposition/row-lines.js';
import { LabelSharing, startRows } from '../exposition/write-families.js';
import { DropTally } from '../model/drops.js';
import type { ScrapeLimits } from '../model/limits.js';
import {
  countRows,
  type ExpositionFormat,
  type MetricFamily,
  sharesLabelRows,
  type WrittenRows,
} from '../model/metrics.js';
import { type GrowingFamily, type RowSink, rowsBelongTogether } from '../model/row-sink.js';
import type { MemoryGuard } from './memory-guard.js';
import { RowHashes } from './row-hashes.js';
import { checkLabels, countSamples, dropUnsound } from './validate-families.js';

/** Families with fewer rows stay as they are: each that is written takes a buffer. */
const MIN_ROWS = 256;

export interface FormatSinkOptions {
  readonly format: ExpositionFormat;
  readonly limits: ScrapeLimits;
  readonly guard: MemoryGuard;
  readonly minRows?: number | undefined;
}

/**
 * Writes rows as soon as they are there, in the format of the scrape, as long as nothing is wrong with them: what has to
 * be dropped, counted or refused is left to those who see all rows.
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
      const family = escapeFamily(original, this.#rules.escaping);
      const part = { growing, original, family, taken, seriesBefore: taken.series, rowsBefore: taken.rows };
      this.#check(part, parts.at(-1));
      parts.push(part);
    }
    this.#write(parts);
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

  /** Throws unless each row is a series of its own that may be exposed as it is. */
  #check({ original, family, taken, ...before }: Part, previous: Part | undefined): void {
    taken.rows += countRows(family);
    if (previous !== undefined && hasRowsOf(previous, { original, ...before })) {
      taken.series = previous.taken.series;
      return;
    }
    if (!fits(family, this.#limits) || dropUnsound(family, new DropTally()) !== family) throw rowsBelongTogether;
    if (findRefusal(family, this.#rules.name) !== undefined) throw rowsBelongTogether;
    const series = taken.ownSeries(before.rowsBefore);
    const rows = countRows(family);
    for (let row = 0; row < rows; row++) if (!series.add(family, row)) throw rowsBelongTogether;
  }

  #write(parts: readonly Part[]): void {
    const sharing = new LabelSharing();
    for (const [i, { growing, family, taken }] of parts.entries()) {
      const cache = sharing.find(family, parts[i + 1]?.family);
      taken.write(family, startRows(taken.writer, family, { rules: this.#rules, heads: this.#heads, cache }));
      growing.clear();
    }
  }
}

/** Rows that are taken of a family now. */
interface Part {
  readonly growing: GrowingFamily;
  readonly original: MetricFamily;
  /** With the names that the scraper takes. */
  readonly family: MetricFamily;
  readonly taken: TakenRows;
  /** Of the family before it: its series, undefined where there are none, and how many rows. */
  readonly seriesBefore: RowHashes | undefined;
  readonly rowsBefore: number;
}

/** Whether a family has had the very same label rows as another one all the time. */
function hasRowsOf(
  other: Part,
  { original, seriesBefore, rowsBefore }: Omit<Part, 'growing' | 'family' | 'taken'>,
): boolean {
  return (
    seriesBefore === other.seriesBefore && rowsBefore === other.rowsBefore && sharesLabelRows(other.original, original)
  );
}

function fits(family: MetricFamily, limits: ScrapeLimits): boolean {
  try {
    checkLabels(family, limits);
    return true;
  } catch {
    return false;
  }
}

/** What was taken of one family. */
class TakenRows implements WrittenRows {
  readonly writer = new ByteWriter();
  readonly chunks: Buffer[] = [];
  readonly #guard: MemoryGuard;
  samples = 0;
  rows = 0;
  /** Those of another family where it has had the very same label rows. */
  series: RowHashes | undefined;
  #ownSeries: RowHashes | undefined;

  constructor(guard: MemoryGuard) {
    this.#guard = guard;
  }

  /** The series to add to: those of another family up to so many rows, where it has followed one. */
  ownSeries(rows: number): RowHashes {
    if (this.series === undefined || this.series !== this.#ownSeries) {
      this.#ownSeries = this.series?.copy(rows) ?? new RowHashes(this.#guard);
      this.series = this.#ownSeries;
    }
    return this.series;
  }

  write(family: MetricFamily, writeRow: RowWriter): void {
    // What was taken before is written rows of the family.
    this.samples = countSamples(family);
    const rows = countRows(family);
    for (let row = 0; row < rows; row++) {
      writeRow(row);
      if (this.writer.isFull) this.#keep(this.writer.take());
    }
  }

  finish(): void {
    if (this.writer.length > 0) this.#keep(this.writer.finish());
    this.#ownSeries?.free();
  }

  discard(): void {
    this.#ownSeries?.free();
    for (const chunk of this.chunks) freeMemory(chunk);
  }

  #keep(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#guard.note(chunk.length);
  }
}
