import { isIP, type LookupFunction, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { ZxpError } from '../../model/errors.js';
import { explainCutHandshake, explainFailure, isConnectionCut } from './failures.js';
import { openHttpTunnel } from './http-connect.js';
import type { HttpProxy } from './proxy.js';
import { type ConnectionTrace, readTlsFacts } from './request-trace.js';
import { nameServer, type TlsMaterial } from './tls-context.js';

export interface ConnectorOptions {
  /** The origin to connect to. */
  readonly url: URL;
  /** Connected to in place of host and port. */
  readonly socketPath?: string | undefined;
  readonly timeoutMs: number;
  readonly lookup: LookupFunction;
  /** There where anything on the way speaks TLS. */
  readonly tls: TlsMaterial | undefined;
  readonly proxy: HttpProxy | undefined;
  /** How messages call the server. */
  readonly peer: string;
}

export interface Connector {
  /** Makes connections for one client, and tells its line of them. */
  readonly connect: (line: ConnectionTrace) => buildConnector.connector;
  /** Gives up on every connection that is not there yet. */
  close(): void;
}

/** Makes connections to one origin, straight or through a proxy. Attempts do not outlive the connector. */
export function createConnector(options: ConnectorOptions): Connector {
  const attempts = new Attempts();
  const { proxy, url } = options;
  const dial = proxy === undefined ? createDialer(options, attempts) : createProxyDialer(proxy, options, attempts);
  return {
    connect: (line) => (target, callback) => {
      dial(line)(target, (...result) => {
        const [, socket] = result;
        if (socket !== null) line.establish(socket, isTlsTo(url, socket) ? readTlsFacts(socket) : undefined);
        callback(...result);
      });
    },
    close: () => attempts.abandon(new ZxpError('closed', 'this client is closed')),
  };
}

/** Not where TLS ends at a proxy. */
function isTlsTo({ protocol }: URL, socket: Socket): socket is TLSSocket {
  return protocol === 'https:' && socket instanceof TLSSocket;
}

type Dialer = (line: ConnectionTrace) => buildConnector.connector;

/** Connections that are not there yet: undici leaves the one whose request has gone to its timeout. */
class Attempts {
  readonly #abandons = new Set<(reason: ZxpError) => void>();

  /** Gives a function that says that the attempt is over. */
  add(abandon: (reason: ZxpError) => void): () => void {
    this.#abandons.add(abandon);
    return () => this.#abandons.delete(abandon);
  }

  abandon(reason: ZxpError): void {
    for (const abandon of this.#abandons) abandon(reason);
  }
}

/** undici's connector to one server, which knows one thing more: a connection cut in the TLS handshake fails for `tls`. */
function createDialer(options: ConnectorOptions, attempts: Attempts): Dialer {
  const { url, tls, peer } = options;
  const isTls = url.protocol === 'https:';
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const name = isTls ? nameServer(hostname, tls?.serverName) : undefined;
  const { timeoutMs: timeout, lookup, socketPath } = options;
  // A session that is taken up again shows no chain of certificates, and checks none.
  const local = socketPath === undefined ? {} : { socketPath };
  const connect = buildConnector({
    timeout,
    allowH2: false,
    maxCachedSessions: 0,
    lookup,
    ...local,
    ...tls?.options,
    ...name,
  });
  const { protocol, port, host } = url;
  const firstPhase = isIP(hostname) === 0 && socketPath === undefined ? 'resolve' : 'connect';
  return (line) =>
    ({ httpSocket }, callback) => {
      // Of what undici asks for only the socket counts: its name for TLS is that of the Host header.
      const target = { protocol, hostname, port, host };
      line.enter(httpSocket === undefined ? firstPhase : 'tls');
      const attempt: unknown = connect(
        httpSocket === undefined ? target : { ...target, httpSocket },
        (error, socket) => {
          forget();
          if (error === null) callback(null, socket);
          else callback(isTls && isConnectionCut(error) ? explainCutHandshake(error, peer) : error, null);
        },
      );
      const forget = attempts.add(() => attempt instanceof Socket && attempt.destroy());
      if (!(attempt instanceof Socket)) return;
      attempt.once('close', forget);
      if (httpSocket === undefined) attempt.once('lookup', () => line.enter('connect'));
      if (isTls) attempt.once('connect', () => line.enter('tls'));
    };
}

/** To an http origin the connection is the proxy's own; to an https origin it is a tunnel, with TLS inside. */
function createProxyDialer(proxy: HttpProxy, options: ConnectorOptions, attempts: Attempts): Dialer {
  const { url } = options;
  const peer = `the proxy ${proxy.url.host}`;
  const tls = options.tls === undefined ? undefined : { ...options.tls, serverName: undefined };
  const dial = createDialer({ ...options, url: proxy.url, tls, peer }, attempts);
  const dialProxy: Dialer = (line) => (target, callback) => {
    dial(line)(target, (error, socket) => {
      // Until there is a tunnel, nobody is connected to the other end.
      if (error !== null) return callback(explainFailure(error, { peer }), null);
      line.enter('connect');
      callback(null, socket);
    });
  };
  return url.protocol === 'https:' ? connectThroughProxy({ proxy, peer, dialProxy }, options, attempts) : dialProxy;
}

function connectThroughProxy(
  way: { readonly proxy: HttpProxy; readonly peer: string; readonly dialProxy: Dialer },
  options: ConnectorOptions,
  attempts: Attempts,
): Dialer {
  const { proxy, peer, dialProxy } = way;
  const { url, timeoutMs } = options;
  const dialInside = createDialer(options, attempts);
  const authority = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  return (line) => (target, callback) => {
    const tunnel = openHttpTunnel({ proxy, authority, connect: dialProxy(line) });
    const forget = attempts.add(tunnel.abandon);
    const late = new ZxpError('connect', `${peer} opened no tunnel within ${timeoutMs / 1000} s`);
    const timer = setTimeout(() => tunnel.abandon(late), timeoutMs);
    const end = () => {
      clearTimeout(timer);
      forget();
    };
    tunnel.socket.finally(end).then(
      (httpSocket) => dialInside(line)({ ...target, httpSocket }, callback),
      (thrown: unknown) => callback(explainNoTunnel(thrown, peer), null),
    );
  };
}

/** What a proxy does wrong is a connection that could not be made: there was no reply yet. */
function explainNoTunnel(thrown: unknown, peer: string): ZxpError {
  const error = explainFailure(thrown, { peer });
  if (error.code !== 'closed' && error.code !== 'protocol') return error;
  return new ZxpError('connect', error.message, { cause: error.cause });
}
