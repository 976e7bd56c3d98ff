import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { Codec } from './codec.js';
import { DEFAULT_MAX_MESSAGE_BYTES } from './framing.js';
import { MessageWriter, readMessages } from './message-stream.js';
import type { RpcMethod } from './methods.js';
import { type RpcReply, statusOfError } from './reply.js';
import { formatGrpcTimeout, OK, type RpcStatus, readStatusHeaders, statusOfHttp, statusOfReset } from './status.js';

/** Headers of a response, as they came. */
export type Metadata = IncomingHttpHeaders;

/** A reply with the headers that it came with, if there were any. */
export type RpcReplyWithMetadata<Message> = RpcReply<Message> & { readonly metadata: Metadata | undefined };

/** A call whose server answers with a stream of messages. */
export interface ServerStreamCall<Response> {
  /** Ends with the stream, however it ends: `status` gives why. Never throws. */
  readonly messages: AsyncIterable<Response>;
  readonly status: Promise<RpcStatus>;
  cancel(): void;
}

/** A call that sends a stream of messages. */
export interface ClientStreamCall<Request, Response> {
  /** Resolves once there is room for the next message; false where the stream has ended. Never rejects. */
  send(message: Request): Promise<boolean>;
  /** No message follows. */
  end(): void;
  readonly reply: Promise<RpcReply<Response>>;
  cancel(): void;
}

export interface CallOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancellationSignal;
}

/** One HTTP/2 connection to a gRPC server. It is never opened again: when it has ended, so has everything on it. */
export interface RpcConnection {
  /** Never rejects: a call that cannot be made has the status `unavailable`. */
  unary<Request, Response>(
    method: RpcMethod<'unary', Request, Response>,
    request: Request,
    options: CallOptions,
  ): Promise<RpcReplyWithMetadata<Response>>;
  serverStream<Request, Response>(
    method: RpcMethod<'server-stream', Request, Response>,
    request: Request,
  ): ServerStreamCall<Response>;
  clientStream<Request, Response>(
    method: RpcMethod<'client-stream', Request, Response>,
  ): ClientStreamCall<Request, Response>;
  /** Aborts when the connection has ended; the server's GOAWAY, a reset and `close` are all the same here. */
  readonly signal: CancellationSignal;
  /** Resolves with whether the server answered a ping in time. */
  ping(timeoutMs: number): Promise<boolean>;
  readonly openStreams: number;
  /** Sends GOAWAY and ends with the last call. */
  close(): void;
  destroy(): void;
}

export interface RpcConnectionOptions {
  /** `host:port`, as the server shall read it. */
  readonly authority: string;
  readonly scheme: 'http' | 'https';
  /** Sent with each call. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly userAgent: string;
  /** How long the server may take for its first SETTINGS frame. */
  readonly handshakeTimeoutMs: number;
  readonly maxMessageBytes?: number;
}

/** Speaks HTTP/2 on a socket that is connected (and has made its TLS handshake); resolves once the server does too. */
export function openRpcConnection(socket: Socket, options: RpcConnectionOptions): Promise<RpcConnection> {
  const session = connect(`${options.scheme}://${options.authority}`, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES, maxHeaderListSize: MAX_HEADER_BYTES },
    maxHeaderListPairs: 64,
    maxSettings: 32,
  });
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown) => {
      clearTimeout(timer);
      session.destroy();
      socket.destroy();
      reject(new ZxpError('closed', 'the server did not begin to speak HTTP/2', { cause }));
    };
    const timer = setTimeout(fail, options.handshakeTimeoutMs);
    session.once('error', fail);
    session.once('close', fail);
    session.once('remoteSettings', () => {
      clearTimeout(timer);
      session.off('error', fail);
      session.off('close', fail);
      session.setLocalWindowSize(WINDOW_BYTES);
      resolve(new ClientConnection(session, options));
    });
  });
}

const WINDOW_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 8192;

class ClientConnection implements RpcConnection {
  readonly #session: ClientHttp2Session;
  readonly #options: RpcConnectionOptions;
  readonly #maxMessageBytes: number;
  readonly #ended = new CancellationSource();
  #openStreams = 0;

  constructor(session: ClientHttp2Session, options: RpcConnectionOptions) {
    this.#session = session;
    this.#options = options;
    this.#maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    const end = () => this.#ended.abort(new ZxpError('closed', 'the connection to the server has ended'));
    session.on('error', () => undefined);
    session.once('goaway', end);
    session.once('close', end);
  }

  get signal(): CancellationSignal {
    return this.#ended;
  }

  get openStreams(): number {
    return this.#openStreams;
  }

  async unary<Request, Response>(
    method: RpcMethod<'unary', Request, Response>,
    request: Request,
    { timeoutMs, signal }: CallOptions,
  ): Promise<RpcReplyWithMetadata<Response>> {
    const stream = signal?.aborted ? undefined : this.#open(method.path, timeoutMs);
    if (stream === undefined) return { ok: false, status: UNAVAILABLE, metadata: undefined };
    const outcome = watchOutcome(stream, this.#session);
    const cancel = () => stream.close(constants.NGHTTP2_CANCEL);
    signal?.addEventListener('abort', cancel, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => outcome.fail(DEADLINE_EXCEEDED), timeoutMs);
    try {
      void new MessageWriter(stream, method.request).send(request);
      stream.end();
      return await readReply(stream, method.response, { maxMessageBytes: this.#maxMessageBytes, outcome });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    }
  }

  serverStream<Request, Response>(
    method: RpcMethod<'server-stream', Request, Response>,
    request: Request,
  ): ServerStreamCall<Response> {
    const stream = this.#open(method.path);
    if (stream === undefined) {
      return { messages: none(), status: Promise.resolve(UNAVAILABLE), cancel: () => undefined };
    }
    const outcome = watchOutcome(stream, this.#session);
    void new MessageWriter(stream, method.request).send(request);
    stream.end();
    const maxMessageBytes = this.#maxMessageBytes;
    const messages = async function* () {
      try {
        yield* readMessages(stream, method.response, maxMessageBytes);
      } catch (thrown) {
        outcome.failUnlessKnown(statusOfError(thrown));
      }
    };
    return { messages: messages(), status: outcome.status, cancel: () => stream.close(constants.NGHTTP2_CANCEL) };
  }

  clientStream<Request, Response>(
    method: RpcMethod<'client-stream', Request, Response>,
  ): ClientStreamCall<Request, Response> {
    const stream = this.#open(method.path);
    if (stream === undefined) return closedStream<Request, Response>();
    const writer = new MessageWriter(stream, method.request);
    const outcome = watchOutcome(stream, this.#session);
    return {
      send: (message) => writer.send(message),
      end: () => void stream.end(),
      reply: readReply(stream, method.response, { maxMessageBytes: this.#maxMessageBytes, outcome }),
      cancel: () => stream.close(constants.NGHTTP2_CANCEL),
    };
  }

  ping(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      const settle = (isAlive: boolean) => {
        clearTimeout(timer);
        resolve(isAlive);
      };
      const session = this.#session;
      if (session.destroyed || !session.ping((error) => settle(error === null))) settle(false);
    });
  }

  close(): void {
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  /** A stream for one call; undefined once the connection is over. */
  #open(path: string, timeoutMs?: number): ClientHttp2Stream | undefined {
    if (this.#session.closed || this.#session.destroyed) return undefined;
    const stream = this.#session.request(
      {
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'user-agent': this.#options.userAgent,
        'grpc-accept-encoding': 'identity',
        ...(timeoutMs === undefined ? {} : { 'grpc-timeout': formatGrpcTimeout(timeoutMs) }),
        ...this.#options.metadata,
      },
      { endStream: false },
    );
    this.#openStreams++;
    stream.on('error', () => undefined);
    stream.once('close', () => this.#openStreams--);
    return stream;
  }
}

const UNAVAILABLE: RpcStatus = { code: 'unavailable', message: 'the connection has ended' };
const DEADLINE_EXCEEDED: RpcStatus = { code: 'deadlineExceeded', message: 'deadline exceeded' };

async function* none(): AsyncGenerator<never, void> {}

function closedStream<Request, Response>(): ClientStreamCall<Request, Response> {
  return {
    send: () => Promise.resolve(false),
    end: () => undefined,
    reply: Promise.resolve({ ok: false, status: UNAVAILABLE }),
    cancel: () => undefined,
  };
}

/** What is learned about a call's end: its headers, and its status once the stream has closed. */
interface Outcome {
  readonly metadata: Metadata | undefined;
  readonly status: Promise<RpcStatus>;
  /** Ends the call with this status. */
  fail(status: RpcStatus): void;
  /** The same, where the stream has not said anything itself. */
  failUnlessKnown(status: RpcStatus): void;
}

function watchOutcome(stream: ClientHttp2Stream, session: ClientHttp2Session): Outcome {
  let metadata: Metadata | undefined;
  let known: RpcStatus | undefined;
  stream.once('response', (headers) => {
    metadata = headers;
    const httpStatus = headers[':status'];
    known ??= httpStatus === 200 ? readStatusHeaders(headers) : statusOfHttp(httpStatus ?? 0);
    if (known !== undefined) stream.resume();
  });
  stream.once('trailers', (trailers) => {
    known ??= readStatusHeaders(trailers);
  });
  const status = new Promise<RpcStatus>((resolve) => {
    stream.once('close', () => {
      const isCut = stream.rstCode === 0 || session.destroyed;
      resolve(
        known ?? (isCut ? { code: 'unavailable', message: 'the connection was lost' } : statusOfReset(stream.rstCode)),
      );
    });
  });
  const fail = (reason: RpcStatus) => {
    known ??= reason;
    stream.close(constants.NGHTTP2_CANCEL);
  };
  return {
    get metadata() {
      return metadata;
    },
    status,
    fail,
    failUnlessKnown: (reason) => {
      if (reason.code !== 'cancelled') fail(reason);
    },
  };
}

async function readReply<Response>(
  stream: ClientHttp2Stream,
  codec: Codec<Response>,
  options: { readonly maxMessageBytes: number; readonly outcome: Outcome },
): Promise<RpcReplyWithMetadata<Response>> {
  const { outcome } = options;
  let single: { readonly message: Response } | undefined;
  try {
    for await (const message of readMessages(stream, codec, options.maxMessageBytes)) single ??= { message };
  } catch (thrown) {
    outcome.failUnlessKnown(statusOfError(thrown));
  }
  const status = await outcome.status;
  const { metadata } = outcome;
  if (status.code !== OK.code) return { ok: false, status, metadata };
  if (single === undefined)
    return { ok: false, status: { code: 'internal', message: 'no message in the reply' }, metadata };
  return { ok: true, message: single.message, metadata };
}
