import type { RejectionReason } from '../model/auth-decision.js';

/** What came in place of what a listener speaks: plain HTTP on a TLS port, TLS on a plain HTTP port, the PROXY protocol. */
export interface ProtocolMismatch {
  readonly reason: RejectionReason;
  /** For the log. */
  readonly message: string;
  /** For the client. */
  readonly text: string;
}

const PROXY_V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const TLS_HANDSHAKE = 0x16;

const proxyProtocol: ProtocolMismatch = {
  reason: 'proxy_protocol',
  message: 'the client speaks the PROXY protocol, which zxp does not; turn it off in the load balancer',
  text: 'error: zxp does not speak the PROXY protocol\nhint: turn it off in the load balancer; trusted_proxies and X-Forwarded-For name clients',
};

const plainHttp: ProtocolMismatch = {
  reason: 'plain_http',
  message: 'the client sent plain HTTP to a TLS port',
  text: 'error: the client sent plain HTTP to a TLS port\nhint: use https; in Prometheus, scheme: https',
};

const tlsOnHttp: ProtocolMismatch = {
  reason: 'tls',
  message: 'the client sent a TLS handshake to a plain HTTP port',
  text: 'error: the client sent a TLS handshake to a plain HTTP port',
};

const noTls: ProtocolMismatch = { reason: 'tls', message: 'the client sent no TLS handshake', text: '' };

/** Names the protocol that the first bytes of a connection are of, where it is not the one that is spoken. */
export function findProtocolMismatch(
  first: Uint8Array | undefined,
  spoken: 'http' | 'tls',
): ProtocolMismatch | undefined {
  if (first === undefined || first.length === 0) return undefined;
  const head = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, 16));
  if (head.toString('latin1').startsWith('PROXY ') || head.subarray(0, PROXY_V2.length).equals(PROXY_V2)) {
    return proxyProtocol;
  }
  if (spoken === 'http') return head[0] === TLS_HANDSHAKE ? tlsOnHttp : undefined;
  if (head[0] === TLS_HANDSHAKE) return undefined;
  // A method, or the empty line that may stand before it (RFC 9112, 2.2).
  return /^(?:\r\n)*[A-Za-z]/.test(head.toString('latin1')) ? plainHttp : noTls;
}
