import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientTrust } from '../auth/client-certificate.js';
import type { ListenerTls, TlsState } from '../auth/listener-tls.js';

export interface Handshakes {
  /** What new handshakes go by; those under way, and open connections, stay. */
  renew(state: TlsState): void;
  /** Breaks off those under way. */
  abandon(): void;
}

/** Follows every connection from its first byte to the end of its handshake, and turns away those that may not stay. */
export function watchHandshakes(server: Server, tls: ListenerTls): Handshakes {
  const underWay = new Map<string, { readonly socket: Socket; readonly trust: ClientTrust }>();
  let { trust } = tls.state;
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    underWay.set(name, { socket, trust });
    socket.once('close', () => {
      if (underWay.get(name)?.socket === socket) underWay.delete(name);
    });
  });
  // Before HTTP's own listener, which would begin to read.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const begun = underWay.get(nameOf(socket));
    underWay.delete(nameOf(socket));
    // Without an address it is gone again.
    const isWelcome = begun !== undefined && welcome(socket, begun.trust, tls);
    if (!isWelcome) socket.destroy();
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const why = error.code ?? error.message;
    const unverified = toText(socket.authorizationError);
    if (unverified !== undefined) tls.onRefused('certificate', unverified);
    else if (why === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') tls.onRefused('certificate', why);
    else if (why !== 'ECONNRESET') tls.onRefused('tls', why);
  });
  return {
    renew: (state) => {
      trust = state.trust;
      server.setSecureContext(state.context);
    },
    abandon: () => {
      for (const { socket } of underWay.values()) socket.destroy();
    },
  };
}

/** Remembers what a connection showed, and tells whether it may stay. */
function welcome(socket: TLSSocket, trust: ClientTrust, tls: ListenerTls): boolean {
  const certificate = socket.getPeerX509Certificate();
  const connection = { certificate, isVerified: certificate !== undefined && isVerified(socket, trust), trust };
  tls.connections.set(socket, connection);
  const problem = tls.checkCertificate()?.(connection);
  if (problem !== undefined) tls.onRefused('certificate', problem);
  return problem === undefined;
}

/**
 * Whether OpenSSL has verified a certificate. An authority that is no root is trusted as it is in Go, where OpenSSL looks
 * for its issuer as well, and Node does not let a server say otherwise. That error tells that the chain ends at one of
 * our authorities; any other fault of the chain would have taken its place.
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
