import { type FailureReason, ZxpError } from '../model/errors.js';
import type { HeaderList } from '../model/ports.js';
import type { PreparedRequest } from '../model/scrape.js';
import { isWantedStatus } from '../model/status-code.js';

/** Throws unless the status is wanted: what else a server says is never decoded. */
export function checkStatus(statusCode: number, validStatusCodes: readonly number[], { protocol }: URL): void {
  if (isWantedStatus(statusCode, validStatusCodes)) return;
  const fail = (code: FailureReason, hint?: string) =>
    new ZxpError(code, `the upstream answered ${statusCode}`, { hint });
  switch (statusCode) {
    case 401:
      throw fail('unauthorized');
    case 403:
      throw fail('forbidden');
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      throw fail('redirect', 'redirects are not followed: name the final URL');
    default: {
      // What Go and nginx answer to plain HTTP on a port of TLS.
      const scheme = statusCode === 400 && protocol === 'http:' ? '; a port that speaks TLS needs https://' : '';
      throw fail('status', `request it with curl and look at the response${scheme}`);
    }
  }
}

/** A 401 or 403 that says nothing of it yet, with a hint at whose credentials were sent. */
export function withCredentialHint(error: ZxpError, plan: PreparedRequest, callerHeaders: HeaderList): ZxpError {
  const { code, message, cause, statusCode, evidence, hint, authRequest } = error;
  if ((code !== 'unauthorized' && code !== 'forbidden') || hint !== undefined) return error;
  const advice = code === 'unauthorized' ? explainUnauthorized(plan, callerHeaders) : explainForbidden(plan);
  return new ZxpError(code, message, {
    cause,
    evidence,
    authRequest,
    hint: advice,
    ...(statusCode === undefined ? {} : { statusCode }),
  });
}

function explainForbidden({ credential }: PreparedRequest): string {
  return credential === undefined
    ? "check what the scraper's user may do"
    : `check what the user of the module's own credentials (${nameKey(credential)}) may do`;
}

function explainUnauthorized(
  { credential, headers, passesAuthorization }: PreparedRequest,
  caller: HeaderList,
): string {
  if (credential !== undefined) return `the module's own credentials were rejected: check ${nameKey(credential)}`;
  if (hasAuthorization(headers)) return 'check Authorization in headers of the module';
  if (!passesAuthorization) return "the module does not forward the scraper's credentials, and has none of its own";
  return hasAuthorization(caller)
    ? 'check the credentials that the scraper sends'
    : 'the scraper sent no credentials: set basic_auth or authorization in its scrape config';
}

/** The key of the configuration. */
function nameKey(credential: string): string {
  return credential === 'basic' || credential === 'digest' ? `${credential}_auth` : credential;
}

function hasAuthorization(headers: HeaderList): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'authorization');
}
