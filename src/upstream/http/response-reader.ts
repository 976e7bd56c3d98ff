import type { IncomingHttpHeaders } from 'node:http';
import type { MemoryLease } from '../../async/memory-budget.js';
import type { Bytes } from '../../model/bytes.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { tooLarge } from '../../model/limits.js';
import { BodyPieces } from './body-pieces.js';
import type { Dispatcher } from './undici.js';

export interface ResponseHead {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
}

export interface Reply extends ResponseHead {
  /** As it came over the wire. Undefined where it was not wanted. */
  readonly body: Bytes | undefined;
}

export interface ResponseReaderOptions {
  readonly signal: CancellationSignal;
  readonly maxBytes: number;
  /** Told of the head when it is there; says whether the body is to be read. */
  readonly onHead: (head: ResponseHead) => boolean;
  /** Accounts for a body that is not small; nothing more is read of one that has to wait. */
  readonly openLease?: (() => MemoryLease) | undefined;
  /** Ends the connection, where there is one, when there is no use for the rest of a reply. */
  readonly abandon: () => void;
}

/** Of each body so much is not accounted for. */
const FREE_BYTES = 64 * 1024;

/**
 * Reads the reply to one request into memory. Rejects with `too_large` for a body past `maxBytes`, as announced or as
 * counted; with what `onHead` throws, the reason of the signal as soon as there is one, or what undici says.
 *
 * Streams and their iterators would add a quarter to what a small exchange costs.
 */
export class ResponseReader implements Dispatcher.DispatchHandler {
  readonly reply: Promise<Reply>;
  readonly #options: ResponseReaderOptions;
  readonly #body = new BodyPieces();
  #head: ResponseHead | undefined;
  #isEnded = false;
  /** Bytes that came and are not accounted for yet. */
  #owedBytes = 0;
  #isWaiting = false;
  #settle: { resolve(reply: Reply): void; reject(reason: unknown): void } | undefined;

  constructor(options: ResponseReaderOptions) {
    this.#options = options;
    this.reply = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    options.signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Of the final reply, once its head is there and nothing was wrong with it. */
  get statusCode(): number | undefined {
    return this.#head?.statusCode;
  }

  /** Throws where the request was given up while it waited for a connection, which goes to the next one then. */
  onRequestStart(): void {
    if (this.#settle === undefined) throw new Error('the request was given up');
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number, headers: IncomingHttpHeaders): void {
    // 1xx: the reply is yet to come (RFC 9110, 15.2).
    if (statusCode < 200) return;
    const head = { statusCode, headers };
    const { maxBytes, onHead } = this.#options;
    try {
      const isWanted = onHead(head);
      this.#head = head;
      if (!isWanted) this.#passOver({ statusCode, headers, body: undefined });
      else if (Number(headers['content-length']) > maxBytes) this.#fail(tooLarge(maxBytes));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settle === undefined) return;
    if (this.#body.length + chunk.length > this.#options.maxBytes) {
      this.#fail(tooLarge(this.#options.maxBytes));
      return;
    }
    this.#body.add(chunk);
    this.#owedBytes += chunk.length;
    if (this.#body.length > FREE_BYTES) this.#account(controller);
  }

  /** Where there is no room, the connection is not read until there is: the upstream has to wait. */
  #account(controller: Dispatcher.DispatchController): void {
    const { openLease, signal } = this.#options;
    if (openLease === undefined || this.#isWaiting || this.#owedBytes === 0) return;
    const lease = openLease();
    const bytes = this.#owedBytes;
    this.#owedBytes = 0;
    if (lease.tryGrow(bytes)) return;
    this.#isWaiting = true;
    controller.pause();
    const goOn = () => {
      this.#isWaiting = false;
      this.#account(controller);
      if (!this.#isWaiting) controller.resume();
    };
    // Given up meanwhile: the signal has ended the reply.
    lease.grow(bytes, signal).then(goOn, () => undefined);
  }

  onResponseEnd(): void {
    this.#isEnded = true;
    if (this.#head === undefined) return;
    const { statusCode, headers } = this.#head;
    this.#take()?.resolve({ statusCode, headers, body: this.#body.take() });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#take()?.reject(error);
  }

  readonly #abort = (): void => this.#fail(this.#options.signal.reason);

  /** Its body is not waited for: a connection on which it has not come together with the head is given up. */
  #passOver(reply: Reply): void {
    this.#take()?.resolve(reply);
    queueMicrotask(() => {
      if (!this.#isEnded) this.#options.abandon();
    });
  }

  #fail(reason: unknown): void {
    this.#take()?.reject(reason);
    this.#options.abandon();
  }

  /** How to settle, the first time. */
  #take() {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#options.signal.removeEventListener('abort', this.#abort);
    return settle;
  }
}
