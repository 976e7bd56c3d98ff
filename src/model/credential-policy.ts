import type { AccessPolicy } from './access-policy.js';
import type { AuthSpec, CredentialSpec, RequestSpec } from './module.js';

/** Whether access control consumes `Authorization`: what is presented to zxp is not for an upstream. */
export function consumesAuthorization(access: AccessPolicy | undefined): boolean {
  if (access === undefined) return false;
  const { mode, users, tokens, tokenFiles } = access;
  return mode === 'basic' || mode === 'bearer' || users.length + tokens.length + tokenFiles.length > 0;
}

/** Whether zxp serves no client that it has not authenticated: by a password, a token or a verified certificate. */
export function authenticatesClients(access: AccessPolicy | undefined): boolean {
  const isVerified = access?.mode === 'mtls' || access?.tls?.clientAuthType === 'RequireAndVerifyClientCert';
  return isVerified || consumesAuthorization(access);
}

/** Why a URL that an upstream names is not requested with the credentials of the first request. */
export type NextUrlRefusal = 'another origin' | 'a URL with a user';

/**
 * Whether a URL that an upstream names, in a redirect, a link or a document, may be requested as the first one was, with
 * its credentials and headers: only on the same origin and without a user of its own. Undefined where it may. `nameOrigin`
 * gives what credentials go by.
 */
export function refuseNextUrl(first: URL, next: URL, nameOrigin: (url: URL) => string): NextUrlRefusal | undefined {
  if (next.username !== '' || next.password !== '') return 'a URL with a user';
  return nameOrigin(next) === nameOrigin(first) ? undefined : 'another origin';
}

/**
 * Whether a URL that is `literal` and values of a document behind it leads out of the folder of `literal`, or to that
 * folder itself: by a segment `.` or `..`, encoded ones and slashes included, or by nothing. Such a value is not a name.
 * Where `literal` is empty or reaches into the query, values choose no path, or all of it.
 */
export function leavesFolder(url: string, literal: string): boolean {
  if (literal === '' || /[?#]/.test(literal)) return false;
  const [path = ''] = withoutBlanks(url).split(/[?#]/);
  const segments = path.slice(withoutBlanks(literal).lastIndexOf('/') + 1).split(/[/\\]|%2f|%5c/i);
  if (segments.length === 1 && segments[0] === '') return true;
  return segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

/** Of a URL, blanks and control characters at its ends are not read, and line breaks nowhere. */
function withoutBlanks(text: string): string {
  return text.replace(/[\0-\x20]/g, '');
}

/**
 * Whether the caller's `Authorization` goes along with the requests of a module: `always`, also where zxp itself has
 * verified it; `unless_consumed`; or `never`.
 */
export type Forwarding = 'always' | 'unless_consumed' | 'never';

/** Whether the credential of a client is the caller's own: none, or a registry token for the caller's user. */
export function isOfCaller(credential: CredentialSpec | undefined): boolean {
  return credential === undefined || (credential.kind === 'registry_token' && credential.basic === undefined);
}

/** Whether a module sends an `Authorization` of its own, from its credential or its headers. */
export function holdsAuthorization({ httpClient, headers }: Pick<RequestSpec, 'httpClient' | 'headers'>): boolean {
  return !isOfCaller(httpClient.credential) || headers.some(([name]) => name.toLowerCase() === 'authorization');
}

/**
 * Decides for a module, and the auth that it is used with, whether the caller's `Authorization` goes along. An auth decides
 * alone: only `forward: true` lets it. A module forwards it unless it has one of its own, or `forward_authorization: false`.
 */
export function decideForwarding(
  request: Pick<RequestSpec, 'httpClient' | 'headers' | 'forwardsVerified' | 'forwardsAuthorization'>,
  auth?: Pick<AuthSpec, 'forward' | 'forwardVerified'>,
): Forwarding {
  if (auth !== undefined) return auth.forward ? (auth.forwardVerified ? 'always' : 'unless_consumed') : 'never';
  if (!request.forwardsAuthorization || holdsAuthorization(request)) return 'never';
  return request.forwardsVerified ? 'always' : 'unless_consumed';
}

/** Whether the caller's `Authorization` goes along, by whether zxp has taken it for itself. */
export function forwardsAuthorization(forwarding: Forwarding, isConsumed: boolean): boolean {
  return forwarding === 'always' || (forwarding === 'unless_consumed' && !isConsumed);
}
