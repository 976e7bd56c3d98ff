import { Pool } from 'undici';
import { type ConnectorOptions, createConnector } from './connector.js';
import type { HttpProxy } from './proxy.js';

/** The connections to one origin, as one state of the certificates makes them. */
export interface Origin {
  readonly pool: Pool;
  /** The proxy that is asked in the origin's place: requests name the whole URL then. */
  readonly forwarder: HttpProxy | undefined;
  /** How messages call the server. */
  readonly peer: string;
  /** Closes every connection at once. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 64 * 1024;

/** A keep-alive pool of so many connections at the most; further requests wait for one. */
export function openOrigin(options: ConnectorOptions & { readonly maxConnections: number }): Origin {
  const { url, proxy, peer } = options;
  const connector = createConnector(options);
  const pool = new Pool(url.origin, {
    connections: options.maxConnections,
    pipelining: 1,
    allowH2: false,
    // The deadline of the scrape covers the whole exchange: undici's own timers would only tell a second story.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: connector.connect,
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
