import { refuseNextUrl } from '../model/credential-policy.js';
import { toZxpError, ZxpError } from '../model/errors.js';
import { takesTooLong } from '../model/work.js';
import { nameOrigin } from '../net/local-url.js';

/** The failure with the request that it is of; why it failed stays. Those of the scrape as a whole stay as they are. */
export function explain(thrown: unknown, what: string, statusCode?: number): ZxpError {
  const error = toZxpError(thrown);
  const { code, message, hint, evidence, cause } = error;
  if (code === 'cancelled' || code === 'timeout' || code === 'internal' || error === takesTooLong) return error;
  const status = error.statusCode ?? statusCode;
  return new ZxpError(code, `${what}: ${message}`, {
    cause,
    hint,
    evidence,
    ...(status === undefined ? {} : { statusCode: status }),
  });
}

/** Throws `redirect` for a URL that may not have the credentials of the first request. */
export function checkNextUrl(first: URL, next: URL, what: string): void {
  const refusal = refuseNextUrl(first, next, nameOrigin);
  if (refusal === undefined) return;
  throw new ZxpError('redirect', `${what}: the upstream names ${refusal}`, {
    hint: 'pages and follow stay on the scheme, host and port of the target, with its credentials',
  });
}
