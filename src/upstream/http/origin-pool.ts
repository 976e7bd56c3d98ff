import { randomBytes } from 'node:crypto';
import { type Connector, type ConnectorOptions, createConnector } from './connector.js';
import type { HttpProxy } from './proxy.js';
import { ConnectionTrace, type RequestTrace } from './request-trace.js';
import { Client, type Dispatcher } from './undici.js';

/** The connections to one origin, as one state of the certificates makes them. */
export interface OriginPool {
  /**
   * Sends a request over a connection that carried no other credentials, as soon as there is one. Gives a function
   * that takes the request back where it still waits, for a connection of others or for its own to be made; it says
   * whether others had all connections.
   */
  dispatch(request: ConnectionRequest, handler: Dispatcher.DispatchHandler): () => boolean;
  readonly maxConnections: number;
  /** The proxy that is requested in the origin's place: requests name the whole URL then. */
  readonly forwarder: HttpProxy | undefined;
  /** How messages call the server. */
  readonly peer: string;
  readonly isClosed: boolean;
  /** Closes every connection at once. */
  close(): Promise<void>;
}

/** A request, whose trace is told of its connection. */
export interface ConnectionRequest extends Dispatcher.DispatchOptions {
  readonly trace: RequestTrace;
  /** Names and values in turn. */
  readonly headers: string[];
}

const MAX_HEADER_BYTES = 64 * 1024;

/** As long as prometheus/common keeps them. A server that says less by `Keep-Alive` is heard. */
const KEEP_ALIVE_MS = 5 * 60_000;

/** A keep-alive pool of at most so many connections; further requests wait for one, in the order in which they came. */
export function openOriginPool(options: ConnectorOptions & { readonly maxConnections: number }): OriginPool {
  const { url, proxy, peer, maxConnections } = options;
  const nameCredential = createCredentialNamer();
  const pool = new ConnectionPool(() => new PooledConnection(options), maxConnections);
  return {
    dispatch: (request, handler) =>
      pool.dispatch({ credential: nameCredential(request.headers), request, handler, connection: undefined }),
    maxConnections,
    peer,
    forwarder: url.protocol === 'http:' ? proxy : undefined,
    get isClosed() {
      return pool.isClosed;
    },
    close: () => pool.close(),
  };
}

/** Headers that do not identify a caller. */
const ANONYMOUS_HEADERS: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'user-agent', 'content-type']);

/**
 * Names what of the headers, names and values in turn, tells one caller from another, without keeping any of it: by a hash
 * of two times 32 bits with seeds of its own. An HMAC would be a tenth of what a small request costs; two names that are
 * the same by chance cost no more than a connection that two callers share.
 */
function createCredentialNamer(): (headers: readonly string[]) => string {
  const seeds = randomBytes(8);
  const [first, second] = [seeds.readUInt32LE(0), seeds.readUInt32LE(4)];
  return (headers) => {
    let [a, b] = [first, second];
    const add = (text: string) => {
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        a = Math.imul(a ^ code, 0x9e3779b1) ^ (a >>> 15);
        b = Math.imul(b ^ code, 0x85ebca77) ^ (b >>> 13);
      }
      // Where a text ends is part of it.
      a = Math.imul(a ^ 0x10000, 0xc2b2ae3d);
      b = Math.imul(b ^ 0x10001, 0x27d4eb2f);
    };
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i]?.toLowerCase() ?? '';
      if (ANONYMOUS_HEADERS.has(name)) continue;
      add(name);
      add(headers[i + 1] ?? '');
    }
    return `${a >>> 0}.${b >>> 0}`;
  };
}

/** A request and who hears of its reply. */
interface Job {
  /** Whose credentials it carries, in a form that reveals none. */
  readonly credential: string;
  readonly request: ConnectionRequest;
  readonly handler: Dispatcher.DispatchHandler;
  /** Once it has one. */
  connection: PooledConnection | undefined;
}

/**
 * undici's own pool gives a request to any connection. This one never gives it to a connection that another credential's
 * request went over: a server that replies late, or twice, would answer one caller with another's metrics.
 */
class ConnectionPool {
  readonly #make: () => PooledConnection;
  readonly #max: number;
  /** Busy ones and idle ones. */
  readonly #all = new Set<PooledConnection>();
  /** The one that was used last comes last. */
  readonly #idle: PooledConnection[] = [];
  readonly #waiting = new Set<Job>();
  isClosed = false;

  constructor(make: () => PooledConnection, max: number) {
    this.#make = make;
    this.#max = max;
  }

  dispatch(job: Job): () => boolean {
    const connection = this.isClosed ? undefined : this.#take(job.credential);
    if (connection === undefined) this.#waiting.add(job);
    else connection.send(job);
    return () => this.#leave(job);
  }

  /** A connection in the making for a request that nobody waits for any more would keep its place until it is made. */
  #leave(job: Job): boolean {
    const { connection } = job;
    job.connection = undefined;
    if (connection?.isBusy === true && !connection.isOpen) {
      connection.isBusy = false;
      this.#drop(connection);
      this.#serveNext();
    }
    return this.#waiting.delete(job);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#waiting.clear();
    await Promise.all([...this.#all].map((each) => each.close()));
  }

  /** An idle connection of the credential; a new one, in place of another's where there are as many as there may be. */
  #take(credential: string): PooledConnection | undefined {
    const place = this.#idle.findLastIndex((each) => each.credential === credential);
    const [known] = place < 0 ? [] : this.#idle.splice(place, 1);
    if (known === undefined && this.#all.size >= this.#max) {
      const oldest = this.#idle.shift();
      if (oldest === undefined) return undefined;
      this.#drop(oldest);
    }
    const connection = known ?? this.#open(credential);
    connection.isBusy = true;
    return connection;
  }

  #open(credential: string): PooledConnection {
    const connection = this.#make();
    connection.credential = credential;
    connection.onFree = () => this.#free(connection);
    connection.onDisconnect = () => this.#forget(connection);
    this.#all.add(connection);
    return connection;
  }

  /** Its request is over: the next one that waits has it, or its place. */
  #free(connection: PooledConnection): void {
    if (!connection.isBusy) return;
    connection.isBusy = false;
    if (connection.isOpen) this.#idle.push(connection);
    else this.#drop(connection);
    this.#serveNext();
  }

  #serveNext(): void {
    const [next] = this.#waiting;
    const free = next === undefined ? undefined : this.#take(next.credential);
    if (next === undefined || free === undefined) return;
    this.#waiting.delete(next);
    free.send(next);
  }

  /** The server has closed it. A request that was about to go over it gets another connection from undici. */
  #forget(connection: PooledConnection): void {
    const place = this.#idle.indexOf(connection);
    if (place < 0) return;
    this.#idle.splice(place, 1);
    this.#drop(connection);
  }

  #drop(connection: PooledConnection): void {
    this.#all.delete(connection);
    void connection.close();
  }
}

/** One connection, and one request at a time on it. */
class PooledConnection {
  readonly #client: Client;
  readonly #trace = new ConnectionTrace();
  readonly #connector: Connector;
  credential = '';
  isBusy = false;
  onFree: () => void = () => undefined;
  onDisconnect: () => void = () => undefined;

  constructor(options: ConnectorOptions) {
    this.#connector = createConnector(options, this.#trace);
    this.#client = new Client(options.url.origin, {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The deadline of the scrape covers the whole exchange: undici's own timers would only tell a second story.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: this.#connector.connect,
    });
    this.#client.on('drain', () => this.onFree());
    this.#client.on('disconnect', () => this.onDisconnect());
  }

  /** Whether it can be used again. */
  get isOpen(): boolean {
    return this.#trace.isConnected;
  }

  send(job: Job): void {
    const { request, handler } = job;
    job.connection = this;
    this.#trace.take(request.trace);
    this.#client.dispatch(request, handler);
    // A request that undici refuses is over at once, and nothing drains.
    if (this.#client.stats.size === 0) this.onFree();
  }

  async close(): Promise<void> {
    this.onFree = () => undefined;
    this.onDisconnect = () => undefined;
    this.#connector.abandon();
    await this.#client.destroy();
  }
}
