import { connect as connectTcp, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import { toSeconds } from '../../model/seconds.js';
import type { AgentTlsSpec } from '../../model/tunnel.js';
import { openRpcConnection, type RpcConnection } from '../protocol/client.js';
import { readAgentTls } from './agent-secrets.js';

/** Every address of a name, in the order of preference. Rejects with `dns`, or with the reason of the signal. */
export type LookupAll = (
  host: string,
  signal: CancellationSignal,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** One address of one proxy. */
export interface DialTarget {
  /** As the configuration names it: for the server's certificate and the authority. */
  readonly host: string;
  readonly port: number;
  /** The address that is connected to, or a name that is looked up. */
  readonly address: string;
}

export interface DialOptions {
  readonly tls: AgentTlsSpec | undefined;
  /** Sent with each call; read each time, so that a token may change. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly connectTimeoutMs: number;
  readonly lookup: LookupAll;
  readonly signal: CancellationSignal;
}

export interface DialedConnection {
  readonly rpc: RpcConnection;
  readonly remoteAddress: string;
  readonly isEncrypted: boolean;
}

const KEEP_ALIVE_MS = 30_000;

/**
 * Connects to a proxy, with TLS where there is a spec: certificates are read each time, so that they rotate with the next
 * connection. Throws `connect`, `tls`, `timeout`, `closed` or the reason of the signal.
 */
export async function dial(target: DialTarget, options: DialOptions): Promise<DialedConnection> {
  const { tls, signal, connectTimeoutMs } = options;
  const startedMs = performance.now();
  const tcp = await findPlace(target, options);
  const connect = tls === undefined ? () => connectTcp(tcp) : await prepareTls(target, { tls, tcp });
  const timeoutMs = Math.max(1, connectTimeoutMs - (performance.now() - startedMs));
  const socket = await waitForSocket(connect, { isTls: tls !== undefined, timeoutMs, signal });
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  const { remoteAddress = '' } = socket;
  const rpc = await openRpcConnection(socket, {
    authority: formatAuthority(tls?.serverName ?? target.host, target.port),
    scheme: tls === undefined ? 'http' : 'https',
    metadata: options.metadata,
    userAgent: options.userAgent,
    handshakeTimeoutMs: Math.max(1, connectTimeoutMs - (performance.now() - startedMs)),
  });
  return { rpc, remoteAddress, isEncrypted: tls !== undefined };
}

type Place = TcpNetConnectOpts & { readonly host: string };

/** Where to connect to, with the addresses of a name, which Node itself would look up in a thread that ends the process late. */
async function findPlace(
  { address, port }: DialTarget,
  { lookup, signal, connectTimeoutMs }: DialOptions,
): Promise<Place> {
  if (isIP(address) !== 0) return { host: address, port };
  const late = new CancellationSource();
  const stop = () => late.abort(signal.reason);
  const timer = setTimeout(() => {
    late.abort(new ZxpError('timeout', `the name did not resolve within ${toSeconds(connectTimeoutMs)} s`));
  }, connectTimeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const [first, ...rest] = await lookup(address, late);
    if (first === undefined) throw new ZxpError('dns', 'the name has no address');
    const answer: LookupFunction = (_host, { all }, give) =>
      all === true ? give(null, [first, ...rest]) : give(null, first.address, first.family);
    return { host: address, port, lookup: answer };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function formatAuthority(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

async function prepareTls(
  target: DialTarget,
  { tls, tcp }: { readonly tls: AgentTlsSpec; readonly tcp: Place },
): Promise<() => TLSSocket> {
  const { ca, cert, key } = await readAgentTls(tls);
  const name = tls.serverName ?? target.host;
  return () =>
    connectTls({
      ...tcp,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.2',
      // No handshake can name an address (RFC 6066, 3); the certificate can.
      servername: isIP(name) === 0 ? name.replace(/\.$/, '') : '',
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    });
}

/** Waits for the connection and its handshake, and destroys the socket where they fail. */
function waitForSocket(
  connect: () => Socket,
  {
    isTls,
    timeoutMs,
    signal,
  }: { readonly isTls: boolean; readonly timeoutMs: number; readonly signal: CancellationSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect();
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      socket.on('error', () => undefined);
      finish();
    };
    const refuse = (error: unknown) =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const fail = (cause: Error) => refuse(toDialError(cause, isTls));
    const abort = () => refuse(signal.reason);
    const timer = setTimeout(
      () => refuse(new ZxpError('timeout', `no connection within ${toSeconds(timeoutMs)} s`)),
      timeoutMs,
    );
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      if ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2') {
        refuse(new ZxpError('protocol', 'the server does not speak HTTP/2 (no ALPN h2)'));
      } else {
        settle(() => resolve(socket));
      }
    });
  });
}

function toDialError(cause: Error, isTls: boolean): ZxpError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const isSystem = code !== undefined && /^E[A-Z]+$/.test(code) && !code.startsWith('EPROTO');
  if (isSystem || !isTls)
    return new ZxpError('connect', code === undefined ? cause.message : describeCode(code), { cause });
  return new ZxpError('tls', `TLS failed: ${code ?? cause.message}`, {
    cause,
    hint: 'see that ca_file has the CA of the proxy, and that the proxy accepts the client certificate',
  });
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'connection timed out',
};

function describeCode(code: string): string {
  return CODES[code] ?? code;
}
