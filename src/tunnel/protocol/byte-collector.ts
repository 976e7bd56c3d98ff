/**
 * Gathers bytes in one growing buffer. What it holds is at most twice what it was given, however small the pieces come,
 * and it keeps none of the pieces alive.
 */
export class ByteCollector {
  #buffer: Buffer;
  #length = 0;

  /** `expected` bytes are reserved at once, up to 64 KiB: more is not taken from a peer's word. */
  constructor(expected = 0) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(expected, MAX_RESERVED));
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  /** Everything so far, without a copy: not to be used after the next `append`. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * this.#buffer.length, length + MAX_SLACK)));
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}

const MAX_RESERVED = 64 * 1024;
const MAX_SLACK = 1024 * 1024;
