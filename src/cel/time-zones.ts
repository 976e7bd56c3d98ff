/** A name of the IANA database; Node accepts it in any case, cel-go as it is written. */
const ZONE_NAME = /^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/;
const OFFSET = /^([+-]?\d{1,2}):\+?(\d{1,2})$/;
const MAX_CACHED = 64;
const NO_OFFSET = 0;

/** The offset of a zone from UTC at a moment, in seconds; undefined where there is no such zone. */
export type ZoneOffset = (zone: string, epochMs: number) => number | undefined;

/**
 * Zones as cel-go has them: a name of the IANA database, `UTC`, `Local`, nothing for UTC, or an offset such as `-02:00`.
 * Remembers the last zones, whose names may come from a document.
 */
export function createZoneOffset(): ZoneOffset {
  const formats = new Map<string, Intl.DateTimeFormat | undefined>();
  const findFormat = (zone: string) => {
    if (formats.has(zone)) return formats.get(zone);
    if (formats.size >= MAX_CACHED) formats.clear();
    const format = openZone(zone);
    formats.set(zone, format);
    return format;
  };
  return (zone, epochMs) => {
    if (zone === '' || zone === 'UTC') return NO_OFFSET;
    if (zone.includes(':')) return readOffset(zone);
    const format = findFormat(zone);
    return format === undefined ? undefined : measureOffset(format, epochMs);
  };
}

function readOffset(text: string): number | undefined {
  const match = OFFSET.exec(text);
  const hours = Number(match?.[1]);
  const minutes = Number(match?.[2]);
  if (match === null || Math.abs(hours) > 23 || minutes > 59) return undefined;
  return (hours * 60 + (text.startsWith('-') ? -minutes : minutes)) * 60;
}

function openZone(zone: string): Intl.DateTimeFormat | undefined {
  if (!ZONE_NAME.test(zone)) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone === 'Local' ? undefined : zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
}

function measureOffset(format: Intl.DateTimeFormat, epochMs: number): number {
  const wholeMs = Math.floor(epochMs / 1000) * 1000;
  const parts = new Map(format.formatToParts(wholeMs).map(({ type, value }) => [type, value]));
  const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type) ?? 0);
  const year = parts.get('era') === 'BC' ? 1 - read('year') : read('year');
  const local = new Date(0);
  local.setUTCFullYear(year, read('month') - 1, read('day'));
  local.setUTCHours(read('hour'), read('minute'), read('second'));
  return (local.getTime() - wholeMs) / 1000;
}
