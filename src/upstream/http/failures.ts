import type { CancellationSignal } from '../../model/cancellation.js';
import { type FailureReason, ZxpError } from '../../model/errors.js';

/** How the network, TLS and HTTP fail, with who is at the other end. */
const wordsOfReason = {
  dns: (peer) => `the name of ${peer} does not resolve`,
  connect: (peer) => `${peer} cannot be connected to`,
  tls: (peer) => `the TLS handshake with ${peer} failed`,
  closed: (peer) => `${peer} closed the connection before its reply was whole`,
  protocol: (peer) => `${peer} does not answer in HTTP`,
} satisfies Partial<Record<FailureReason, (peer: string) => string>>;

type NetworkReason = keyof typeof wordsOfReason;

/** How messages call the server, unless a client names another. */
export const UPSTREAM = 'the upstream';

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
    // Of a Unix socket.
    ENOENT: 'connect',
    ENOTDIR: 'connect',
    ELOOP: 'connect',
    EACCES: 'connect',
    EPERM: 'connect',
    EPROTOTYPE: 'connect',
    EINVAL: 'connect',
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
    UND_ERR_HEADERS_OVERFLOW: 'protocol',
    // undici's parser asserts of a reply what HTTP says of it, such as a status of at least 100.
    ERR_ASSERTION: 'protocol',
  }),
);

const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_)/;
const PROTOCOL_CODE = /^(HPE_|ERR_HTTP_)/;
const LENGTH_MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';

/** How far an exchange came. */
export interface ExchangeState {
  readonly signal: CancellationSignal;
  /** Of the reply, once its head is there. */
  readonly statusCode?: number | undefined;
  /** How messages call the server; `the upstream` where it is not said. */
  readonly peer?: string;
  /** Whether plain HTTP went to the server itself. */
  readonly isPlain?: boolean;
}

type FailureState = Omit<ExchangeState, 'signal'>;

/**
 * Gives the ZxpError for whatever undici threw, or the one that it is already, with the status of the reply. What the
 * signal of the request says goes before what undici says: it is the cause.
 */
export function toUpstreamError(thrown: unknown, state: ExchangeState): ZxpError {
  if (!(thrown instanceof ZxpError) && state.signal.aborted && state.signal.reason instanceof ZxpError) {
    return withStatus(state.signal.reason, state);
  }
  return withStatus(explainFailure(thrown, state), state);
}

/** Gives the ZxpError for whatever a socket or undici threw, or the one that it is already. */
export function explainFailure(thrown: unknown, state: FailureState): ZxpError {
  if (thrown instanceof ZxpError) return thrown;
  const { peer = UPSTREAM } = state;
  const codes = listCodes(thrown);
  const reason = findReason(thrown, codes, state);
  if (reason === undefined) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ZxpError('internal', `asking ${peer} failed: ${message}`, { cause: thrown });
  }
  const alert = reason === 'tls' ? findAlert(codes) : undefined;
  if (alert !== undefined) return explainAlert(alert, { peer, cause: thrown });
  const words = wordsOfReason[reason](peer);
  const parser = describeParserError(thrown);
  const message = `${codes.length === 0 ? words : `${words} (${codes.join(', ')})`}${parser}`;
  const hint = speaksTls(reason, thrown, state) ? MAYBE_TLS : findHint(codes);
  return new ZxpError(reason, message, { cause: thrown, hint });
}

const MAX_PARSER_TEXT = 200;

/** What undici's parser says of a reply, in texts of its own that have nothing of the reply. */
function describeParserError(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.name !== 'HTTPParserError') return '';
  return `: ${thrown.message.slice(0, MAX_PARSER_TEXT)}`;
}

/** What is mostly the matter where the network says this. */
const hintOfCode: ReadonlyMap<string, string> = new Map([
  ...[
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ].map((code): [string, string] => [code, 'its CA is unknown: set --upstream.ca-file, or ca_file in tls_config']),
  ['CERT_HAS_EXPIRED', 'its certificate has expired: renew it, or correct the clock of this machine'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet: see the clocks of both machines'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'its certificate is for another name: use that name, or set server_name in tls_config',
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it may speak plain HTTP: try http://'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'it may speak plain HTTP: try http://'],
  ['ERR_SSL_HTTP_REQUEST', 'it may speak plain HTTP: try http://'],
  ['ECONNREFUSED', 'nothing listens there: is it running, on this port, and not on its own loopback alone?'],
  ['ENOENT', 'there is no such socket: is the upstream running, and the folder mounted into the container?'],
  ['EHOSTUNREACH', 'there is no route to it from this machine or container'],
  ['ENETUNREACH', 'there is no route to it from this machine or container'],
  ['EAI_AGAIN', 'the name servers of this machine do not respond: see resolv.conf'],
  ['ENOTFOUND', 'check the spelling of the host name, and the name servers of this machine'],
]);

function findHint(codes: readonly string[]): string | undefined {
  return codes.map((code) => hintOfCode.get(code)).find((hint) => hint !== undefined);
}

const MAYBE_TLS = 'see its logs; a port that speaks TLS needs https://';

/** What a TLS alert of TLS 1.0 to 1.3 begins with. */
const TLS_ALERT = '\x15\x03';

/** A server that speaks TLS ends a connection on which plain HTTP comes, or sends an alert. */
function speaksTls(reason: NetworkReason, thrown: unknown, { statusCode, isPlain }: FailureState): boolean {
  if (isPlain !== true || statusCode !== undefined) return false;
  const data = thrown instanceof Error && 'data' in thrown ? thrown.data : undefined;
  return reason === 'closed' || (typeof data === 'string' && data.startsWith(TLS_ALERT));
}

/** The TLS alert of the other side as RFC 8446 (6.2) names it, `certificate_required`, from OpenSSL's code for it. */
function findAlert(codes: readonly string[]): string | undefined {
  for (const code of codes) {
    const start = code.startsWith('ERR_SSL_') ? code.indexOf('_ALERT_') : -1;
    if (start >= 0) return code.slice(start + '_ALERT_'.length).toLowerCase();
  }
  return undefined;
}

/** What servers send that do not accept the client's certificate, or want one; in TLS 1.3 after the handshake. */
const CERTIFICATE_ALERTS: ReadonlySet<string> = new Set([
  'certificate_required',
  'no_certificate',
  'bad_certificate',
  'unsupported_certificate',
  'certificate_revoked',
  'certificate_expired',
  'certificate_unknown',
  'unknown_ca',
  'access_denied',
  'handshake_failure',
]);

function explainAlert(alert: string, { peer, cause }: { readonly peer: string; readonly cause: unknown }): ZxpError {
  const hint = CERTIFICATE_ALERTS.has(alert)
    ? 'it may require a client certificate, or another one: check cert_file and key_file of tls_config'
    : undefined;
  return new ZxpError('tls', `${peer} refused the TLS connection with the alert ${alert}`, { cause, hint });
}

/** The failure of a connection that was cut before the TLS handshake was over: later nobody can tell it from one cut in a reply. */
export function explainCutHandshake(cause: Error, peer: string): ZxpError {
  return new ZxpError('tls', `${wordsOfReason.tls(peer)} (it was cut off)`, { cause });
}

/** The failure of a name that has no address. */
export function explainNoAddress(hostname: string): ZxpError {
  return new ZxpError('dns', `the name ${hostname} has no address`);
}

/** The failure of a lookup, whatever its code: a name server that refuses a connection is no upstream that does. */
export function explainNoName(thrown: unknown, peer: string): ZxpError {
  if (thrown instanceof ZxpError) return thrown;
  const codes = listCodes(thrown);
  const words = wordsOfReason.dns(peer);
  const message = codes.length === 0 ? words : `${words} (${codes.join(', ')})`;
  return new ZxpError('dns', message, { cause: thrown, hint: findHint(codes) });
}

function withStatus(error: ZxpError, { statusCode }: ExchangeState): ZxpError {
  if (statusCode === undefined) return error;
  const { code, message, hint, cause, authRequest } = error;
  return new ZxpError(code, message, { hint, cause, statusCode, authRequest });
}

/** Whether the other side ended the connection, or the network did. */
export function isConnectionCut(error: Error): boolean {
  return listCodes(error).some((code) => reasonOfCode.get(code) === 'closed');
}

function findReason(
  thrown: unknown,
  codes: readonly string[],
  { statusCode }: FailureState,
): NetworkReason | undefined {
  if (thrown instanceof Error && thrown.name === 'HTTPParserError') {
    return thrown.message.includes('Invalid EOF state') ? 'closed' : 'protocol';
  }
  // undici ends the connection on a 1xx that it cannot take (100, 101); only its words tell it from one that was cut.
  if (thrown instanceof Error && /^bad (response|upgrade)$/.test(thrown.message)) return 'protocol';
  // A body shorter than its length, but before the head is there: a length that is no number, or two that differ.
  if (codes.includes(LENGTH_MISMATCH)) return statusCode === undefined ? 'protocol' : 'closed';
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
