import { freeMemory } from '../async/free-memory.js';
import type { MetricFamily } from '../model/metrics.js';
import type { MemoryGuard } from './memory-guard.js';

/** How far, in slots a row, all searches may go together before the input counts as made to collide. */
const MAX_PROBES_PER_ROW = 16;
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
    let high = 0;
    let low = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? '';
      // An empty label is the same as none (Prometheus' data model).
      if (value === '') continue;
      const seed = this.#seeds[i] ?? NO_SEED;
      high = (high + hashHigh(value, seed.high)) | 0;
      low = (low + hashLow(value, seed.low)) | 0;
    }
    const timestampMs = family.timestampsMs?.[row];
    if (timestampMs !== undefined) {
      const text = String(timestampMs);
      high = (high + hashHigh(text, NO_SEED.high)) | 0;
      low = (low + hashLow(text, NO_SEED.low)) | 0;
    }
    return this.#insert(high, low);
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

function seedOf(name: string): Seed {
  return { high: hashHigh(name, NO_SEED.high), low: hashLow(name, NO_SEED.low) };
}

/** FNV-1a over UTF-16 code units, with a last mix so that sums of it spread. */
function hashHigh(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
}

/** Another one, so that two texts that are the same in one differ in the other. */
function hashLow(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ text.charCodeAt(i), 0x9e3779b1);
  }
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
}
