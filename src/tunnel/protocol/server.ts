import { constants } from 'node:crypto';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2Session,
  constants as http2Constants,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { ZxpError } from '../../model/errors.js';
import type { MonotonicClock } from '../../model/ports.js';
import { readPeer } from '../../net/addresses.js';
import { DEFAULT_MAX_MESSAGE_BYTES } from './framing.js';
import type { MessageWriter } from './message-stream.js';
import type { RpcMethod } from './methods.js';
import { type RpcReply, statusOfError } from './reply.js';
import { ServerCall } from './server-call.js';
import { createServerConnection, type ServerConnection } from './server-connection.js';
import { OK, type RpcStatus } from './status.js';

/** What serves the calls of one method; it ends every call that it is given. */
export interface RpcRoute {
  readonly path: string;
  readonly serve: (call: ServerCall) => Promise<void>;
}

/** How long a client may take to send the one message of a unary call, whatever its own deadline. */
const UNARY_TIMEOUT_MS = 30_000;

/** No call that has one message needs a larger one: what a client makes the server keep for it stays small. */
const MAX_SINGLE_BYTES = 256 * 1024;

/** Serves a unary method. */
export function unaryRoute<Request, Response>(
  method: RpcMethod<'unary', Request, Response>,
  handle: (request: Request, call: ServerCall) => RpcReply<Response> | Promise<RpcReply<Response>>,
): RpcRoute {
  return {
    path: method.path,
    serve: async (call) => {
      call.limitTime(UNARY_TIMEOUT_MS);
      const request = await readSingle(call.messages(method.request, MAX_SINGLE_BYTES));
      const response = await handle(request, call);
      if (!response.ok) return call.end(response.status);
      void call.respond(method.response).send(response.message);
      call.end(OK);
    },
  };
}

/** Serves a method that answers one message with a stream: the call ends with the status that `handle` gives. */
export function serverStreamRoute<Request, Response>(
  method: RpcMethod<'server-stream', Request, Response>,
  handle: (request: Request, call: ServerCall, open: () => MessageWriter<Response>) => Promise<RpcStatus>,
): RpcRoute {
  return {
    path: method.path,
    serve: async (call) => {
      const request = await readSingle(call.messages(method.request, MAX_SINGLE_BYTES));
      call.end(await handle(request, call, () => call.respond(method.response)));
    },
  };
}

/** Serves a method that answers a stream with one message. The headers of the response go out with that message. */
export function clientStreamRoute<Request, Response>(
  method: RpcMethod<'client-stream', Request, Response>,
  handle: (messages: AsyncIterable<Request>, call: ServerCall) => Promise<RpcReply<Response>>,
): RpcRoute {
  return {
    path: method.path,
    serve: async (call) => {
      const response = await handle(call.messages(method.request), call);
      if (!response.ok) return call.end(response.status);
      void call.respond(method.response).send(response.message);
      call.end(OK);
    },
  };
}

async function readSingle<Message>(messages: AsyncIterable<Message>): Promise<Message> {
  let single: { readonly message: Message } | undefined;
  for await (const message of messages) {
    if (single !== undefined) throw new ZxpError('protocol', 'a call that takes one message got several');
    single = { message };
  }
  if (single === undefined) throw new ZxpError('protocol', 'a call that takes one message got none');
  return single.message;
}

export interface RpcServerOptions {
  readonly routes: readonly RpcRoute[];
  /** Certificate and key; plaintext without it. With `clientCa`, a client certificate is required. */
  readonly tls?: RpcServerTls | undefined;
  /** Looks at each call before anything of it is read: a status refuses it. */
  readonly authorize: (call: ServerCall) => RpcStatus | undefined;
  readonly maxConnections: number;
  readonly maxStreamsPerConnection: number;
  /** A connection on which nothing happens for so long is ended. */
  readonly idleTimeoutMs: number;
  readonly now: MonotonicClock;
  readonly onConnection?: (connection: ServerConnection) => void;
  readonly onEvent?: (event: RpcServerEvent) => void;
}

/** Something that an operator may want to know about. */
export type RpcServerEvent =
  | { readonly kind: 'tls_failed'; readonly message: string; readonly remoteAddress: string }
  | { readonly kind: 'flood'; readonly frames: string; readonly remoteAddress: string };

export interface RpcServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa?: Buffer | undefined;
}

export interface RpcServer {
  listen(host: string | undefined, port: number): Promise<AddressInfo>;
  /** New connections get this certificate; those that exist stay. */
  setTls(tls: RpcServerTls): void;
  readonly openConnections: number;
  readonly openStreams: number;
  /** Accepts nothing more and lets calls end; what is still open after `drainMs` is cut. */
  close(drainMs: number): Promise<void>;
}

/** 1 MiB, as both sides of prometheus-proxy have it. */
const WINDOW_BYTES = 1024 * 1024;
/** What gRPC takes of metadata. */
const MAX_HEADER_BYTES = 8192;
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/** A gRPC server on node:http2, for the methods that it is given and no other; there is no reflection. */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  return new NodeRpcServer(options);
}

class NodeRpcServer implements RpcServer {
  readonly #options: RpcServerOptions;
  readonly #routes: ReadonlyMap<string, RpcRoute>;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #connections = new Map<Http2Session, ServerConnection>();
  #openStreams = 0;

  constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#routes = new Map(options.routes.map((route) => [route.path, route]));
    const server = openServer(options);
    server.on('session', (session) => this.#follow(session));
    server.on('stream', (stream, headers) => this.#serve(stream, headers));
    server.on('sessionError', () => undefined);
    server.on('unknownProtocol', (socket) => socket.destroy());
    server.on('tlsClientError', (error, socket) =>
      options.onEvent?.({ kind: 'tls_failed', message: error.message, remoteAddress: readPeer(socket) ?? '' }),
    );
    server.maxConnections = options.maxConnections;
    this.#server = server;
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  get openStreams(): number {
    return this.#openStreams;
  }

  listen(host: string | undefined, port: number): Promise<AddressInfo> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new ZxpError('listen', 'no TCP address'));
        else resolve(address);
      });
    });
  }

  setTls(tls: RpcServerTls): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(secureContext(tls));
  }

  async close(drainMs: number): Promise<void> {
    const open = [...this.#connections.values()];
    const cut = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.destroy();
    }, drainMs);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of open) connection.close();
    await Promise.all([closed, ...open.map(untilEnded)]);
    clearTimeout(cut);
  }

  #follow(session: ServerHttp2Session): void {
    const remoteAddress = readPeer(session.socket) ?? '';
    const { idleTimeoutMs, now, onEvent, onConnection } = this.#options;
    const connection = createServerConnection(session, {
      windowBytes: WINDOW_BYTES,
      idleTimeoutMs,
      now,
      onFlood: (frames) => onEvent?.({ kind: 'flood', frames, remoteAddress }),
    });
    this.#connections.set(session, connection);
    session.once('close', () => this.#connections.delete(session));
    onConnection?.(connection);
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.#openStreams++;
    const connection = stream.session === undefined ? undefined : this.#connections.get(stream.session);
    stream.once('close', () => {
      this.#openStreams--;
      if (stream.rstCode !== http2Constants.NGHTTP2_NO_ERROR) connection?.countReset();
    });
    if (connection === undefined) {
      stream.destroy();
      return;
    }
    void this.#serveCall(new ServerCall(stream, headers, { connection, maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES }));
  }

  async #serveCall(call: ServerCall): Promise<void> {
    const httpStatus = judgeRequest(call.metadata);
    if (httpStatus !== undefined) return call.endWithHttpStatus(httpStatus);
    try {
      const refusal = this.#options.authorize(call);
      if (refusal !== undefined) return call.end(refusal);
      const route = this.#routes.get(call.path);
      if (route === undefined) return call.end({ code: 'unimplemented', message: 'no such method' });
      await route.serve(call);
    } catch (thrown) {
      call.end(statusOfError(thrown));
    }
  }
}

function untilEnded({ signal }: ServerConnection): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
    if (signal.aborted) resolve();
  });
}

/** The HTTP status for a request that is not gRPC. */
function judgeRequest(headers: IncomingHttpHeaders): number | undefined {
  if (headers[':method'] !== 'POST') return 405;
  const type = headers['content-type'] ?? '';
  return type === 'application/grpc' || /^application\/grpc[+;]/.test(type) ? undefined : 415;
}

function openServer(options: RpcServerOptions): Http2Server | Http2SecureServer {
  const common: ServerOptions = {
    settings: {
      enablePush: false,
      initialWindowSize: WINDOW_BYTES,
      maxHeaderListSize: MAX_HEADER_BYTES,
      maxConcurrentStreams: options.maxStreamsPerConnection,
    },
    maxHeaderListPairs: 64,
    maxSettings: 32,
    maxSessionInvalidFrames: 100,
    unknownProtocolTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
  };
  if (options.tls === undefined) return createServer(common);
  const secure: SecureServerOptions = {
    ...common,
    ...secureContext(options.tls),
    allowHTTP1: false,
    handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
    requestCert: options.tls.clientCa !== undefined,
    rejectUnauthorized: true,
  };
  return createSecureServer(secure);
}

/** Sessions are not resumed: each connection shows a certificate that the CA of this moment has to accept. */
function secureContext(tls: RpcServerTls): SecureContextOptions {
  return {
    cert: tls.cert,
    key: tls.key,
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}
