import type { FailureReason } from '../model/errors.js';
import type { Evidence } from './diagnosis.js';

type Advise = (message: string, evidence: Evidence) => string;

/** What to do about each reason, by what was seen. */
const adviceOfReason: Record<FailureReason, Advise> = {
  config: (_, { outcome }) => outcome.hint ?? 'zxp check names every file that cannot be used',
  dns: (message) =>
    message.includes('EAI_AGAIN')
      ? 'no name server answered: check resolv.conf of this machine or container'
      : 'check the spelling, and ask from the same machine or container: getent hosts NAME',
  blocked: (_, { outcome }) => outcome.hint ?? 'list the address itself among the targets or in allow, if it is meant',
  connect: adviseConnect,
  tls: adviseTls,
  unauthorized: adviseUnauthorized,
  forbidden: (_, { outcome }) => outcome.hint ?? 'check what the user may do',
  timeout: (_, { outcome }) => outcome.hint ?? 'raise scrape.timeout, or find out why the upstream is slow',
  closed: (_, { outcome }) =>
    outcome.hint ?? 'the upstream crashed or restarted, or something between the two cut the reply off: see their logs',
  protocol: (_, { url, outcome }) =>
    outcome.hint ??
    (url.protocol === 'https:'
      ? 'is this the port of something else?'
      : 'is this the port of something else, or https?'),
  redirect: (_, { outcome, trace }) => {
    const location = findHeader(trace, 'location');
    return location === undefined
      ? (outcome.hint ?? 'name the final URL')
      : `it redirects to ${location}: name that URL`;
  },
  status: adviseStatus,
  too_large: (_, { outcome }) => outcome.hint ?? 'raise limits.body_size',
  encoding: (_, { outcome }) => outcome.hint ?? 'mostly a proxy that compresses by itself, or twice: turn it off there',
  decode: (_, { outcome }) => outcome.hint ?? 'request the URL with curl and look at the response',
  content: (_, { outcome }) => outcome.hint ?? 'fail_if of the module has the condition',
  schema: (_, { outcome }) => outcome.hint ?? 'is this the document that the module was written for?',
  limit: (_, { outcome }) => outcome.hint ?? 'raise the limit, or have the upstream export less',
  internal: () => 'this is a bug of zxp: please report it with this output and zxp --version',
};

/** What to do about a failed scrape, in one line. */
export function advise(reason: FailureReason, message: string, evidence: Evidence): string {
  return adviceOfReason[reason](message, evidence);
}

function adviseConnect(message: string, { outcome }: Evidence): string {
  if (outcome.hint !== undefined) return outcome.hint;
  if (message.includes('(407)'))
    return 'name the user and password of the proxy: proxy_url: http://USER:PASSWORD@proxy';
  if (/EACCES|EPERM/.test(message)) return "may zxp's user open it?";
  return 'try curl -v from the same machine or container';
}

/** Codes of OpenSSL's and Node's, and what each means. */
const adviceOfTlsCode: readonly (readonly [code: RegExp, advice: string])[] = [
  [
    /SELF_SIGNED_CERT|DEPTH_ZERO|UNABLE_TO_(VERIFY|GET_ISSUER)/,
    'name the certificate of its CA: --upstream.ca-file, or ca_file of tls_config; have the server send its intermediates',
  ],
  [
    /ALTNAME|HOSTNAME_MISMATCH/,
    'the certificate is for another name: use that name in the URL, or server_name of tls_config',
  ],
  [/CERT_HAS_EXPIRED/, 'renew the certificate'],
  [/CERT_NOT_YET_VALID/, 'compare the clocks of both machines'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH/, 'it does not speak TLS on this port: use http'],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, 'the two have no version of TLS in common: see min_version of tls_config'],
];

function adviseTls(message: string, { outcome }: Evidence): string {
  const known = adviceOfTlsCode.find(([code]) => code.test(message));
  return known?.[1] ?? outcome.hint ?? 'see what openssl s_client -connect HOST:PORT shows';
}

function adviseUnauthorized(_: string, { outcome, trace }: Evidence): string {
  const fallback = outcome.hint ?? 'check the credentials';
  // Without a status of the upstream's, somebody else refused them: who gives tokens, or logs in.
  if (outcome.statusCode !== 401) return fallback;
  if (trace?.credential !== undefined) return `it refused the credentials of the configuration (${trace.credential})`;
  if (sendsAuthorization(trace)) return 'it refused these credentials: try them with curl -i';
  const challenge = findHeader(trace, 'www-authenticate') ?? '';
  if (/^bearer realm="?http/i.test(challenge)) {
    return 'no credentials were sent, and it names a token server: see registry_token of a module';
  }
  if (/^bearer\b/i.test(challenge)) return "no credentials were sent: -H 'Authorization: Bearer TOKEN' sends a token";
  return 'no credentials were sent: -u NAME:PASSWORD sends them, and basic_auth of the Prometheus job';
}

function adviseStatus(_: string, { outcome }: Evidence): string {
  const { statusCode, fetched } = outcome;
  if (statusCode === 404) return 'is the path right? zot has its metrics at /metrics';
  if (statusCode === 429) {
    const { retryAfterSeconds } = fetched ?? {};
    return `scrape less often${retryAfterSeconds === undefined ? '' : `: it asks for ${retryAfterSeconds} s`}`;
  }
  if (statusCode >= 500) return 'the log of the upstream has the cause';
  return outcome.hint ?? 'request the URL with curl and look at the response';
}

/** Whether the request went out with an `Authorization`. */
export function sendsAuthorization(trace: Evidence['trace']): boolean {
  return trace?.request?.headers.some(([name]) => name.toLowerCase() === 'authorization') === true;
}

/** The value of a header of the response, masked. */
export function findHeader(trace: Evidence['trace'], name: string): string | undefined {
  return trace?.response?.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}
