import { utc, type Zone } from '../../golang/time-zone.js';
import { compileLayout } from './date-layout.js';

/** Reads text as a date; Unix seconds, or undefined where it is none. */
export type DateReader = (text: string) => number | undefined;

/** No date is longer; a bound for the texts that a document sends. */
const MAX_LENGTH = 256;

const UNITS_PER_SECOND: ReadonlyMap<string, number> = new Map([
  ['unix', 1],
  ['unix_ms', 1e3],
  ['unix_us', 1e6],
  ['unix_ns', 1e9],
]);

/** What a `date` may say, for messages. */
export const dateFormats = 'rfc3339, http, unix, unix_ms, unix_us, unix_ns, or a layout such as %Y-%m-%d %H:%M:%S';

/**
 * The reader for a format: `rfc3339`, `http` (RFC 9110's dates), `unix` with its fractions, or a layout of strptime's
 * directives, in `zone` unless `%Z` reads an offset. Undefined where there is no such format.
 */
export function createDateReader(format: string, zone: Zone = utc): DateReader | undefined {
  const read = findReader(format, zone);
  if (read === undefined) return undefined;
  return (text) => {
    const seconds = text.length > MAX_LENGTH ? undefined : read(text.trim());
    return seconds !== undefined && Number.isFinite(seconds) ? seconds : undefined;
  };
}

function findReader(format: string, zone: Zone): DateReader | undefined {
  const unitsPerSecond = UNITS_PER_SECOND.get(format);
  if (unitsPerSecond !== undefined) return (text) => readUnix(text, unitsPerSecond);
  if (format === 'rfc3339') return readRfc3339;
  if (format === 'http') return readHttpDate;
  return compileLayout(format, zone);
}

/** Divided, not multiplied by a fraction: that would round twice. */
function readUnix(text: string, unitsPerSecond: number): number | undefined {
  return /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text) ? Number(text) / unitsPerSecond : undefined;
}

const RFC3339 = /^(\d{4}-\d\d-(\d\d))[Tt ]((?:[01]\d|2[0-3]):\d\d:\d\d)(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/;

/** Digits beyond the milliseconds count as well. */
function readRfc3339(text: string): number | undefined {
  const [, date = '', day, time, fraction = '', zone = ''] = RFC3339.exec(text) ?? [];
  // Date.parse takes 30 February for 1 March.
  if (new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(day)) return undefined;
  const seconds = Date.parse(`${date}T${time}${zone.toUpperCase()}`) / 1000;
  return fraction === '' ? seconds : seconds + Number(fraction);
}

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const DAYS = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
/** RFC 9110, 5.6.7: the form of today, and the two that are obsolete. */
const HTTP_DATES = [
  new RegExp(`^(?:${DAYS}), \\d\\d (?:${MONTHS}) \\d{4} \\d\\d:\\d\\d:\\d\\d GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d\\d-(?:${MONTHS})-\\d\\d \\d\\d:\\d\\d:\\d\\d GMT$`),
  new RegExp(`^(?:${DAYS}) (?:${MONTHS}) [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}$`),
];

function readHttpDate(text: string): number | undefined {
  if (!HTTP_DATES.some((form) => form.test(text))) return undefined;
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) / 1000;
}
