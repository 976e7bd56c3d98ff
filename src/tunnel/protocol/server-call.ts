import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { Codec } from './codec.js';
import { MessageWriter, readMessages } from './message-stream.js';
import type { ServerConnection } from './server-connection.js';
import { parseGrpcTimeout, type RpcStatus, statusHeaders } from './status.js';

/** One call that a client made, before its messages are given a type. */
export class ServerCall {
  readonly connection: ServerConnection;
  readonly path: string;
  readonly metadata: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #maxMessageBytes: number;
  readonly #cancellation = new CancellationSource();
  #initialMetadata: Readonly<Record<string, string>> = {};
  #isEnded = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: { readonly connection: ServerConnection; readonly maxMessageBytes: number },
  ) {
    this.#stream = stream;
    this.metadata = headers;
    this.path = headers[':path'] ?? '';
    this.connection = options.connection;
    this.#maxMessageBytes = options.maxMessageBytes;
    stream.on('error', () => undefined);
    stream.once('close', () => {
      this.#cancellation.abort(new ZxpError('closed', 'the call has ended'));
    });
    const timeoutMs = parseGrpcTimeout(headers['grpc-timeout']);
    if (timeoutMs !== undefined) this.limitTime(timeoutMs);
  }

  /** Aborts when the call has ended, whichever side ended it. */
  get signal(): CancellationSignal {
    return this.#cancellation;
  }

  /** Ends the call with DEADLINE_EXCEEDED after so long; of several limits the shortest counts. */
  limitTime(timeoutMs: number): void {
    const expire = () => this.end({ code: 'deadlineExceeded', message: 'deadline exceeded' });
    const timer = setTimeout(expire, Math.min(timeoutMs, MAX_TIMER_MS));
    timer.unref();
    this.#cancellation.addEventListener('abort', () => clearTimeout(timer));
    if (this.#cancellation.aborted) clearTimeout(timer);
  }

  /** Goes out with the headers of the response. */
  setInitialMetadata(metadata: Readonly<Record<string, string>>): void {
    this.#initialMetadata = metadata;
  }

  /** The messages of the client, each of the server's limit or of a lower one. */
  messages<Message>(codec: Codec<Message>, maxBytes = this.#maxMessageBytes): AsyncGenerator<Message, void> {
    return readMessages(this.#stream, codec, Math.min(maxBytes, this.#maxMessageBytes));
  }

  /** Sends the headers of the response unless they went out already, and gives what writes its messages. */
  respond<Message>(codec: Codec<Message>): MessageWriter<Message> {
    if (!this.#stream.headersSent && !this.#stream.destroyed) {
      this.#stream.respond({ ...this.#initialMetadata, ...RESPONSE_HEADERS }, { waitForTrailers: true });
    }
    return new MessageWriter(this.#stream, codec);
  }

  /** Ends the call; of effect once. Without a response before it, the status goes out in the headers alone. */
  end(status: RpcStatus): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const stream = this.#stream;
    if (stream.destroyed) return;
    if (stream.headersSent) {
      stream.once('wantTrailers', () => {
        stream.sendTrailers(statusHeaders(status));
        this.#stopClient();
      });
      stream.end();
    } else {
      stream.respond({ ...RESPONSE_HEADERS, ...statusHeaders(status) }, { endStream: true });
      this.#stopClient();
    }
  }

  /** Ends the call with a plain HTTP status: what called is not a gRPC client. */
  endWithHttpStatus(httpStatus: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#stream.destroyed) return;
    this.#stream.respond({ ':status': httpStatus }, { endStream: true });
    this.#stopClient();
  }

  /** What the client still sends is not read: NO_ERROR asks it to stop, as HTTP/2 wants it after an early response. */
  #stopClient(): void {
    if (this.#stream.readableEnded) return;
    this.#stream.resume();
    setImmediate(() => {
      if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }
}

/** The longest that setTimeout can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const RESPONSE_HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-encoding': 'identity',
  'grpc-accept-encoding': 'identity',
} as const;
