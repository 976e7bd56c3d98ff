import type { Socket } from 'node:net';

/** A head that is longer is left to the parser, which refuses it. */
const MAX_HEAD_BYTES = 64 * 1024;

/** The start of an interim response (RFC 9110, 15.2) other than 101, which ends HTTP on the connection. */
const INTERIM = /^HTTP\/1\.[01] 1(?!01)\d\d[ \r]/;
const START_BYTES = 'HTTP/1.1 100 '.length;
const STATUS_BYTE = 'HTTP/1.1 '.length;
const ONE = 0x31;

/**
 * Takes interim responses out of what is read from a connection: undici closes it on a `100 Continue` that was not requested
 * for, where curl and Go read on. `begin` is called for each request; all that follows the head of its final response is
 * untouched.
 */
export class InterimResponseFilter {
  #isAtHead = false;
  #pending: Buffer | undefined;

  constructor(socket: Socket) {
    const read = socket.read.bind(socket);
    socket.read = (size) => {
      for (;;) {
        const chunk: unknown = read(size);
        if (!this.#isAtHead || !(chunk instanceof Buffer)) return chunk;
        const rest = this.#skip(this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]));
        if (rest !== undefined) return rest;
      }
    };
  }

  begin(): void {
    this.#isAtHead = true;
    this.#pending = undefined;
  }

  /** What is left of the bytes after interim responses; undefined where more must come to tell. */
  #skip(bytes: Buffer): Buffer | undefined {
    let rest = bytes;
    for (;;) {
      // The first digit of the status: nearly every response is told apart by it.
      if (rest.length >= START_BYTES && rest[STATUS_BYTE] !== ONE) break;
      const start = rest.toString('latin1', 0, START_BYTES);
      const isShort = rest.length < START_BYTES && 'HTTP/1.'.startsWith(start.slice(0, 7));
      const end = rest.indexOf('\r\n\r\n');
      if (!isShort && !INTERIM.test(start)) break;
      if (isShort || end < 0) {
        if (rest.length > MAX_HEAD_BYTES) break;
        this.#pending = rest;
        return undefined;
      }
      rest = rest.subarray(end + 4);
      if (rest.length === 0) {
        this.#pending = undefined;
        return undefined;
      }
    }
    this.#isAtHead = false;
    this.#pending = undefined;
    return rest;
  }
}
