import type { Bytes } from '../../model/bytes.js';

const PIECE_BYTES = 1024 * 1024;

/** Puts the chunks of a body together, in pieces of 1 MiB where it is larger: it is never in memory twice. */
export class BodyPieces {
  /** Of a body that is small so far. */
  #chunks: Uint8Array[] = [];
  #pieces: Buffer[] | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    if (this.#length + chunk.length <= PIECE_BYTES) {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      return;
    }
    if (this.#pieces === undefined) {
      this.#pieces = [];
      this.#length = 0;
      for (const each of this.#chunks) this.#copy(each, this.#pieces);
      this.#chunks = [];
    }
    this.#copy(chunk, this.#pieces);
  }

  /** The body, once all of it was added. */
  take(): Bytes {
    const pieces = this.#pieces;
    const last = pieces?.pop();
    if (pieces !== undefined && last !== undefined) {
      return { pieces: [...pieces, last.subarray(0, this.#length - pieces.length * PIECE_BYTES)] };
    }
    const [first] = this.#chunks;
    return this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#length);
  }

  #copy(chunk: Uint8Array, pieces: Buffer[]): void {
    for (let copied = 0; copied < chunk.length; ) {
      const at = this.#length % PIECE_BYTES;
      if (at === 0) pieces.push(Buffer.allocUnsafeSlow(PIECE_BYTES));
      const part = chunk.subarray(copied, copied + PIECE_BYTES - at);
      pieces.at(-1)?.set(part, at);
      copied += part.length;
      this.#length += part.length;
    }
  }
}
