import { Socket } from 'node:net';
import { nameSecret, readSecret, toHeaderValue } from '../../files/secret-file.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import { isSuccess } from '../../model/status-code.js';
import type { HttpProxy } from './proxy.js';
import { type buildConnector, Client } from './undici.js';

const MAX_HEADER_BYTES = 16 * 1024;

export interface HttpConnectOptions {
  readonly proxy: HttpProxy;
  /** Host and port at the other end. */
  readonly authority: string;
  /** A connection to the proxy; it belongs to the tunnel from now on. */
  readonly socket: Socket;
  readonly signal: CancellationSignal;
}

/**
 * Has a proxy connect to another server (RFC 9110, 9.3.6), and gives the connection to that one. Rejects with what kept
 * the proxy from making one, or the signal's reason; the connection to the proxy is closed then.
 */
export async function connectThroughProxy(options: HttpConnectOptions): Promise<Socket> {
  const { proxy, authority, socket, signal } = options;
  const client = new Client(proxy.url.origin, {
    connect: takeOnce(socket),
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
  });
  const abandon = () => socket.destroy();
  signal.addEventListener('abort', abandon, { once: true });
  try {
    const headers = await listHeaders(options);
    signal.throwIfAborted();
    return await sendConnect(client, { authority, headers });
  } catch (thrown) {
    socket.destroy();
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

/** Gives the connection the first time; undici would connect again and again where it is gone by then. */
function takeOnce(socket: Socket): buildConnector.connector {
  let isTaken = false;
  return (_, callback) => {
    if (isTaken || socket.destroyed) {
      return callback(Object.assign(new Error('the proxy closed the connection'), { code: 'ECONNRESET' }), null);
    }
    isTaken = true;
    // undici does not see a connection that is open before it waits for one.
    queueMicrotask(() => callback(null, socket));
  };
}

function sendConnect(
  client: Client,
  { authority, headers }: { readonly authority: string; readonly headers: string[] },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    client.dispatch(
      { method: 'CONNECT', path: authority, headers },
      {
        // undici takes a handler without it for one of its older kind.
        onRequestStart: () => undefined,
        onRequestUpgrade: (_, statusCode, __, socket) => {
          if (isSuccess(statusCode) && socket instanceof Socket) return resolve(socket);
          socket.on('error', () => undefined).destroy();
          reject(refuse(statusCode));
        },
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

async function listHeaders({ proxy, authority }: HttpConnectOptions): Promise<string[]> {
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
        ? 'it requires credentials: proxy_url: http://USER:PASSWORD@proxy, or proxy_connect_header'
        : 'see what the proxy allows: ports besides 443 are often refused',
  });
}
