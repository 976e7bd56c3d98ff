const CHUNK_BYTES = 64 * 1024;
/** Of what is copied, that goes in at once. */
const COPIED_BYTES = CHUNK_BYTES / 8;
/** Room for the line that fills a chunk. */
const WHOLE_CHUNK_BYTES = CHUNK_BYTES + CHUNK_BYTES / 8;
/** Most expositions are small: the first chunk grows as it is needed. */
const FIRST_BYTES = 8 * 1024;
/** From here on a call into native code costs less than a loop. */
const LONG_BYTES = 512;
const MAX_BYTES_PER_CODE_UNIT = 3;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const MILLION = 1e6;
const FIRST_BEYOND_ASCII = 0x80;
/** Integers below this are written digit by digit; it is beyond all that a 32-bit operation could spoil. */
const MAX_FAST_INTEGER = 1_000_000_000;

/**
 * Writes text as UTF-8 bytes into chunks of about 64 KiB. Callers write a line and then check `isFull`; a line is cut
 * by `copy` alone. ASCII goes in byte by byte: calls into native code cost more than the short texts that metrics are made of.
 */
export class ByteWriter {
  #bytes: Buffer<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** `expectedBytes` is how much is going to be written, as far as that is known. */
  constructor(expectedBytes: number | undefined = FIRST_BYTES) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(expectedBytes, WHOLE_CHUNK_BYTES));
    this.#view = toView(this.#bytes);
  }

  /** Goes on behind bytes that a writer has finished, in the same memory where there is room. */
  continue(bytes: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = bytes;
    if (byteOffset === 0 && buffer.byteLength > byteLength && buffer instanceof ArrayBuffer) {
      this.#use(Buffer.from(buffer));
      this.#length = byteLength;
    } else {
      this.bytes(bytes);
    }
  }

  get isFull(): boolean {
    return this.#length >= CHUNK_BYTES;
  }

  /** Bytes since the last `take`: a place to `repeat` from. */
  get length(): number {
    return this.#length;
  }

  /** What was written since the last time; the writer goes on with a chunk of its own. */
  take(): Buffer {
    const chunk = this.#bytes.subarray(0, this.#length);
    this.#use(Buffer.allocUnsafeSlow(WHOLE_CHUNK_BYTES));
    this.#length = 0;
    return chunk;
  }

  /** The same in memory of its own size, where that is much smaller than a chunk's. */
  cut(): Buffer {
    if (this.#length > CHUNK_BYTES / 2) return this.take();
    const chunk = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(chunk, 0, 0, this.#length);
    this.#length = 0;
    return chunk;
  }

  /** Writes what may be larger than a chunk, and yields each chunk that is full. */
  *copy(source: Uint8Array): Generator<Buffer> {
    for (let start = 0; start < source.length; start += COPIED_BYTES) {
      this.bytes(source, start, Math.min(start + COPIED_BYTES, source.length));
      if (this.isFull) yield this.take();
    }
  }

  /** The last chunk, without starting another. */
  finish(): Buffer {
    const chunk = this.#bytes.subarray(0, this.#length);
    this.#use(Buffer.alloc(0));
    this.#length = 0;
    return chunk;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  bytes(source: Uint8Array, start = 0, end = source.length): void {
    this.#reserve(end - start);
    if (end - start > LONG_BYTES) {
      this.#bytes.set(source.subarray(start, end), this.#length);
      this.#length += end - start;
      return;
    }
    const target = this.#bytes;
    let at = this.#length;
    for (let i = start; i < end; i++) target[at++] = source[i] ?? 0;
    this.#length = at;
  }

  /** The same of bytes that are copied over and over, four at a time. */
  view(source: DataView, start = 0, end = source.byteLength): void {
    this.#reserve(end - start);
    const target = this.#view;
    let at = this.#length;
    let i = start;
    for (; i + WORD_BYTES <= end; i += WORD_BYTES, at += WORD_BYTES)
      target.setInt32(at, source.getInt32(i, true), true);
    for (; i < end; i++, at++) target.setUint8(at, source.getUint8(i));
    this.#length = at;
  }

  /** Copies what was written since `start` to a place in another buffer, which has room for it. */
  copyOut(start: number, target: Uint8Array, place: number): void {
    const source = this.#bytes;
    const end = this.#length;
    let at = place;
    for (let i = start; i < end; i++) target[at++] = source[i] ?? 0;
  }

  /** Writes again what stands between two lengths of this chunk. */
  repeat(start: number, end: number): void {
    this.#reserve(end - start);
    this.#bytes.copyWithin(this.#length, start, end);
    this.#length += end - start;
  }

  text(text: string): void {
    this.#reserve(text.length * MAX_BYTES_PER_CODE_UNIT);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Text with `\`, newline and, unless it is a text-format help, `"` escaped. */
  escaped(text: string): void {
    const count = text.length;
    this.#reserve(count);
    const target = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i);
      if (unit === QUOTE || unit === BACKSLASH || unit === NEWLINE || unit >= FIRST_BEYOND_ASCII) {
        this.text(escapeText(text));
        return;
      }
      target[at++] = unit;
    }
    this.#length = at;
  }

  /** A whole number of 0 to 2^64 as protobuf's varint. */
  varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    this.#length = putVarint(this.#bytes, this.#length, value);
  }

  /** A 64-bit floating-point number, little-endian. */
  double(value: number): void {
    this.#reserve(DOUBLE_BYTES);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** Text as UTF-8 behind the varint of its length. */
  sizedText(text: string): void {
    const count = text.length;
    if (count >= FIRST_BEYOND_ASCII) {
      this.#sizedText(text);
      return;
    }
    this.#reserve(count + 1);
    const target = this.#bytes;
    let at = this.#length;
    target[at++] = count;
    for (let i = 0; i < count; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= FIRST_BEYOND_ASCII) {
        this.#sizedText(text);
        return;
      }
      target[at++] = unit;
    }
    this.#length = at;
  }

  #sizedText(text: string): void {
    this.varint(Buffer.byteLength(text));
    this.text(text);
  }

  /**
   * Begins what has its length in front, and gives the place to end it from. `lengthBytes` is the room for the length:
   * one that turns out to be wrong costs moving what was written.
   */
  beginSized(lengthBytes = 1): number {
    this.#reserve(lengthBytes);
    this.#length += lengthBytes;
    return this.#length;
  }

  /** Writes the length in front of what was begun at `start`; gives the room that it took. */
  endSized(start: number, lengthBytes = 1): number {
    const size = this.#length - start;
    const needed = countVarintBytes(size);
    if (needed !== lengthBytes) {
      this.#reserve(needed);
      this.#bytes.copyWithin(start - lengthBytes + needed, start, this.#length);
      this.#length += needed - lengthBytes;
    }
    putVarint(this.#bytes, start - lengthBytes, size);
    return needed;
  }

  /** A number as the text formats write it: shortest digits that round-trip, `NaN`, `+Inf`, `-Inf`. */
  number(value: number): void {
    if (Number.isInteger(value) && value < MAX_FAST_INTEGER && value > -MAX_FAST_INTEGER) this.#integer(value);
    else if (!this.#decimal(value)) this.text(formatNumber(value));
  }

  /**
   * Up to six decimals, as most fractions have, without a string. A double that is the nearest one to a decimal of at
   * most 15 digits has no shorter text than that decimal.
   */
  #decimal(value: number): boolean {
    const size = Math.abs(value);
    if (!(size < MAX_FAST_INTEGER)) return false;
    const millionths = Math.round(size * MILLION);
    if (millionths === 0 || millionths / MILLION !== size) return false;
    const whole = Math.floor(size);
    if (value < 0) this.byte(MINUS);
    this.#integer(whole);
    this.byte(POINT);
    let rest = millionths - whole * MILLION;
    for (let unit = MILLION / 10; rest > 0; unit /= 10) {
      const digit = (rest / unit) | 0;
      this.byte(ZERO + digit);
      rest -= digit * unit;
    }
    return true;
  }

  #integer(value: number): void {
    this.#reserve(11);
    const target = this.#bytes;
    let rest = value;
    if (value < 0 || Object.is(value, -0)) {
      target[this.#length++] = MINUS;
      rest = -value;
    }
    let digits = 1;
    for (let bound = 10; rest >= bound; bound *= 10) digits++;
    const end = this.#length + digits;
    for (let at = end - 1; at >= this.#length; at--) {
      const quotient = (rest / 10) | 0;
      target[at] = ZERO + rest - quotient * 10;
      rest = quotient;
    }
    this.#length = end;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const doubled = Math.min(this.#bytes.length * 2, WHOLE_CHUNK_BYTES);
    const larger = Buffer.allocUnsafeSlow(Math.max(doubled, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#use(larger);
  }

  #use(bytes: Buffer<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = toView(bytes);
  }
}

const WORD_BYTES = 4;
const MAX_VARINT_BYTES = 10;
const DOUBLE_BYTES = 8;
/** Bit operations take no larger ones. */
const MAX_INT32 = 2 ** 31 - 1;

function putVarint(target: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > MAX_INT32) {
    target[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

/** How many bytes the varint of a whole number takes. */
export function countVarintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

export function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** The text format 0.0.4 leaves quotes alone in help. */
export function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

export function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Bytes as `view` of a writer takes them. */
export function toView({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
