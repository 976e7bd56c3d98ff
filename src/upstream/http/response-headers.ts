import type { IncomingHttpHeaders } from 'node:http';
import type { HeaderList } from '../../model/ports.js';

/**
 * What a header means that came more than once: its first value, or all of them joined as one list (RFC 9110, 5.3). What
 * is not here is read by `listHeader`.
 */
const RULES = {
  'content-type': 'first',
  date: 'first',
  location: 'first',
  'content-encoding': 'list',
  'www-authenticate': 'list',
  'set-cookie': 'each',
  'retry-after': 'each',
} as const satisfies Readonly<Record<string, 'first' | 'list' | 'each'>>;

type SingleHeader = {
  [Name in keyof typeof RULES]: (typeof RULES)[Name] extends 'each' ? never : Name;
}[keyof typeof RULES];

/** The value of a response header, however often it came; undefined where it did not. */
export function readHeader(headers: IncomingHttpHeaders, name: SingleHeader): string | undefined {
  const values = listHeader(headers, name);
  return RULES[name] === 'first' ? values[0] : values.length === 0 ? undefined : values.join(', ');
}

/** Every value of a response header, in order; names are in lower case. */
export function listHeader(headers: IncomingHttpHeaders, name: string): readonly string[] {
  const values: string | string[] | undefined = headers[name];
  return values === undefined ? [] : Array.isArray(values) ? values : [values];
}

/** All response headers as they came, but for the order of their names. */
export function listHeaders(headers: IncomingHttpHeaders): HeaderList {
  return Object.keys(headers).flatMap((name) => listHeader(headers, name).map((value) => [name, value] as const));
}

/** A date of HTTP is no longer, in any of its three forms. */
const MAX_DATE_CHARACTERS = 64;

/**
 * The seconds that `Retry-After` names (RFC 9110, 10.2.3), the longest time where there are several: a number of them, or
 * a date, which is as far away as it is from the `Date` of the same response, so that clocks that differ do not count.
 * Undefined for what is neither, and for a date without another one.
 */
export function readRetryAfter(headers: IncomingHttpHeaders): number | undefined {
  const times = listHeader(headers, 'retry-after').map((text) => readDelay(text.trim(), readHeader(headers, 'date')));
  const seconds = times.filter((each) => each !== undefined);
  return seconds.length === 0 ? undefined : Math.max(...seconds);
}

function readDelay(text: string, date: string | undefined): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const seconds = (parseHttpDate(text) - parseHttpDate(date ?? '')) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** Milliseconds since 1970 of a date in any of HTTP's three forms; NaN for other text. */
function parseHttpDate(text: string): number {
  if (text.length > MAX_DATE_CHARACTERS || !/^[A-Z][a-z]{2,8},? /.test(text)) return Number.NaN;
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
