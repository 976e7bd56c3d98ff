import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { parseUrl } from '../model/url.js';
import { isAuthorizationConsumed } from './auth-middleware.js';
import { sendText } from './reply.js';

export interface BrowserPolicy {
  /** Where people reach zxp by a name; undefined where nothing says it. */
  readonly externalUrl: URL | undefined;
}

const READ_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Rejects what another site has a browser do here (cross-site request forgery), also by a name of its own that leads to
 * this machine (DNS rebinding). It checks requests that act; what only reads is left to the same-origin policy. Programs
 * send neither `Origin` nor `Sec-Fetch-Site` and are not affected.
 */
export function rejectCrossSite(policy: BrowserPolicy): RequestHandler {
  return (request, response, next) => {
    if (READ_METHODS.includes(request.method)) return next();
    const isProven = isAuthorizationConsumed(response) && request.headers.authorization !== undefined;
    const problem = findProblem(request, { ...policy, isProven });
    if (problem === undefined) return next();
    sendText(response, 403, `error: ${problem.message}\nhint: ${problem.hint}`);
  };
}

/** Whether a browser requests this for a page of another site, as far as it tells: over HTTPS, and on this machine. */
export function isFromOtherSite({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

function findProblem(
  { headers }: Request,
  { externalUrl, isProven }: BrowserPolicy & { readonly isProven: boolean },
): { readonly message: string; readonly hint: string } | undefined {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  if (origin === undefined && site === undefined) return undefined;
  // A reverse proxy may pass on another Host than the one that the browser sees.
  const isExternal = externalUrl !== undefined && origin === externalUrl.origin;
  const isSameSite = site === undefined || site === 'same-origin' || site === 'none';
  if (!isSameSite || (origin !== undefined && !isExternal && !isOriginOfHost(origin, host))) {
    return { message: 'cross-site request rejected', hint: 'use the pages that zxp itself serves, or a command line' };
  }
  // Credentials of zxp's own are not sent to a name that only leads here.
  if (isExternal || isProven || isTrustedHost(host, externalUrl)) return undefined;
  return { message: 'unknown host name', hint: 'set --web.external-url to the URL that the browser uses' };
}

function isOriginOfHost(origin: string, host: string): boolean {
  const parsed = parseUrl(origin);
  if (parsed === undefined) return false;
  const { host: originHost, protocol } = parsed;
  // `new URL` leaves out the port that the scheme implies.
  return parseUrl(`${protocol}//${host}`)?.host === originHost;
}

/** An address, or a name that nobody else can lead here. */
function isTrustedHost(host: string, externalUrl: URL | undefined): boolean {
  const hostname = parseUrl(`http://${host}`)?.hostname;
  if (hostname === undefined) return false;
  if (hostname === externalUrl?.hostname) return true;
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || hostname === 'localhost' || hostname.endsWith('.localhost');
}
