import type { AccessPolicy } from './access-policy.js';

/** Whether access control consumes `Authorization`: what is presented to zxp is not for an upstream. */
export function consumesAuthorization(access: AccessPolicy | undefined): boolean {
  if (access === undefined) return false;
  const { mode, users, tokens, tokenFiles } = access;
  return mode === 'basic' || mode === 'bearer' || users.length + tokens.length + tokenFiles.length > 0;
}

/** Whether the caller's `Authorization` goes to the target: not where zxp consumed it, unless the module wants it then. */
export function forwardsAuthorization(isConsumed: boolean, module: { readonly forwardsVerified: boolean }): boolean {
  return !isConsumed || module.forwardsVerified;
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
