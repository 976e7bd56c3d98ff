import { Client, type Dispatcher, Pool } from 'undici';
import { type Connector, type ConnectorOptions, createConnector } from './connector.js';
import type { HttpProxy } from './proxy.js';
import { ConnectionTrace, RequestTrace } from './request-trace.js';

/** The connections to one origin, as one state of the certificates makes them. */
export interface OriginPool {
  readonly pool: Pool;
  /** The proxy that is asked in the origin's place: requests name the whole URL then. */
  readonly forwarder: HttpProxy | undefined;
  /** How messages call the server. */
  readonly peer: string;
  /** Closes every connection at once. */
  close(): Promise<void>;
}

/** A request whose passage is told of its connection. */
export interface ConnectionRequest extends Dispatcher.DispatchOptions {
  readonly trace: RequestTrace;
}

const MAX_HEADER_BYTES = 64 * 1024;

/** As long as prometheus/common keeps them. A server that says less by `Keep-Alive` is heard. */
const KEEP_ALIVE_MS = 5 * 60_000;

/** A keep-alive pool of so many connections at the most; further requests wait for one. */
export function openOriginPool(options: ConnectorOptions & { readonly maxConnections: number }): OriginPool {
  const { url, proxy, peer } = options;
  const connector = createConnector(options);
  const pool = new Pool(url.origin, {
    connections: options.maxConnections,
    factory: (origin) => new LineClient(origin, connector),
  });
  return {
    pool,
    peer,
    forwarder: url.protocol === 'http:' ? proxy : undefined,
    close: () => {
      connector.close();
      return pool.destroy();
    },
  };
}

/** One connection at a time, and one request at a time on it. */
class LineClient extends Client {
  readonly #line: ConnectionTrace;

  constructor(origin: URL, connector: Connector) {
    const line = new ConnectionTrace();
    super(origin, {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The deadline of the scrape covers the whole exchange: undici's own timers would only tell a second story.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: connector.connect(line),
    });
    this.#line = line;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if ('trace' in options && options.trace instanceof RequestTrace) this.#line.take(options.trace);
    return super.dispatch(options, handler);
  }
}
