import { freeMemory, joinAndFree } from '../../async/free-memory.js';
import { type Bytes, countBytes, joinBytes, listPieces, startsWithByteOrderMark } from '../../model/bytes.js';

/** How much is looked at before the event loop gets its turn. */
const SLICE_BYTES = 1024 * 1024;

const BYTE_ORDER_MARK_BYTES = 3;

/** A body in one piece. `isFreed` says that nobody reads the bytes that are given. */
export function joinBody(body: Bytes, isFreed = false): Uint8Array {
  return isFreed ? joinAndFree(body) : joinBytes(body);
}

/** The bytes of a document behind its byte order mark, by their places. Pieces that nobody needs any more can be given back. */
export class DocumentBytes {
  readonly length: number;
  readonly #pieces: readonly Uint8Array[];
  readonly #pieceLength: number;
  /** Where the document begins. */
  readonly #start: number;
  readonly #isFreed: boolean;
  /** How many pieces were given back. */
  #freed = 0;

  /** `isFreed` says that nobody else reads the bytes. */
  constructor(bytes: Bytes, isFreed: boolean) {
    this.#pieces = listPieces(bytes);
    this.#pieceLength = Math.max(1, this.#pieces[0]?.length ?? 0);
    this.#isFreed = isFreed;
    this.#start = 0;
    this.length = countBytes(bytes);
    if (!startsWithByteOrderMark(this.slice(0, BYTE_ORDER_MARK_BYTES))) return;
    this.#start = BYTE_ORDER_MARK_BYTES;
    this.length -= BYTE_ORDER_MARK_BYTES;
  }

  /** All of them, one after the other. */
  *slices(): Generator<Uint8Array> {
    for (let start = 0; start < this.length; ) {
      const piece = this.#pieceFrom(this.#start + start).subarray(0, SLICE_BYTES);
      yield piece;
      start += piece.length;
    }
  }

  /** Those from one place up to another one, or up to the end; a copy where they lie in several pieces. */
  slice(start: number, end: number): Uint8Array {
    const length = Math.min(end, this.length) - start;
    if (length <= 0) return NOTHING;
    const first = this.#pieceFrom(this.#start + start).subarray(0, length);
    if (first.length === length) return first;
    const slice = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const part = this.#pieceFrom(this.#start + start + at).subarray(0, length - at);
      slice.set(part, at);
      at += part.length;
    }
    return slice;
  }

  /** All of them, in one piece. */
  join(): Uint8Array {
    return joinBody({ pieces: this.#pieces }, this.#isFreed).subarray(this.#start);
  }

  /** Gives back what lies in front of a place, as far as it is whole pieces. */
  free(end: number): void {
    if (!this.#isFreed) return;
    for (; (this.#freed + 1) * this.#pieceLength <= this.#start + end; this.#freed++) {
      const piece = this.#pieces[this.#freed];
      if (piece === undefined) return;
      freeMemory(piece);
    }
  }

  /** What is from a place on in its piece. */
  #pieceFrom(at: number): Uint8Array {
    const index = Math.floor(at / this.#pieceLength);
    const piece = this.#pieces[index];
    if (piece === undefined || index < this.#freed) throw new RangeError(`there is no byte ${at} any more`);
    return piece.subarray(at - index * this.#pieceLength);
  }
}

const NOTHING = new Uint8Array(0);
