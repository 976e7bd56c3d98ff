import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RejectionReason } from '../model/auth-decision.js';
import type { MonotonicClock } from '../model/ports.js';

export interface ConnectionLimits {
  /** Open connections. One more closes the one that has waited longest without a request, or is closed itself. */
  readonly maxConnections: number;
  /** For a whole request, from its first byte or from the start of the connection to the end of its body. */
  readonly readTimeoutMs: number;
}

/** Told of connections that are rejected before they have a request; `client` is an address, `why` has no secret. */
export type RejectedConnection = (
  reason: RejectionReason,
  facts: { readonly client: string | undefined; readonly why?: string },
) => void;

/** The connections of one address, from their first byte to their end. */
export interface Connections {
  /** Follows a connection from now on; undefined, with the connection closed, where there is no room for it. */
  admit(accepted: Socket): Connection | undefined;
  /** Says where the requests of a connection come from: its own socket, or the TLS on top of it. */
  begin(connection: Connection, socket: Socket): void;
  /** Closes a connection on which nothing has moved for long, unless its client waits for a response. */
  closeStalled(socket: Socket): void;
  /** Tells the client in plain text why its request is not read, and closes the connection whatever the client does. */
  reject(socket: Socket, status: string, text?: string): void;
  /** Closes idle connections now and each other one after its response. Resolves when none is open. */
  drain(): Promise<void>;
  /** Closes every connection. Gives how many requests get no response, or not all of it. */
  destroyAll(): number;
}

/** One connection. Its socket is the accepted one until HTTP begins, perhaps on TLS. */
export interface Connection {
  socket: Socket;
  hasBegun: boolean;
  /** Whether its client has been told that nothing more is read. */
  isRejected: boolean;
  /** Requests without a whole response. */
  underWay: number;
  /** Until it is complete and has its response: nothing of its headers is to stay for longer. */
  latest: IncomingMessage | undefined;
  hasRequested: boolean;
  /** Since when the client owes the rest of a request; undefined where it owes none. */
  owesSinceMs: number | undefined;
  /** What had been read when the last response was over. */
  bytesWhenIdle: number;
}

const CHECK_INTERVAL_MS = 1000;
/** How long a client has to read why it is rejected: a reset at once could take the text from it. */
const LINGER_MS = 1000;

/**
 * Follows the connections of a server. Node's own timeouts answer a slow client and then wait for it to hang up, which it
 * need not do; and they leave out empty lines between requests. These deadlines do not move with what a client sends,
 * and each of them ends the connection.
 */
export function trackConnections(server: Server, limits: ConnectionLimits, now: MonotonicClock): Connections {
  return new TrackedConnections(server, limits, now);
}

class TrackedConnections implements Connections {
  readonly #limits: ConnectionLimits;
  readonly #now: MonotonicClock;
  readonly #timer: NodeJS.Timeout;
  /** In the order in which they came. */
  readonly #open = new Set<Connection>();
  readonly #bySocket = new WeakMap<Socket, Connection>();
  /** While it drains. */
  #whenEmpty: (() => void) | undefined;

  constructor(server: Server, limits: ConnectionLimits, now: MonotonicClock) {
    this.#limits = limits;
    this.#now = now;
    const intervalMs = Math.min(CHECK_INTERVAL_MS, Math.ceil(limits.readTimeoutMs / 4));
    this.#timer = setInterval(() => this.#checkAll(), intervalMs).unref();
    // Before the app, which may have answered by the time that it returns.
    server.prependListener('request', (request, response) => this.#followRequest(request, response));
  }

  admit(accepted: Socket): Connection | undefined {
    if (this.#whenEmpty !== undefined || !this.#makeRoom()) {
      accepted.destroy();
      return undefined;
    }
    const connection = createConnection(accepted, this.#now());
    this.#open.add(connection);
    accepted.once('close', () => {
      if (connection.socket === accepted) this.#forget(connection);
    });
    return connection;
  }

  begin(connection: Connection, socket: Socket): void {
    if (connection.socket !== socket) socket.once('close', () => this.#forget(connection));
    connection.socket = socket;
    connection.hasBegun = true;
    this.#bySocket.set(socket, connection);
  }

  closeStalled(socket: Socket): void {
    const isWaiting = (this.#bySocket.get(socket)?.underWay ?? 0) > 0 && socket.writableLength === 0;
    if (!isWaiting) socket.destroy();
  }

  reject(socket: Socket, status: string, text?: string): void {
    const connection = this.#bySocket.get(socket);
    // In the middle of a response there is nothing to say.
    if (!socket.writable || (connection !== undefined && connection.underWay > 0)) {
      socket.destroy();
      return;
    }
    if (connection !== undefined) connection.isRejected = true;
    socket.end(formatRejection(status, text));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenEmpty = () => {
        clearInterval(this.#timer);
        resolve();
      };
      this.#closeIdle();
      if (this.#open.size === 0) this.#whenEmpty();
    });
  }

  destroyAll(): number {
    let cut = 0;
    for (const { socket, underWay } of this.#open) {
      cut += Math.max(0, underWay);
      socket.destroy();
    }
    return cut;
  }

  #followRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined) return;
    connection.underWay++;
    connection.latest = request;
    connection.hasRequested = true;
    connection.owesSinceMs = this.#now();
    if (this.#whenEmpty !== undefined) response.setHeader('connection', 'close');
    const forgetRequest = () => {
      if (request.complete && response.closed && connection.latest === request) connection.latest = undefined;
    };
    request.once('close', forgetRequest);
    response.once('close', () => {
      connection.underWay--;
      forgetRequest();
      connection.bytesWhenIdle = request.socket.bytesRead;
      if (this.#whenEmpty !== undefined) this.#closeIdle();
    });
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#whenEmpty?.();
  }

  #makeRoom(): boolean {
    if (this.#open.size < this.#limits.maxConnections) return true;
    const victim = findLongestWaiting(this.#open);
    if (victim === undefined) return false;
    this.#forget(victim);
    victim.socket.destroy();
    return true;
  }

  #closeIdle(): void {
    for (const { socket, underWay } of this.#open) if (underWay <= 0) socket.destroySoon();
  }

  #checkAll(): void {
    const nowMs = this.#now();
    for (const connection of this.#open) this.#check(connection, nowMs);
  }

  #check(connection: Connection, nowMs: number): void {
    if (connection.isRejected) return;
    const { socket, latest, underWay, hasBegun } = connection;
    const owesBody = latest !== undefined && !latest.complete;
    const owesHead = underWay <= 0 && (!connection.hasRequested || socket.bytesRead !== connection.bytesWhenIdle);
    connection.owesSinceMs = owesBody || owesHead ? (connection.owesSinceMs ?? nowMs) : undefined;
    if (connection.owesSinceMs === undefined || nowMs - connection.owesSinceMs < this.#limits.readTimeoutMs) return;
    if (owesBody || !hasBegun) socket.destroy();
    else this.reject(socket, '408 Request Timeout');
  }
}

function createConnection(socket: Socket, nowMs: number): Connection {
  return {
    socket,
    hasBegun: false,
    isRejected: false,
    underWay: 0,
    latest: undefined,
    hasRequested: false,
    owesSinceMs: nowMs,
    bytesWhenIdle: 0,
  };
}

/** A client that owes a request for long goes before one that owes none; one that waits for a response stays. */
function findLongestWaiting(open: Iterable<Connection>): Connection | undefined {
  const rank = ({ isRejected, owesSinceMs = Number.MAX_VALUE }: Connection) => (isRejected ? -1 : owesSinceMs);
  let found: Connection | undefined;
  for (const connection of open) {
    const isBetter = connection.underWay <= 0 && (found === undefined || rank(connection) < rank(found));
    if (isBetter) found = connection;
  }
  return found;
}

function formatRejection(status: string, text?: string): string {
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\n`;
  if (text === undefined) return `${head}Content-Length: 0\r\n\r\n`;
  const body = `${text}\n`;
  return `${head}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
