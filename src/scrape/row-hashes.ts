import { freeMemory } from '../async/free-memory.js';
import type { MetricFamily } from '../model/metrics.js';
import { MAX_PROBES_PER_ROW } from './duplicates.js';
import type { MemoryGuard } from './memory-guard.js';

const FIRST_ROWS = 1024;

/**
 * Which series a family has had, as 64 bits each: enough to know that a series is new, and not that it was there. Rows
 * with a time of their own are another series for each.
 */
export class RowHashes {
  readonly #guard: MemoryGuard;
  #length = 0;
  #hashes: Hashes;
  #probes = 0;
  /** Over the labels of the row that is being added: their order is nothing. */
  readonly #sums = { high: 0, low: 0 };
  #names: readonly string[] | undefined;
  #seeds: readonly Seed[] = [];

  constructor(guard: MemoryGuard) {
    this.#guard = guard;
    this.#hashes = allocate(FIRST_ROWS);
  }

  /** Adds a row; false where it may be there already, or where there is too much to search. */
  add(family: MetricFamily, row: number): boolean {
    const names = family.labelNames[row] ?? [];
    if (names !== this.#names) {
      this.#names = names;
      this.#seeds = names.map(seedOf);
    }
    const values = family.labelValues[row] ?? [];
    const sums = this.#sums;
    sums.high = 0;
    sums.low = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? '';
      // An empty label is the same as none (Prometheus' data model).
      if (value !== '') addHashes(sums, value, this.#seeds[i] ?? NO_SEED);
    }
    const timestampMs = family.timestampsMs?.[row];
    if (timestampMs !== undefined) addHashes(sums, String(timestampMs), NO_SEED);
    return this.#insert(sums.high, sums.low);
  }

  /** Those of the first rows alone. */
  copy(rows: number): RowHashes {
    const copied = new RowHashes(this.#guard);
    const { high, low } = this.#hashes;
    for (let row = 0; row < rows; row++) copied.#insert(high[row] ?? 0, low[row] ?? 0);
    return copied;
  }

  /** Gives the memory back; nothing is added from then on. */
  free(): void {
    for (const each of Object.values(this.#hashes)) freeMemory(each);
    this.#hashes = NONE;
    this.#length = 0;
  }

  #insert(hashHigh: number, hashLow: number): boolean {
    if (this.#length === this.#hashes.high.length) this.#grow();
    const { high, low, slots } = this.#hashes;
    const mask = slots.length - 1;
    let slot = (hashHigh ^ (hashHigh >>> 15)) & mask;
    for (;;) {
      const taken = slots[slot] ?? 0;
      if (taken === 0) break;
      if (high[taken - 1] === hashHigh && low[taken - 1] === hashLow) return false;
      if (++this.#probes > high.length * MAX_PROBES_PER_ROW) return false;
      slot = (slot + 1) & mask;
    }
    high[this.#length] = hashHigh;
    low[this.#length] = hashLow;
    slots[slot] = ++this.#length;
    return true;
  }

  #grow(): void {
    const before = this.#hashes;
    const rows = this.#length;
    this.#guard.note(rows * 2 * BYTES_PER_ROW);
    this.#hashes = allocate(rows * 2);
    this.#length = 0;
    this.#probes = 0;
    for (let row = 0; row < rows; row++) this.#insert(before.high[row] ?? 0, before.low[row] ?? 0);
    for (const each of Object.values(before)) freeMemory(each);
  }
}

interface Hashes {
  readonly high: Int32Array;
  readonly low: Int32Array;
  /** Row + 1 a slot, 0 where it is free: open addressing. */
  readonly slots: Int32Array;
}

const SLOTS_PER_ROW = 2;
const BYTES_PER_ROW = (2 + SLOTS_PER_ROW) * Int32Array.BYTES_PER_ELEMENT;

function allocate(rows: number): Hashes {
  return { high: new Int32Array(rows), low: new Int32Array(rows), slots: new Int32Array(rows * SLOTS_PER_ROW) };
}

const NONE = allocate(0);

interface Seed {
  readonly high: number;
  readonly low: number;
}

const NO_SEED: Seed = { high: 0x811c9dc5 | 0, low: 0x9747b28c | 0 };

/** Of a label name: the same value under another name is another label. */
function seedOf(name: string): Seed {
  const hashes = { high: 0, low: 0 };
  addHashes(hashes, name, NO_SEED);
  return hashes;
}

/**
 * Adds two hashes of a text over its UTF-16 code units, FNV-1a and another one: texts that are the same in one differ in the
 * other. Each has a last mix, so that sums of them spread.
 */
function addHashes(sums: { high: number; low: number }, text: string, seed: Seed): void {
  let { high, low } = seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(((low << 5) | (low >>> 27)) ^ unit, 0x9e3779b1);
  }
  sums.high = (sums.high + Math.imul(high ^ (high >>> 13), 0x5bd1e995)) | 0;
  sums.low = (sums.low + Math.imul(low ^ (low >>> 15), 0x85ebca6b)) | 0;
}
