import { ZxpError } from '../model/errors.js';
import { isHeaderValue } from '../model/header-syntax.js';
import type { HeaderList } from '../model/ports.js';

const MAX_HEADER_BYTES = 8 * 1024;

/**
 * The caller's `Authorization`, and the headers of `names` (in lower case), as they came over the wire, from the raw
 * headers: the parsed view hides a second one. Throws `request` where there are two of the first, where one has control
 * characters, or is over 8 KiB; no message repeats any.
 */
export function readForwardedHeaders(rawHeaders: readonly string[], names: readonly string[] = []): HeaderList {
  const others = names.flatMap((name) => listValues(rawHeaders, name).map((value) => check(name, value)));
  const authorization = readAuthorization(rawHeaders);
  return authorization === undefined ? others : [['authorization', authorization], ...others];
}

/** The caller's `Authorization` alone; undefined where there is none, or an empty one. Throws as above. */
export function readAuthorization(rawHeaders: readonly string[]): string | undefined {
  const [value, ...more] = listValues(rawHeaders, 'authorization');
  if (more.length > 0) throw invalid('the request has two Authorization headers', 'send one');
  return value === undefined || value === '' ? undefined : check('authorization', value)[1];
}

function check(name: string, value: string): readonly [name: string, value: string] {
  const label = name === 'authorization' ? 'Authorization' : name;
  if (value.length > MAX_HEADER_BYTES) throw invalid(`the ${label} header is over 8 KiB`, 'send a shorter one');
  if (!isHeaderValue(value)) throw invalid(`the ${label} header has a control character`, 'take it out');
  return [name, value];
}

/**
 * The milliseconds that a scrape may take by `X-Prometheus-Scrape-Timeout-Seconds`, less `offsetMs` for the way back
 * (all of it where the offset would leave nothing). Undefined without the header; throws `request` where it is not a
 * number of seconds.
 */
export function readScrapeTimeout(header: string | string[] | undefined, offsetMs: number): number | undefined {
  if (header === undefined) return undefined;
  const timeoutMs =
    typeof header === 'string' && /^\d+(\.\d+)?([eE][-+]?\d+)?$/.test(header) ? Number(header) * 1000 : 0;
  if (!(timeoutMs > 0 && Number.isFinite(timeoutMs))) {
    throw invalid('X-Prometheus-Scrape-Timeout-Seconds is not a positive number of seconds', 'leave it out');
  }
  return timeoutMs > offsetMs ? timeoutMs - offsetMs : timeoutMs;
}

/** A header as one text; several lines of it are a list (RFC 9110, 5.3). */
export function joinHeader(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}

function listValues(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

function invalid(message: string, hint: string): ZxpError {
  return new ZxpError('request', message, { hint });
}

/** The parameters of the URL, decoded. */
export function readQuery(request: { readonly url: string }): URLSearchParams {
  const start = request.url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : request.url.slice(start + 1));
}
