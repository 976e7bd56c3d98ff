import { ZxpError } from '../../model/errors.js';
import { ByteCollector } from './byte-collector.js';

/** gRPC's frame: a flag for compression and the length of the message. */
export const FRAME_HEAD_BYTES = 5;

/** What every gRPC implementation accepts in one message unless it was told otherwise. */
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** One message as gRPC frames it, not compressed. */
export function frameMessage(message: Uint8Array): readonly [head: Uint8Array, message: Uint8Array] {
  const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
  head.writeUInt8(0, 0);
  head.writeUInt32BE(message.length, 1);
  return [head, message];
}

/**
 * Gives the messages of a stream of gRPC frames, wherever it is cut. Throws a ZxpError of code `too_large` for a message
 * above `maxMessageBytes` (before any of it is kept) and of code `protocol` for a compressed one: neither side of this
 * protocol negotiates compression.
 */
export class FrameReader {
  readonly #maxMessageBytes: number;
  #head = new ByteCollector(FRAME_HEAD_BYTES);
  #body: ByteCollector | undefined;
  #bodyLength = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether a message has begun and not ended. */
  get isInsideMessage(): boolean {
    return this.#body !== undefined || this.#head.length > 0;
  }

  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let rest = chunk;
    while (rest.length > 0 || this.#isComplete()) {
      rest = this.#body === undefined ? this.#readHead(rest) : this.#readBody(this.#body, rest);
      if (this.#body === undefined || !this.#isComplete()) continue;
      const message = this.#body.bytes();
      this.#body = undefined;
      yield message;
    }
  }

  #isComplete(): boolean {
    return this.#body !== undefined && this.#body.length === this.#bodyLength;
  }

  #readHead(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, FRAME_HEAD_BYTES - this.#head.length);
    this.#head.append(taken);
    if (this.#head.length === FRAME_HEAD_BYTES) this.#beginBody(this.#head.bytes());
    return bytes.subarray(taken.length);
  }

  #beginBody(head: Buffer): void {
    if (head.readUInt8(0) !== 0)
      throw new ZxpError('protocol', 'a gRPC message is compressed, which was not negotiated');
    const length = head.readUInt32BE(1);
    if (length > this.#maxMessageBytes) {
      throw new ZxpError(
        'too_large',
        `a gRPC message of ${length} bytes is above the limit of ${this.#maxMessageBytes}`,
      );
    }
    this.#head = new ByteCollector(FRAME_HEAD_BYTES);
    this.#body = new ByteCollector(length);
    this.#bodyLength = length;
  }

  #readBody(body: ByteCollector, bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, this.#bodyLength - body.length);
    body.append(taken);
    return bytes.subarray(taken.length);
  }
}
