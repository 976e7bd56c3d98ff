import { type FailureReason, ZxpError } from '../model/errors.js';

/** Whether the body of a response with this status is a document: 2xx, or one of those that the module lists. */
export function isWantedStatus(statusCode: number, validStatusCodes: readonly number[]): boolean {
  return validStatusCodes.length === 0 ? statusCode >= 200 && statusCode <= 299 : validStatusCodes.includes(statusCode);
}

/** Throws unless the status is wanted: what else a server says is never decoded. */
export function checkStatus(statusCode: number, validStatusCodes: readonly number[]): void {
  if (isWantedStatus(statusCode, validStatusCodes)) return;
  const fail = (code: FailureReason, message: string, hint: string) => new ZxpError(code, message, { hint });
  switch (statusCode) {
    case 401:
      throw fail('unauthorized', 'the upstream answered 401', 'check the credentials that the scraper sends');
    case 403:
      throw fail('forbidden', 'the upstream answered 403', "check what the scraper's user may do");
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      throw fail('redirect', `the upstream answered ${statusCode}`, 'redirects are not followed: name the final URL');
    default:
      throw fail(
        'status',
        `the upstream answered ${statusCode}`,
        'ask the upstream with curl and look at what it says',
      );
  }
}
