import type { Server, ServerOptions } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import type { ListenerTls, TlsState } from '../auth/listener-tls.js';
import { ZxpError } from '../model/errors.js';
import { type Connections, trackConnections } from './connections.js';
import { createExpressServer, createExpressTlsServer } from './express-server.js';
import { type Handshakes, watchHandshakes } from './tls-handshake.js';

export interface ListenOptions {
  readonly host: string | undefined;
  readonly port: number;
  readonly maxConnections: number;
  /** For the whole request of a client. */
  readonly readTimeoutMs: number;
  /** For a client who reads nothing of what there is to read. */
  readonly writeTimeoutMs: number;
  /** Plain HTTP where there is none. */
  readonly tls?: ListenerTls | undefined;
}

export interface Listener {
  /** `http://HOST:PORT`, or `https`, with the port that was given. */
  readonly url: string;
  /** Has handshakes from now on go by this; nothing changes for plain HTTP and for open connections. */
  renewTls(state: TlsState): void;
  /** Takes no more connections, answers what was asked, and resolves when that is done or `timeoutMs` is over. */
  drain(timeoutMs: number): Promise<void>;
}

const MAX_HEADER_BYTES = 32 * 1024;
const CHECK_INTERVAL_MS = 1000;
const HANDSHAKE_MS = 10_000;
/** Longer than the scrape interval of most jobs, so that a scraper keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

/** Listens on one address. Throws `listen` with what to do where that cannot be. */
export async function listen(app: Express, options: ListenOptions): Promise<Listener> {
  const { server, handshakes } = createServer(app, options);
  server.maxConnections = options.maxConnections;
  server.on('clientError', answerBrokenRequest);
  const connections = trackConnections(server, handshakes === undefined ? 'connection' : 'secureConnection');
  server.setTimeout(options.writeTimeoutMs, connections.closeStalled);
  await startListening(server, options);
  return {
    url: toUrl(server.address(), options.tls === undefined ? 'http' : 'https'),
    renewTls: (state) => handshakes?.renew(state),
    drain: (timeoutMs) => drain(server, { connections, handshakes }, timeoutMs),
  };
}

interface CreatedServer {
  readonly server: Server;
  readonly handshakes: Handshakes | undefined;
}

function createServer(app: Express, { readTimeoutMs, tls }: ListenOptions): CreatedServer {
  const http: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: readTimeoutMs,
    headersTimeout: readTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, readTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  if (tls === undefined) return { server: createExpressServer(app, http), handshakes: undefined };
  const server = createExpressTlsServer(app, {
    ...http,
    ...tls.state.context,
    requestCert: tls.asksForCertificate,
    rejectUnauthorized: tls.needsRoot,
    handshakeTimeout: Math.min(HANDSHAKE_MS, readTimeoutMs),
  });
  return { server, handshakes: watchHandshakes(server, tls) };
}

function startListening(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(explainListenError(cause, host, port)));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

function explainListenError(cause: NodeJS.ErrnoException, host: string | undefined, port: number): ZxpError {
  const address = `${host ?? ''}:${port}`;
  const fail = (message: string, hint: string) =>
    new ZxpError('listen', `cannot listen on ${address}: ${message}`, { cause, hint });
  switch (cause.code) {
    case 'EADDRINUSE':
      return fail('the address is in use', 'stop what listens there, or choose another with --web.listen-address');
    case 'EACCES':
      return fail('permission denied', 'ports under 1024 need a privilege; choose another with --web.listen-address');
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail('this machine has no such address', 'use one of its own, or :PORT for all of them');
    default:
      return fail(cause.message, 'choose another with --web.listen-address');
  }
}

function toUrl(address: AddressInfo | string | null, scheme: 'http' | 'https'): string {
  if (address === null || typeof address === 'string') return '';
  const anywhere = address.address === '::' || address.address === '0.0.0.0';
  const host = anywhere ? 'localhost' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${scheme}://${host}:${address.port}`;
}

const STATUS_OF_ERROR: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

/**
 * Says on the wire that a request could not be read; Node has closed the connection's reading side by then. What went
 * wrong below HTTP is not answered.
 */
function answerBrokenRequest({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  const status = STATUS_OF_ERROR.get(code) ?? (code.startsWith('HPE_') ? '400 Bad Request' : undefined);
  if (status === undefined || !socket.writable) socket.destroy();
  else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function drain(
  server: Server,
  parts: Pick<CreatedServer, 'handshakes'> & { readonly connections: Connections },
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    parts.handshakes?.abandon();
    parts.connections.closeIdle();
  });
}
