import { Socket } from 'node:net';
import { type buildConnector, Client } from 'undici';
import { nameSecret, readSecret, toHeaderValue } from '../../files/secret-file.js';
import { ZxpError } from '../../model/errors.js';
import type { HttpProxy } from './proxy.js';

const MAX_HEADER_BYTES = 16 * 1024;

export interface TunnelOptions {
  readonly proxy: HttpProxy;
  /** Host and port at the other end. */
  readonly authority: string;
  /** Connects to the proxy. */
  readonly connect: buildConnector.connector;
}

/** A way through a proxy in the making. */
export interface Tunnel {
  /** A connection to the other end; rejects with what kept the proxy from making one. */
  readonly socket: Promise<Socket>;
  /** Gives up. Of no effect once the connection is there. */
  abandon(reason: ZxpError): void;
}

/** Has a proxy connect to another server (RFC 9110, 9.3.6). */
export function openHttpTunnel(options: TunnelOptions): Tunnel {
  const { proxy, connect } = options;
  const client = new Client(proxy.url.origin, { connect, maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: 0 });
  let abandoned: ZxpError | undefined;
  const dial = async (): Promise<Socket> => {
    try {
      const headers = await listHeaders(options);
      const { statusCode, socket } = await client.connect({ path: options.authority, headers });
      if (abandoned !== undefined || statusCode < 200 || statusCode > 299 || !(socket instanceof Socket)) {
        socket.on('error', ignoreError).destroy();
        throw refuse(statusCode);
      }
      return socket;
    } catch (thrown) {
      throw abandoned ?? thrown;
    }
  };
  return {
    socket: dial(),
    abandon: (reason) => {
      abandoned = reason;
      client.destroy(reason, ignoreError);
    },
  };
}

async function listHeaders({ proxy, authority }: TunnelOptions): Promise<string[]> {
  const own = proxy.connectHeaders.map(async ([name, source]) => {
    const value = toHeaderValue(
      await readSecret(source),
      nameSecret(source, `the value of ${name} in proxy_connect_header`),
    );
    return [name, value] as const;
  });
  const headers: (readonly [string, string])[] = await Promise.all(own);
  const { authorization } = proxy;
  if (authorization === undefined) return ['host', authority, ...headers.flat()];
  const others = headers.filter(([name]) => name.toLowerCase() !== 'proxy-authorization');
  return ['host', authority, ...others.flat(), 'proxy-authorization', authorization.reveal()];
}

function refuse(statusCode: number): ZxpError {
  return new ZxpError('connect', `the proxy answered ${statusCode} to CONNECT`, {
    hint:
      statusCode === 407
        ? 'it wants credentials: proxy_url: http://USER:PASSWORD@proxy, or proxy_connect_header'
        : 'see what the proxy lets through: ports besides 443 are often not allowed',
  });
}

function ignoreError(): void {
  // Whoever waited has been told already.
}
