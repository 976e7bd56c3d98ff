import { randomFillSync } from 'node:crypto';
import { freeMemory } from '../async/free-memory.js';
import type { MetricFamily } from '../model/metrics.js';
import type { MemoryGuard } from './memory-guard.js';

const FIRST_ROWS = 1024;

/**
 * Which series a family has had, as 96 bits each, whose seeds and multipliers are of this process alone: two of a million
 * series have the same ones once in 10^17 scrapes, and no upstream can look for such two. Rows with a time of their own are
 * another series for each.
 */
export class RowHashes {
  readonly #guard: MemoryGuard;
  #length = 0;
  #hashes: Hashes;
  /** Of the row that is being added: sums over its labels, whose order is nothing. */
  readonly #row: Lanes = { a: 0, b: 0, c: 0 };
  #names: readonly string[] | undefined;
  #seeds: readonly Lanes[] = [];

  constructor(guard: MemoryGuard) {
    this.#guard = guard;
    this.#hashes = allocate(FIRST_ROWS);
  }

  /** How many series there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds the series of a row; false where it is there already. */
  add(family: MetricFamily, row: number): boolean {
    const names = family.labelNames[row] ?? [];
    if (names !== this.#names) {
      this.#names = names;
      this.#seeds = names.map(seedOf);
    }
    const values = family.labelValues[row] ?? [];
    const sums = this.#row;
    sums.a = 0;
    sums.b = 0;
    sums.c = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? '';
      // An empty label is the same as none (Prometheus' data model).
      if (value !== '') addHashes(sums, value, this.#seeds[i] ?? SEED);
    }
    const timestampMs = family.timestampsMs?.[row];
    if (timestampMs !== undefined) addHashes(sums, String(timestampMs), SEED);
    return this.#insert(sums.a, sums.b, sums.c);
  }

  /** Those that were added first alone. */
  copy(length: number): RowHashes {
    const copied = new RowHashes(this.#guard);
    copied.#insertAll(this.#hashes, length);
    return copied;
  }

  /** Gives the memory back; nothing is added from then on. */
  free(): void {
    for (const each of Object.values(this.#hashes)) freeMemory(each);
    this.#hashes = NONE;
    this.#length = 0;
  }

  #insert(hashA: number, hashB: number, hashC: number): boolean {
    if (this.#length === this.#hashes.a.length) this.#grow();
    const { a, b, c, slots } = this.#hashes;
    const mask = slots.length - 1;
    // By all of them: texts that are the same in one hash, whatever its seed, can be found.
    let slot = (hashA ^ hashB ^ hashC) & mask;
    for (;;) {
      const taken = slots[slot] ?? 0;
      if (taken === 0) break;
      if (a[taken - 1] === hashA && b[taken - 1] === hashB && c[taken - 1] === hashC) return false;
      slot = (slot + 1) & mask;
    }
    a[this.#length] = hashA;
    b[this.#length] = hashB;
    c[this.#length] = hashC;
    slots[slot] = ++this.#length;
    return true;
  }

  #insertAll({ a, b, c }: Hashes, length: number): void {
    for (let i = 0; i < length; i++) this.#insert(a[i] ?? 0, b[i] ?? 0, c[i] ?? 0);
  }

  #grow(): void {
    const before = this.#hashes;
    const rows = this.#length;
    this.#guard.note(rows * 2 * BYTES_PER_ROW);
    this.#hashes = allocate(rows * 2);
    this.#length = 0;
    this.#insertAll(before, rows);
    for (const each of Object.values(before)) freeMemory(each);
  }
}

interface Hashes {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly c: Int32Array;
  /** Row + 1 a slot, 0 where it is free: open addressing. */
  readonly slots: Int32Array;
}

const SLOTS_PER_ROW = 2;
const BYTES_PER_ROW = (3 + SLOTS_PER_ROW) * Int32Array.BYTES_PER_ELEMENT;

function allocate(rows: number): Hashes {
  const column = (length: number) => new Int32Array(length);
  return { a: column(rows), b: column(rows), c: column(rows), slots: column(rows * SLOTS_PER_ROW) };
}

const NONE = allocate(0);

/** Three hashes of 32 bits. */
interface Lanes {
  a: number;
  b: number;
  c: number;
}

const [seedA = 0, seedB = 0, seedC = 0, oddA = 0, oddB = 0, oddC = 0] = randomFillSync(new Int32Array(6));
const SEED: Readonly<Lanes> = { a: seedA, b: seedB, c: seedC };
const MULTIPLIER: Readonly<Lanes> = { a: oddA | 1, b: oddB | 1, c: oddC | 1 };

/** Of a label name: the same value under another name is another label. */
function seedOf(name: string): Lanes {
  const hashes = { a: 0, b: 0, c: 0 };
  addHashes(hashes, name, SEED);
  return hashes;
}

/** Adds three hashes of a text, over two UTF-16 code units at a time. */
function addHashes(sums: Lanes, text: string, seed: Readonly<Lanes>): void {
  const { length } = text;
  let a = seed.a ^ length;
  let b = seed.b;
  let c = seed.c;
  for (let i = 0; i < length; i += 2) {
    const units = text.charCodeAt(i) | (i + 1 < length ? text.charCodeAt(i + 1) << 16 : 0);
    a = Math.imul(rotate(a, 7) ^ units, MULTIPLIER.a);
    b = Math.imul(rotate(b, 5) ^ units, MULTIPLIER.b);
    c = Math.imul(rotate(c, 13) ^ units, MULTIPLIER.c);
  }
  sums.a = (sums.a + spread(a)) | 0;
  sums.b = (sums.b + spread(b)) | 0;
  sums.c = (sums.c + spread(c)) | 0;
}

function rotate(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** Each bit of the result depends on each one that is given: the last step of MurmurHash3. */
function spread(bits: number): number {
  let spread = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  spread = Math.imul(spread ^ (spread >>> 13), 0xc2b2ae35);
  return spread ^ (spread >>> 16);
}
