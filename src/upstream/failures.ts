import { type FailureReason, ZxpError } from '../model/errors.js';
import type { UpstreamRequest } from '../model/ports.js';

/** How the network, TLS and HTTP fail. */
const wordsOfReason = {
  dns: 'the name of the upstream does not resolve',
  connect: 'the upstream cannot be connected to',
  tls: 'the TLS handshake with the upstream failed',
  closed: 'the upstream closed the connection before its reply was whole',
  protocol: 'the upstream does not answer in HTTP',
} satisfies Partial<Record<FailureReason, string>>;

type NetworkReason = keyof typeof wordsOfReason;

/** Node's and undici's error codes, as facts of their documentation, and what each means for a scrape. */
const reasonOfCode: ReadonlyMap<string, NetworkReason> = new Map(
  Object.entries<NetworkReason>({
    ENOTFOUND: 'dns',
    EAI_AGAIN: 'dns',
    EAI_FAIL: 'dns',
    EAI_NODATA: 'dns',
    EAI_NONAME: 'dns',
    ECONNREFUSED: 'connect',
    EHOSTUNREACH: 'connect',
    ENETUNREACH: 'connect',
    EHOSTDOWN: 'connect',
    ENETDOWN: 'connect',
    EADDRNOTAVAIL: 'connect',
    ETIMEDOUT: 'connect',
    UND_ERR_CONNECT_TIMEOUT: 'connect',
    EPROTO: 'tls',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
    UNABLE_TO_GET_ISSUER_CERT: 'tls',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls',
    SELF_SIGNED_CERT_IN_CHAIN: 'tls',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
    HOSTNAME_MISMATCH: 'tls',
    ECONNRESET: 'closed',
    ECONNABORTED: 'closed',
    EPIPE: 'closed',
    UND_ERR_SOCKET: 'closed',
    UND_ERR_CLOSED: 'closed',
    UND_ERR_DESTROYED: 'closed',
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed',
    UND_ERR_HEADERS_OVERFLOW: 'protocol',
  }),
);

const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_)/;
const PROTOCOL_CODE = /^(HPE_|ERR_HTTP_)/;

/** Gives the ZxpError for whatever undici threw. What the signal of the request says goes first: it is the cause. */
export function toUpstreamError(thrown: unknown, request: Pick<UpstreamRequest, 'signal' | 'url'>): ZxpError {
  if (request.signal.aborted && request.signal.reason instanceof ZxpError) return request.signal.reason;
  if (thrown instanceof ZxpError) return thrown;
  const codes = listCodes(thrown);
  const reason = findReason(thrown, codes);
  if (reason === undefined) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ZxpError('internal', `asking the upstream failed: ${message}`, { cause: thrown });
  }
  const words = wordsOfReason[reason];
  return new ZxpError(reason, codes.length === 0 ? words : `${words} (${codes.join(', ')})`, { cause: thrown });
}

function findReason(thrown: unknown, codes: readonly string[]): NetworkReason | undefined {
  // A reset during the handshake has the code of any reset; only the words of Node tell it.
  if (thrown instanceof Error && thrown.message.includes('before secure TLS connection was established')) return 'tls';
  if (thrown instanceof Error && thrown.name === 'HTTPParserError') return 'protocol';
  for (const code of codes) {
    const reason = reasonOfCode.get(code);
    if (reason !== undefined) return reason;
    if (TLS_CODE.test(code)) return 'tls';
    if (PROTOCOL_CODE.test(code)) return 'protocol';
  }
  return undefined;
}

/** The `code` of an error, of the errors that it gathers (one an address tried), and of its cause. */
function listCodes(thrown: unknown, depth = 0): readonly string[] {
  if (!(thrown instanceof Error) || depth > 3) return [];
  const own = 'code' in thrown && typeof thrown.code === 'string' ? [thrown.code] : [];
  const gathered = thrown instanceof AggregateError ? thrown.errors.flatMap((each) => listCodes(each, depth + 1)) : [];
  return [...new Set([...own, ...gathered, ...listCodes(thrown.cause, depth + 1)])];
}
