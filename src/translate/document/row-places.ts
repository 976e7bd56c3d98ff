import type { FieldEntry } from './row-layout.js';

/** Of 4 bytes each. */
const MIN_PLACES = 256;
const MAX_KEPT_PLACES = 256 * 1024;

/** What is around the fields of an element. */
export class RowPattern {
  readonly fieldCount: number;
  /** In the order in which they come. */
  readonly fields: FieldEntry[] = [];
  /** Where that begins and ends which is in front of each of them, and behind the last one. */
  readonly gaps: Int32Array;
  /** Arrays and objects in it, without lists that are fields. */
  nodes = 0;
  #count = 0;
  #passed = 0;

  constructor(fieldCount: number) {
    this.fieldCount = fieldCount;
    this.gaps = new Int32Array((fieldCount + 1) * 2);
  }

  begin(start: number): void {
    this.#count = 0;
    this.#passed = start;
  }

  note(field: FieldEntry, start: number, ...[end]: [end: number]): void {
    this.fields[this.#count] = field;
    this.#close(start);
    this.#passed = end;
  }

  end(end: number, nodes: number): void {
    this.#close(end);
    this.nodes = nodes;
  }

  #close(end: number): void {
    this.gaps[this.#count * 2] = this.#passed;
    this.gaps[this.#count * 2 + 1] = end;
    this.#count++;
  }
}

/** Places that one reading after the other fills: memory of its own for each would have the whole heap collected for it. */
class Places {
  values: Int32Array = new Int32Array(0);

  /** Lets go of what only a large document needs. */
  trim(): void {
    if (this.values.length > MAX_KEPT_PLACES) this.values = new Int32Array(0);
  }

  reserve(count: number): void {
    if (count <= this.values.length) return;
    const larger = new Int32Array(Math.max(MIN_PLACES, count, this.values.length * 2));
    larger.set(this.values);
    this.values = larger;
  }
}

/** The places that a reader fills. */
export class PlaceMemory {
  readonly rows: readonly Places[];
  readonly texts = new Places();

  constructor(arrays: number) {
    this.rows = Array.from({ length: arrays }, () => new Places());
  }

  trim(): void {
    for (const places of [...this.rows, this.texts]) places.trim();
  }
}

/** The rows of one array. */
export class Rows {
  readonly #stride: number;
  readonly #places: Places;
  count = 0;

  constructor(fieldCount: number, places: Places) {
    this.#stride = fieldCount * 2;
    this.#places = places;
  }

  get places(): Int32Array {
    return this.#places.values;
  }

  /** Makes room for another row. Gives where its places begin. */
  begin(): number {
    const start = this.count++ * this.#stride;
    this.#places.reserve(start + this.#stride);
    return start;
  }
}
