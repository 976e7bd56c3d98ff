import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Express } from 'express';
import type { ListenerTls, TlsState } from '../auth/server-tls.js';
import { readPeer } from '../net/addresses.js';
import { type RejectedConnection, trackConnections } from './connections.js';
import { createExpressServer, createExpressTlsServer } from './express-server.js';
import { findProtocolMismatch } from './protocol-mismatch.js';
import { createHandshakes, type Handshakes } from './tls-handshake.js';

export interface ListenerOptions {
  readonly maxConnections: number;
  /** For the whole request of a client. */
  readonly readTimeoutMs: number;
  /** For a client who reads nothing of what there is to read. */
  readonly writeTimeoutMs: number;
  /** Plain HTTP where there is none. */
  readonly tls?: ListenerTls | undefined;
  readonly onRejected: RejectedConnection;
  /** Where sockets are kept that came over a unix socket: they have no address. */
  readonly unixClients: WeakSet<Socket>;
}

/** Speaks HTTP, perhaps over TLS, on the connections that it is given. */
export interface Listener {
  /** Serves a connection from which nothing has been read yet. */
  accept(socket: Socket, from: { readonly isUnix: boolean }): void;
  /** Has handshakes from now on go by this; nothing changes for plain HTTP and for open connections. */
  renewTls(state: TlsState): void;
  /**
   * Answers the requests that came, takes no more connections, and resolves when that is done or `timeoutMs` is over, with
   * how many were left without a response.
   */
  drain(timeoutMs: number): Promise<number>;
}

const MAX_HEADER_BYTES = 32 * 1024;
const HANDSHAKE_MS = 10_000;
/** Longer than the scrape interval of most jobs, so that a scraper keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

/** Makes what serves the connections of one address. */
export function createListener(app: Express, options: ListenerOptions): Listener {
  const { tls, onRejected } = options;
  const server = createServer(app, options);
  const connections = trackConnections(server, options, () => performance.now());
  server.setTimeout(options.writeTimeoutMs, (socket) => connections.closeStalled(socket));
  server.on('clientError', (error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket: Socket) => {
    const mismatch = tls === undefined ? findProtocolMismatch(error.rawPacket, 'http') : undefined;
    if (mismatch !== undefined) onRejected(mismatch.reason, { client: readPeer(socket), why: mismatch.message });
    const status = STATUS_OF_ERROR.get(error.code ?? '') ?? (error.code?.startsWith('HPE_') ? '400 Bad Request' : '');
    // What went wrong below HTTP is not answered.
    if (status === '') socket.destroy();
    else connections.reject(socket, status, mismatch?.text);
  });
  const handshakes = tls === undefined ? undefined : createHandshakes(server, tls, { ...options, connections });
  return {
    accept: (socket, { isUnix }) => {
      const connection = connections.admit(socket);
      if (connection === undefined) return;
      if (isUnix) options.unixClients.add(socket);
      if (handshakes !== undefined) return handshakes.accept(socket, connection);
      connections.begin(connection, socket);
      server.emit('connection', socket);
      socket.resume();
    },
    renewTls: (state) => handshakes?.renew(state),
    drain: (timeoutMs) => drain(connections, handshakes, timeoutMs),
  };
}

const STATUS_OF_ERROR: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
]);

function createServer(app: Express, { readTimeoutMs, tls }: ListenerOptions): Server {
  const http: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    // The deadlines of ./connections.js replace these.
    requestTimeout: 0,
    headersTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  if (tls === undefined) return createExpressServer(app, http);
  return createExpressTlsServer(app, {
    ...http,
    ...tls.state()?.context,
    requestCert: tls.requestsCertificate,
    rejectUnauthorized: tls.needsRoot,
    handshakeTimeout: Math.min(HANDSHAKE_MS, readTimeoutMs),
  });
}

async function drain(
  connections: Pick<ReturnType<typeof trackConnections>, 'drain' | 'destroyAll'>,
  handshakes: Handshakes | undefined,
  timeoutMs: number,
): Promise<number> {
  let cut = 0;
  const timer = setTimeout(() => {
    cut = connections.destroyAll();
  }, timeoutMs);
  const drained = connections.drain();
  handshakes?.abandon();
  await drained;
  clearTimeout(timer);
  return cut;
}
