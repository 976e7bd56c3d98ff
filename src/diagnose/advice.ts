import type { FailureReason } from '../model/errors.js';
import { adviseRedirect } from '../net/redirect-hint.js';
import type { Evidence } from './diagnosis.js';

/** What to do about each reason where the failure itself does not say. */
const adviceOfReason: Record<FailureReason, string> = {
  config: 'zxp check names every file that cannot be used',
  dns: 'check the spelling, and ask from the same machine or container: getent hosts NAME',
  blocked: 'list the address itself among the targets or in allow, if it is meant',
  connect: 'try curl -v from the same machine or container',
  tls: 'see what openssl s_client -connect HOST:PORT shows',
  unauthorized: 'check the credentials',
  forbidden: 'check what the user may do',
  timeout: 'raise scrape.timeout, or find out why the upstream is slow',
  closed: 'the upstream crashed or restarted, or something between the two cut the reply off: see their logs',
  protocol: 'is this the port of something else?',
  redirect: 'name the final URL',
  status: 'request the URL with curl and look at the response',
  too_large: 'raise limits.body_size',
  encoding: 'mostly a proxy that compresses by itself, or twice: turn it off there',
  decode: 'request the URL with curl and look at the response',
  content: 'fail_if of the module has the condition',
  schema: 'is this the document that the module was written for?',
  limit: 'raise the limit, or have the upstream export less',
  internal: 'this is a bug of zxp: please report it with this output and zxp --version',
};

/** Where what was seen says more than the failure itself. */
const adviceOfEvidence: Partial<Record<FailureReason, (evidence: Evidence) => string | undefined>> = {
  connect: adviseConnect,
  unauthorized: adviseUnauthorized,
  redirect: ({ trace, url }) => adviseRedirect(url, findHeader(trace, 'location')),
  status: adviseStatus,
};

/** What to do about a failed scrape, in one line. */
export function advise(reason: FailureReason, evidence: Evidence): string {
  const { outcome, sourceHint, trace } = evidence;
  if (trace?.authRequest !== undefined && reason !== 'unauthorized') {
    return outcome.hint ?? adviseAuthServer(trace.authRequest.url, evidence) ?? adviceOfReason[reason];
  }
  return adviceOfEvidence[reason]?.(evidence) ?? sourceHint ?? outcome.hint ?? adviceOfReason[reason];
}

/** The key of the configuration that has the URL of the server that issues tokens. */
const keyOfCredential: Readonly<Record<string, string>> = {
  login: 'url of login',
  oauth2: 'token_url of oauth2',
};

function adviseAuthServer(url: string, { outcome, trace }: Evidence): string | undefined {
  if (outcome.reason !== 'status' && outcome.reason !== 'redirect') return undefined;
  const key = keyOfCredential[trace?.credential ?? ''];
  return `request ${url} with curl and look at the response${key === undefined ? '' : `, and check ${key}`}`;
}

function adviseConnect({ url, outcome }: Evidence): string | undefined {
  const { message = '', hint } = outcome;
  if (url.protocol === 'file:') return 'is there such a file, and is its folder mounted into the container?';
  if (hint !== undefined) return undefined;
  if (message.includes('(407)')) return 'name its user and password: proxy_url: http://USER:PASSWORD@proxy';
  return /EACCES|EPERM/.test(message) ? "may zxp's user open it?" : undefined;
}

function adviseUnauthorized({ outcome, trace }: Evidence): string | undefined {
  // Without a status of the upstream's, somebody else refused them: who gives tokens, or logs in.
  const isOfUpstream = outcome.statusCode === 401 && trace?.credential === undefined;
  if (!isOfUpstream || sendsAuthorization(trace)) return undefined;
  const challenge = findHeader(trace, 'www-authenticate') ?? '';
  if (/^bearer realm="?http/i.test(challenge)) {
    return 'no credentials were sent, and it names a token server: see registry_token of a module';
  }
  if (/^bearer\b/i.test(challenge)) return "no credentials were sent: -H 'Authorization: Bearer TOKEN' sends a token";
  return 'no credentials were sent: -u NAME:PASSWORD sends them, and basic_auth of the Prometheus job';
}

function adviseStatus({ url, outcome, sourceHint }: Evidence): string | undefined {
  const { statusCode, fetched } = outcome;
  if (statusCode === 404 && sourceHint === undefined) return `nothing is at ${url.pathname}: check the path`;
  if (statusCode === 429) {
    const { retryAfterSeconds } = fetched ?? {};
    return `scrape less often${retryAfterSeconds === undefined ? '' : `: it asks for ${retryAfterSeconds} s`}`;
  }
  return statusCode >= 500 ? 'the log of the upstream has the cause' : undefined;
}

/** Whether the request went out with an `Authorization`. */
export function sendsAuthorization(trace: Evidence['trace']): boolean {
  return trace?.request?.headers.some(([name]) => name.toLowerCase() === 'authorization') === true;
}

/** The value of a header of the response, masked. */
export function findHeader(trace: Evidence['trace'], name: string): string | undefined {
  return trace?.response?.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}
