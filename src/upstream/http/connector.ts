import { isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import { toSeconds } from '../../model/seconds.js';
import { dialAddresses, dialUnixSocket } from './dial.js';
import { explainCutHandshake, explainFailure, explainNoName, isConnectionCut } from './failures.js';
import type { LookupAddresses } from './guarded-lookup.js';
import { connectThroughProxy } from './http-connect.js';
import type { HttpProxy } from './proxy.js';
import { type ConnectionTrace, readTlsFacts } from './request-trace.js';
import { nameServer, type TlsMaterial } from './tls-context.js';
import type { buildConnector } from './undici.js';

export interface ConnectorOptions {
  /** The origin to connect to. */
  readonly url: URL;
  /** Connected to in place of host and port. */
  readonly socketPath?: string | undefined;
  /** For all that it takes: the lookup, every address, a proxy's tunnel, the TLS handshakes. */
  readonly timeoutMs: number;
  readonly lookup: LookupAddresses;
  /** Present where a server or proxy on the way speaks TLS. */
  readonly tls: TlsMaterial | undefined;
  readonly proxy: HttpProxy | undefined;
  /** How messages call the server. */
  readonly peer: string;
}

export interface Connector {
  /** Makes connections for one client of undici's. */
  readonly connect: buildConnector.connector;
  /** Abandons the connection that is not made yet. */
  abandon(): void;
}

/** Makes connections to one origin, directly or through a proxy, and reports them to a trace. */
export function createConnector(options: ConnectorOptions, trace: ConnectionTrace): Connector {
  const attempts = new Set<Attempt>();
  return {
    // Of what undici passes nothing is used: its name for TLS would be that of the Host header.
    connect: (_, callback) => {
      const attempt = new Attempt(options, trace);
      attempts.add(attempt);
      attempt
        .run()
        .finally(() => attempts.delete(attempt))
        .then(
          (socket) => {
            const isTls = options.url.protocol === 'https:' && socket instanceof TLSSocket;
            trace.establish(socket, isTls ? readTlsFacts(socket) : undefined);
            callback(null, socket);
          },
          (thrown: unknown) => callback(thrown instanceof Error ? thrown : new Error(String(thrown)), null),
        );
    },
    abandon: () => {
      for (const attempt of attempts) attempt.abandon(new ZxpError('closed', 'this client is closed'));
    },
  };
}

/** A server on the way: who it is in messages, and how its certificate is checked. */
interface Peer {
  readonly url: URL;
  readonly name: string;
  readonly tls: TlsMaterial | undefined;
}

/** One connection in the making. */
class Attempt {
  readonly #options: ConnectorOptions;
  readonly #trace: ConnectionTrace;
  readonly #end = new CancellationSource();

  constructor(options: ConnectorOptions, trace: ConnectionTrace) {
    this.#options = options;
    this.#trace = trace;
  }

  abandon(reason: ZxpError): void {
    this.#end.abort(reason);
  }

  /** Rejects with a ZxpError; nothing is left open then. */
  async run(): Promise<Socket> {
    const { timeoutMs, url, proxy, tls, peer } = this.#options;
    const server: Peer = { url, name: peer, tls };
    const timer = setTimeout(() => this.abandon(tooSlow(this.#step, timeoutMs)), timeoutMs);
    try {
      if (proxy === undefined) return await this.#open(server);
      this.#trace.note({ proxy: proxy.url.host });
      const forwarder: Peer = {
        ...toProxyPeer(proxy),
        tls: tls === undefined ? undefined : { ...tls, serverName: undefined },
      };
      return url.protocol === 'https:' ? await this.#openTunnel(forwarder, server) : await this.#open(forwarder);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What is waited for, for the message of an attempt that takes too long. */
  #step: string = '';

  /** A connection to a server itself, with TLS where its URL is https. */
  async #open(peer: Peer): Promise<Socket> {
    const socket = await this.#dial(peer).catch((thrown: unknown) => {
      throw explainFailure(thrown, { peer: peer.name });
    });
    return peer.url.protocol === 'https:' ? this.#secure(socket, peer) : socket;
  }

  async #dial({ url, name }: Peer): Promise<Socket> {
    const { lookup, socketPath } = this.#options;
    const signal = this.#end;
    this.#step = `${name} cannot be connected to`;
    if (socketPath !== undefined) {
      this.#trace.enter('connect');
      const socket = await dialUnixSocket(socketPath, signal);
      this.#trace.note({ remote: socketPath });
      return socket;
    }
    const hostname = toHostname(url);
    const family = isIP(hostname);
    this.#trace.enter(family === 0 ? 'resolve' : 'connect');
    const addresses = family === 0 ? await this.#lookUp(hostname, { lookup, name }) : [{ address: hostname, family }];
    this.#trace.note(family === 0 ? { addresses: addresses.map(({ address }) => address) } : {});
    this.#trace.enter('connect');
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const socket = await dialAddresses(addresses, { port, signal });
    const { remoteAddress = '' } = socket;
    this.#trace.note({
      remote: remoteAddress.includes(':') ? `[${remoteAddress}]:${port}` : `${remoteAddress}:${port}`,
    });
    return socket;
  }

  async #lookUp(hostname: string, { lookup, name }: { readonly lookup: LookupAddresses; readonly name: string }) {
    try {
      return await lookup(hostname, this.#end);
    } catch (thrown) {
      if (this.#end.aborted && this.#end.reason instanceof ZxpError) {
        const { reason } = this.#end;
        throw reason.code === 'connect' ? explainSlowName(name, this.#options.timeoutMs) : reason;
      }
      throw explainNoName(thrown, name);
    }
  }

  async #openTunnel(forwarder: Peer, server: Peer): Promise<Socket> {
    const { proxy } = this.#options;
    if (proxy === undefined) return this.#open(server);
    const socket = await this.#open(forwarder);
    this.#trace.enter('connect');
    this.#step = `${forwarder.name} opened no tunnel`;
    const port = server.url.port === '' ? '443' : server.url.port;
    const authority = `${server.url.hostname}:${port}`;
    const tunnel = await connectThroughProxy({ proxy, authority, socket, signal: this.#end }).catch(
      (thrown: unknown) => {
        throw explainNoTunnel(thrown, forwarder.name);
      },
    );
    return this.#secure(tunnel, server);
  }

  /** Speaks TLS over a connection. A session that is taken up again shows no chain of certificates, and checks none. */
  #secure(socket: Socket, { url, name, tls }: Peer): Promise<Socket> {
    this.#trace.enter('tls');
    this.#step = `${name} cannot be connected to`;
    const hostname = toHostname(url);
    const signal: CancellationSignal = this.#end;
    return new Promise((resolve, reject) => {
      const secure = connectTls({
        ...tls?.options,
        ...nameServer(hostname, tls?.serverName),
        host: hostname,
        socket,
        ALPNProtocols: ['http/1.1'],
      });
      const fail = (reason: unknown) => {
        signal.removeEventListener('abort', abort);
        secure.destroy();
        socket.destroy();
        reject(reason);
      };
      const abort = () => fail(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      secure.on('error', (error) => {
        fail(isConnectionCut(error) ? explainCutHandshake(error, name) : explainFailure(error, { peer: name }));
      });
      secure.once('close', () => fail(explainCutHandshake(new Error('closed'), name)));
      secure.once('secureConnect', () => {
        signal.removeEventListener('abort', abort);
        resolve(secure);
      });
      if (signal.aborted) abort();
    });
  }
}

function toProxyPeer({ url }: HttpProxy): Omit<Peer, 'tls'> {
  return { url, name: `the proxy ${url.host}` };
}

/** Without the brackets of IPv6. */
function toHostname({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function explainSlowName(peer: string, timeoutMs: number): ZxpError {
  return new ZxpError('dns', `the name of ${peer} did not resolve within ${toSeconds(timeoutMs)} s`, {
    hint: 'see that the name servers of resolv.conf respond',
  });
}

function tooSlow(step: string, timeoutMs: number): ZxpError {
  return new ZxpError('connect', `${step} within ${toSeconds(timeoutMs)} s`, {
    hint: 'see that it is up and reachable, or raise upstream_connect_timeout',
  });
}

/** What a proxy does wrong is a connection that could not be made: there was no reply yet. */
function explainNoTunnel(thrown: unknown, peer: string): ZxpError {
  const error = explainFailure(thrown, { peer });
  if (error.code !== 'closed' && error.code !== 'protocol') return error;
  return new ZxpError('connect', error.message, { cause: error.cause });
}
