import { randomFillSync } from 'node:crypto';
import { freeMemory } from '../async/free-memory.js';
import type { MetricFamily } from '../model/metrics.js';
import type { PlacedMetric, RowPlaces } from '../model/placed-rows.js';
import type { MemoryGuard } from './memory-guard.js';

const FIRST_ROWS = 1024;
const MIN_ROWS = 16;

/** Labels of rows of which nothing was made yet, with the names that the format has for them. */
export interface PlacedLabels {
  readonly found: RowPlaces;
  readonly metric: PlacedMetric;
  readonly names: readonly string[];
}

/**
 * Which series a family has had, as 96 bits each, whose seeds and multipliers are of this process alone: two of a million
 * series have the same ones once in 10^17 scrapes, and no upstream can look for such two. Rows with a time of their own are
 * another series for each.
 */
export class RowHashes {
  readonly #guard: MemoryGuard;
  /** For how many series there is room. */
  #room = 0;
  #length = 0;
  /** Slots of open addressing, each with the place of a series in this table or 0, and behind them the series. */
  #table: Int32Array = NOTHING;
  /** Of the row that is being added: sums over its labels, whose order is nothing. */
  readonly #row: Lanes = { a: 0, b: 0, c: 0 };
  #names: readonly string[] | undefined;
  #seeds: readonly Lanes[] = [];

  /** `rows` is how many there are going to be, as far as that is known. */
  constructor(guard: MemoryGuard, rows = FIRST_ROWS) {
    this.#guard = guard;
    this.clear(rows);
  }

  /** Makes room for so many series, and forgets those that were there. */
  clear(rows: number): void {
    this.#allocate(2 ** Math.ceil(Math.log2(Math.max(rows, MIN_ROWS))));
  }

  /** How many series there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds the series of a row; false where it is there already. */
  add(family: MetricFamily, row: number): boolean {
    this.#begin(family.labelNames[row] ?? []);
    const values = family.labelValues[row] ?? [];
    const sums = this.#row;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? '';
      // An empty label is the same as none (Prometheus' data model).
      if (value !== '') addHashes(sums, value, this.#seeds[i] ?? SEED);
    }
    const timestampMs = family.timestampsMs?.[row];
    if (timestampMs !== undefined) addHashes(sums, String(timestampMs), SEED);
    return this.#insert(sums.a, sums.b, ...[sums.c]);
  }

  /** The same for a row of which nothing was made yet; `names` are those of the labels. */
  addPlaced({ found, metric, names }: PlacedLabels, row: number): boolean {
    this.#begin(names);
    const { bytes, places, fieldCount } = found;
    const { labelFields, staticValues } = metric;
    const sums = this.#row;
    for (let i = 0; i < labelFields.length; i++) {
      const place = (row * fieldCount + (labelFields[i] ?? 0)) * 2;
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (start < end) addByteHashes(sums, bytes, ...[start, end, this.#seeds[i] ?? SEED]);
    }
    for (let i = 0; i < staticValues.length; i++) {
      const value = staticValues[i] ?? '';
      if (value !== '') addHashes(sums, value, this.#seeds[labelFields.length + i] ?? SEED);
    }
    return this.#insert(sums.a, sums.b, ...[sums.c]);
  }

  #begin(names: readonly string[]): void {
    if (names !== this.#names) {
      this.#names = names;
      this.#seeds = names.map(seedOf);
    }
    this.#row.a = 0;
    this.#row.b = 0;
    this.#row.c = 0;
  }

  /** Those that were added first alone. */
  copy(length: number): RowHashes {
    const copied = new RowHashes(this.#guard);
    copied.#insertAll(this.#table, { room: this.#room, length });
    return copied;
  }

  /** Gives the memory back; nothing is added from then on. */
  free(): void {
    freeMemory(this.#table);
    this.#table = NOTHING;
    this.#room = 0;
    this.#length = 0;
  }

  #insert(a: number, b: number, ...[c]: [c: number]): boolean {
    if (this.#length === this.#room) this.#grow();
    const table = this.#table;
    const size = this.#room * SLOTS_PER_ROW;
    // By all of them: texts that are the same in one hash, whatever its seed, can be found.
    let slot = (a ^ b ^ c) & (size - 1);
    for (;;) {
      const at = table[slot] ?? 0;
      if (at === 0) break;
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c) return false;
      slot = (slot + 1) & (size - 1);
    }
    const at = size + this.#length++ * LANES;
    table[at] = a;
    table[at + 1] = b;
    table[at + 2] = c;
    table[slot] = at;
    return true;
  }

  /** Adds the first rows of another table. */
  #insertAll(table: Int32Array, { room, length }: { readonly room: number; readonly length: number }): void {
    const start = room * SLOTS_PER_ROW;
    for (let i = 0; i < length; i++) {
      const at = start + i * LANES;
      this.#insert(table[at] ?? 0, table[at + 1] ?? 0, ...[table[at + 2] ?? 0]);
    }
  }

  #grow(): void {
    const before = { table: this.#table, room: this.#room, length: this.#length };
    const room = Math.max(MIN_ROWS, before.room * 2);
    this.#guard.note(room * BYTES_PER_ROW);
    this.#allocate(room);
    this.#insertAll(before.table, before);
    freeMemory(before.table);
  }

  /** `room` is a power of 2. */
  #allocate(room: number): void {
    const size = room * (SLOTS_PER_ROW + LANES);
    if (size > this.#table.length) this.#table = new Int32Array(size);
    else this.#table.fill(0, 0, room * SLOTS_PER_ROW);
    this.#room = room;
    this.#length = 0;
  }
}

const LANES = 3;
const SLOTS_PER_ROW = 2;
const BYTES_PER_ROW = (LANES + SLOTS_PER_ROW) * Int32Array.BYTES_PER_ELEMENT;
const NOTHING = new Int32Array(0);

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
  add(sums, a, ...[b, c]);
}

/** The same of a text that is ASCII. */
function addByteHashes(
  sums: Lanes,
  bytes: Uint8Array,
  ...[start, end, seed]: [start: number, end: number, seed: Readonly<Lanes>]
): void {
  let a = seed.a ^ (end - start);
  let b = seed.b;
  let c = seed.c;
  for (let i = start; i < end; i += 2) {
    const units = (bytes[i] ?? 0) | (i + 1 < end ? (bytes[i + 1] ?? 0) << 16 : 0);
    a = Math.imul(rotate(a, 7) ^ units, MULTIPLIER.a);
    b = Math.imul(rotate(b, 5) ^ units, MULTIPLIER.b);
    c = Math.imul(rotate(c, 13) ^ units, MULTIPLIER.c);
  }
  add(sums, a, ...[b, c]);
}

/** Adds three hashes of one text. */
function add(sums: Lanes, a: number, ...[b, c]: [b: number, c: number]): void {
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
