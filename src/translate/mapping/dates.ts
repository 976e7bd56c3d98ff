import { utcParse } from 'd3-time-format';

/** Reads text as a date; Unix seconds, or undefined where it is none. */
export type DateReader = (text: string) => number | undefined;

const UNIX_FACTORS: ReadonlyMap<string, number> = new Map([
  ['unix', 1],
  ['unix_ms', 1e-3],
  ['unix_us', 1e-6],
  ['unix_ns', 1e-9],
]);
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/;
const DIRECTIVES = /%[-_0]?[aAbBcdefgGHIjLmMpqQsSuUVwWxXyYZ%]/;

/** What a `date` may say, for messages. */
export const dateFormats = 'rfc3339, http, unix, unix_ms, unix_us, unix_ns, or a layout such as %Y-%m-%d %H:%M:%S';

/**
 * The reader for a format: `rfc3339`, `http` (RFC 9110's dates), `unix` with its fractions, or a layout of strptime's
 * directives, in UTC unless `%Z` reads an offset. Undefined where there is no such format.
 */
export function createDateReader(format: string): DateReader | undefined {
  const factor = UNIX_FACTORS.get(format);
  if (factor !== undefined) return (text) => scale(text, factor);
  if (format === 'rfc3339')
    return (text) => (RFC3339.test(text) ? toSeconds(Date.parse(text.replace(' ', 'T'))) : undefined);
  if (format === 'http') return (text) => (/GMT$/.test(text) ? toSeconds(Date.parse(text)) : undefined);
  if (!DIRECTIVES.test(format)) return undefined;
  const parse = utcParse(format);
  return (text) => {
    const date = parse(text);
    return date === null ? undefined : toSeconds(date.getTime());
  };
}

/** The units of nanoseconds and their like are divided as decimals: a factor would round twice. */
function scale(text: string, factor: number): number | undefined {
  if (!/^\s*[-+]?\d+(\.\d+)?(e[-+]?\d+)?\s*$/i.test(text)) return undefined;
  return Number(text) / Math.round(1 / factor);
}

function toSeconds(milliseconds: number): number | undefined {
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
