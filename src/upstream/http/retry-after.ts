import type { IncomingHttpHeaders } from 'node:http';

/**
 * The seconds that `Retry-After` asks for (RFC 9110, 10.2.3): a number of them, or a date, which is as far away as it is
 * from the `Date` of the same reply, so that clocks that differ do not count. Undefined for what is neither, and for a
 * date without another beside it.
 */
export function readRetryAfter(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const seconds = (parseHttpDate(text) - parseHttpDate(headers.date ?? '')) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** Milliseconds since 1970 of a date in any of HTTP's three forms; NaN for other text. */
function parseHttpDate(text: string): number {
  return /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(/GMT$/.test(text) ? text : `${text} GMT`) : Number.NaN;
}
