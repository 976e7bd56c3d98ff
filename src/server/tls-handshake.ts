import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientTrust } from '../auth/client-certificate.js';
import type { ListenerTls, TlsState } from '../auth/server-tls.js';
import { readPeer } from '../net/addresses.js';
import type { Connection, Connections, RejectedConnection } from './connections.js';
import { findProtocolMismatch } from './protocol-mismatch.js';

/** The TLS handshakes of one address. */
export interface Handshakes {
  /** Begins TLS on a connection. Plain HTTP is told in plain HTTP what it is. */
  accept(socket: Socket, connection: Connection): void;
  /** What new handshakes go by; those under way, and open connections, stay. */
  renew(state: TlsState): void;
  /** Breaks off those under way. */
  abandon(): void;
}

interface Handshake {
  readonly socket: Socket;
  readonly connection: Connection;
  readonly trust: ClientTrust;
}

/** Follows every connection from its first byte to the end of its handshake, and closes those that may not stay. */
export function createHandshakes(
  server: Server,
  tls: ListenerTls,
  deps: {
    readonly connections: Connections;
    readonly onRejected: RejectedConnection;
    readonly unixClients: WeakSet<Socket>;
  },
): Handshakes {
  const { connections, onRejected, unixClients } = deps;
  const underWay = new Set<Handshake>();
  let trust: ClientTrust = tls.state()?.trust ?? { authorities: undefined };
  const take = (socket: TLSSocket): Handshake | undefined => {
    const name = nameOf(socket);
    // Connections of a unix socket have no name: the oldest, whose trust is no newer than that of any other.
    for (const handshake of underWay) {
      if (nameOf(handshake.socket) !== name) continue;
      underWay.delete(handshake);
      return handshake;
    }
    return undefined;
  };
  // Before HTTP's own listener, which would begin to read.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const handshake = take(socket);
    // Without an address it is gone again.
    if (handshake === undefined) return void socket.destroy();
    connections.begin(handshake.connection, socket);
    if (unixClients.has(handshake.socket)) unixClients.add(socket);
    const problem = judge(socket, handshake.trust, tls);
    if (problem === undefined) return;
    onRejected('certificate', { client: readPeer(socket), why: problem });
    socket.destroy();
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const why = error.code ?? error.message;
    const unverified = toText(socket.authorizationError);
    const client = readPeer(socket);
    if (unverified !== undefined) onRejected('certificate', { client, why: unverified });
    else if (why === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') onRejected('certificate', { client, why });
    else if (why !== 'ECONNRESET') onRejected('tls', { client, why });
  });
  return {
    accept: (socket, connection) => {
      const handshake = { socket, connection, trust };
      underWay.add(handshake);
      socket.once('close', () => underWay.delete(handshake));
      const close = () => socket.destroy();
      socket.once('error', close).once('end', close);
      socket.once('data', (first: Buffer) => {
        socket.pause().off('end', close);
        const mismatch = findProtocolMismatch(first, 'tls');
        if (mismatch === undefined) {
          socket.unshift(first);
          server.emit('connection', socket);
          return;
        }
        onRejected(mismatch.reason, { client: readPeer(socket), why: mismatch.message });
        if (mismatch.text === '') return void socket.destroy();
        socket.resume();
        connections.reject(socket, '400 Bad Request', mismatch.text);
      });
      socket.resume();
    },
    renew: (state) => {
      trust = state.trust;
      if (server instanceof TlsServer) server.setSecureContext(state.context);
    },
    abandon: () => {
      for (const { socket } of underWay) if (!unixClients.has(socket)) socket.destroy();
    },
  };
}

/** Remembers what a connection showed, and gives what is wrong with it. */
function judge(socket: TLSSocket, trust: ClientTrust, tls: ListenerTls): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  const connection = { certificate, isVerified: certificate !== undefined && isVerified(socket, trust), trust };
  tls.connections.set(socket, connection);
  return tls.checkCertificate()?.(connection);
}

/**
 * Whether OpenSSL has verified a certificate. A CA that is no root is trusted as it is in Go, where OpenSSL looks for its
 * issuer as well, and Node does not let a server say otherwise. That error reports that the chain ends at one of our CAs;
 * any other fault of the chain would have taken its place.
 */
function isVerified(socket: TLSSocket, { authorities }: ClientTrust): boolean {
  if (socket.authorized) return true;
  return authorities !== undefined && toText(socket.authorizationError) === 'UNABLE_TO_GET_ISSUER_CERT';
}

/** The same for a socket and for the TLS on top of it, and of nobody else while it is open. */
function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** Typed as an Error, and in truth the code of one. */
function toText(error: unknown): string | undefined {
  if (error === undefined || error === null) return undefined;
  return error instanceof Error ? error.message : String(error);
}
