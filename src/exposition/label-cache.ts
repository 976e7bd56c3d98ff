import { type ByteWriter, toView } from './byte-writer.js';

/** Of the labels of a row, about. */
const ROW_BYTES = 64;
const MAX_FIRST_BYTES = 64 * 1024;

/**
 * The labels of a family's rows as they were written, for the families that follow with the very same label rows: the
 * values of one element are families of their own, and differ in nothing but the name and the number.
 */
export class LabelCache {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;
  readonly #ends: Uint32Array;

  constructor(rows: number) {
    this.#ends = new Uint32Array(rows);
    this.#bytes = Buffer.allocUnsafe(Math.min(rows * ROW_BYTES, MAX_FIRST_BYTES));
    this.#view = toView(this.#bytes);
  }

  /** Keeps what the writer has written since `start` as the labels of a row. Rows come in order. */
  keep(row: number, writer: ByteWriter, start: number): void {
    const count = writer.length - start;
    if (this.#length + count > this.#bytes.length) this.#grow(count);
    writer.copyOut(start, this.#bytes, this.#length);
    this.#length += count;
    this.#ends[row] = this.#length;
  }

  /** Writes the labels of a row again. */
  repeat(row: number, writer: ByteWriter): void {
    writer.view(this.#view, row === 0 ? 0 : (this.#ends[row - 1] ?? 0), this.#ends[row] ?? 0);
  }

  #grow(count: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    this.#view = toView(larger);
  }
}
