import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { CertificateCheck, ClientConnection, ClientTrust } from './client-certificate.js';

/** What handshakes go by that begin from now on. */
export interface TlsState {
  readonly context: SecureContextOptions;
  readonly trust: ClientTrust;
}

/** TLS of a listener. */
export interface ListenerTls {
  readonly state: TlsState;
  readonly asksForCertificate: boolean;
  /** Whether OpenSSL is to fail each handshake whose certificate it cannot verify up to a root. */
  readonly needsRoot: boolean;
  /** Judges each connection before its first request; undefined lets every one come. */
  readonly checkCertificate: () => CertificateCheck | undefined;
  /** Where what a connection showed is found again by its socket. */
  readonly connections: WeakMap<Socket, ClientConnection>;
  /** Told of handshakes that came to nothing, but not of clients who just went away. */
  readonly onRefused: (cause: 'tls' | 'certificate', why: string) => void;
}
