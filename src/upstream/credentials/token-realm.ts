import { joinBytes } from '../../model/bytes.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import { isToken } from '../../model/header-syntax.js';
import { isRedirect, isSuccess } from '../../model/status-code.js';
import { readHeader } from '../http/response-headers.js';
import type { HttpResponse } from '../http/send-request.js';
import { type AuthServerClient, readReply } from './auth-server-client.js';
import { type FetchedToken, readLifetimeMs } from './token-cache.js';
import type { TokenChallenge } from './token-challenge.js';

/** A token that a target wants. */
export interface RealmQuestion {
  readonly target: URL;
  readonly challenge: TokenChallenge;
  /** The value of Authorization for the token server; empty for anonymous requests. */
  readonly authorization: string;
  readonly signal: CancellationSignal;
}

/** Fetches a token from where a challenge says. Rejects with a ZxpError that repeats neither credentials nor the reply. */
export type RealmFetcher = (question: RealmQuestion) => Promise<FetchedToken>;

export interface RealmOptions {
  /** Origins that may be requested, besides the target's own. */
  readonly realms: readonly string[];
  readonly authServerClient: AuthServerClient;
  readonly userAgent: string;
}

/** The lifetime of a token whose reply has none, by the specification. */
const USUAL_LIFETIME_MS = 60_000;
const MAX_TOKEN_CHARACTERS = 16 * 1024;

/** Asks token servers as the Distribution project's "Token Authentication Specification" has it. */
export function createRealmFetcher({ realms, authServerClient, userAgent }: RealmOptions): RealmFetcher {
  return async ({ target, challenge, authorization, signal }) => {
    checkRealm(challenge.realm, target, realms);
    const shown = authorization === '' ? [] : [['authorization', authorization] as const];
    const url = toTokenUrl(challenge);
    const reply = await authServerClient({
      url,
      target,
      method: 'GET',
      headers: [['accept', 'application/json'], ['user-agent', userAgent], ...shown],
      signal,
      doing: 'asking for a token',
    });
    return readReply({ url, method: 'GET' }, () => readRealmReply(reply, authorization === ''));
  };
}

/** Throws `blocked` for a realm that credentials may not be sent to: it is the target that names it. */
function checkRealm(realm: URL, target: URL, realms: readonly string[]): void {
  const refuse = (what: string, hint?: string) =>
    new ZxpError('blocked', `the upstream sends for a token to ${what}`, { hint });
  if (realm.protocol !== 'https:' && realm.protocol !== 'http:') throw refuse('what is no http or https URL');
  if (realm.username !== '' || realm.password !== '') throw refuse('a URL with a user');
  const { origin } = realm;
  if (origin !== target.origin && !realms.includes(origin)) {
    const shown = origin.slice(0, 200);
    throw refuse(`${shown}, which is not among the realms of the module`, `registry_token: { realms: ["${shown}"] }`);
  }
  if (realm.protocol === 'http:' && target.protocol === 'https:') {
    throw refuse('a realm without TLS', 'a realm is requested over http only where the upstream is, too');
  }
}

/** Each scope is a parameter of its own. */
function toTokenUrl({ realm, service, scopes }: TokenChallenge): URL {
  const url = new URL(realm);
  url.hash = '';
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

/** Throws `unauthorized` where the server rejects the credentials, `redirect`, `status`, `decode` or `schema` for what is no token. */
function readRealmReply(reply: HttpResponse, isNobody: boolean): FetchedToken {
  const { statusCode } = reply;
  if (statusCode === 401 || statusCode === 403) {
    const whom = isNobody ? 'a caller without basic credentials' : 'the user and the password';
    throw new ZxpError('unauthorized', `the token server refused ${whom} (${statusCode})`, {
      hint: isNobody ? 'scrape with basic credentials' : 'check the user and the password at the token server',
    });
  }
  if (isRedirect(statusCode)) throw new ZxpError('redirect', `the token server answered ${statusCode}`);
  if (!isSuccess(statusCode)) throw new ZxpError('status', `the token server answered ${statusCode}`);
  const fields = parseObject(joinBytes(reply.body ?? new Uint8Array()));
  const token = [fields.get('token'), fields.get('access_token')].find((each) => each !== undefined && each !== '');
  if (typeof token !== 'string') throw new ZxpError('schema', 'the token server answered without a token');
  if (!isToken(token) || token.length > MAX_TOKEN_CHARACTERS) {
    throw new ZxpError('schema', 'the token server answered with a token that no header can carry');
  }
  return { value: token, lifetimeMs: readRestMs(fields, reply) };
}

/** What is left of it: a server may give a token that it has issued some time ago, by its own clock. */
function readRestMs(fields: ReadonlyMap<string, unknown>, { headers }: HttpResponse): number {
  const lifetimeMs = readLifetimeMs(fields.get('expires_in')) ?? USUAL_LIFETIME_MS;
  const issuedAt = fields.get('issued_at');
  const ageMs =
    Date.parse(readHeader(headers, 'date') ?? '') - Date.parse(typeof issuedAt === 'string' ? issuedAt : '');
  return ageMs > 0 ? Math.max(0, lifetimeMs - ageMs) : lifetimeMs;
}

function parseObject(body: Uint8Array): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  } catch {
    throw new ZxpError('decode', 'the token server did not answer with JSON');
  }
  throw new ZxpError('schema', 'the token server answered without a token');
}
