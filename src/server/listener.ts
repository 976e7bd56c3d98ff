import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { ZxpError } from '../model/errors.js';
import { createExpressServer } from './express-server.js';

export interface ListenOptions {
  readonly host: string | undefined;
  readonly port: number;
  readonly maxConnections: number;
  /** For the whole request of a client. */
  readonly readTimeoutMs: number;
  /** For a client who reads nothing of what there is to read. */
  readonly writeTimeoutMs: number;
}

export interface Listener {
  /** `http://HOST:PORT` with the port that was given. */
  readonly url: string;
  /** Takes no more connections, answers what was asked, and resolves when that is done or `timeoutMs` is over. */
  drain(timeoutMs: number): Promise<void>;
}

const MAX_HEADER_BYTES = 32 * 1024;
const CHECK_INTERVAL_MS = 1000;
/** Longer than the scrape interval of most jobs, so that a scraper keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

/** Listens on one address. Throws `listen` with what to do where that cannot be. */
export async function listen(app: Express, options: ListenOptions): Promise<Listener> {
  const server = createExpressServer(app, {
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: options.readTimeoutMs,
    headersTimeout: options.readTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, options.readTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  server.maxConnections = options.maxConnections;
  server.on('clientError', answerBrokenRequest);
  const connections = trackConnections(server);
  server.setTimeout(options.writeTimeoutMs, (socket) => closeStalled(socket, connections));
  await startListening(server, options);
  return { url: toUrl(server.address()), drain: (timeoutMs) => drain(server, connections, timeoutMs) };
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

function toUrl(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return '';
  const anywhere = address.address === '::' || address.address === '0.0.0.0';
  const host = anywhere ? 'localhost' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/** Says on the wire that a request could not be read; Node has closed the connection's reading side by then. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  socket.end(`HTTP/1.1 ${isSlow ? '408 Request Timeout' : status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** How many requests each open connection has under way. */
type Connections = Map<Socket, number>;

function trackConnections(server: Server): Connections {
  const connections: Connections = new Map();
  server.on('connection', (socket) => {
    connections.set(socket, 0);
    socket.once('close', () => connections.delete(socket));
  });
  // Before the app, which may have answered by the time that it returns.
  server.prependListener('request', ({ socket }, response) => {
    connections.set(socket, (connections.get(socket) ?? 0) + 1);
    if (!server.listening) response.setHeader('connection', 'close');
    response.once('close', () => {
      const open = connections.get(socket);
      if (open !== undefined) connections.set(socket, open - 1);
      if (!server.listening) closeIdle(connections);
    });
  });
  return connections;
}

/** Closes them from this side alone: a client that does not hang up holds nothing up. */
function closeIdle(connections: Connections): void {
  for (const [socket, open] of connections) if (open <= 0) socket.destroySoon();
}

/** Nothing has moved for long: right for a client who waits for a scrape, not for one who does not read or ask. */
function closeStalled(socket: Socket, connections: Connections): void {
  const isWaiting = (connections.get(socket) ?? 0) > 0 && socket.writableLength === 0;
  if (!isWaiting) socket.destroy();
}

function drain(server: Server, connections: Connections, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    closeIdle(connections);
  });
}
