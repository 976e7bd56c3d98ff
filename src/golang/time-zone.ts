/** Clocks change on a quarter of an hour: within one the offset is the same, and need not be formatted again. */
const QUARTER_SECONDS = 900;
const MAX_KNOWN = 10_000;

/** How far a time zone is from UTC at a moment, and what it is called then. Moments are seconds since 1970. */
export interface Zone {
  offsetSecondsAt(epochSeconds: number): number;
  abbreviationAt(epochSeconds: number): string;
}

/** The moment, in seconds since 1970, at which a clock in `zone` shows `wallSeconds`; near a change of the clock either one. */
export function instantOfWallClock(wallSeconds: number, zone: Zone): number {
  const guess = wallSeconds - zone.offsetSecondsAt(wallSeconds);
  return wallSeconds - zone.offsetSecondsAt(guess);
}

/** UTC itself. */
export const utc: Zone = { offsetSecondsAt: () => 0, abbreviationAt: () => 'UTC' };

/** A zone that is always this far from UTC; it has no name but its offset. */
export function fixedZone(offsetSeconds: number): Zone {
  return { offsetSecondsAt: () => offsetSeconds, abbreviationAt: () => shortOffset(offsetSeconds).padEnd(5, '0') };
}

/** The zone of an IANA name, or undefined. Abbreviations are those of English-speaking locales, else the offset. */
export function namedZone(name: string): Zone | undefined {
  if (name === 'UTC' || name === '') return utc;
  const offsets = formatter(name, 'en-US', 'longOffset');
  if (offsets === undefined) return undefined;
  const readOffset = (epochSeconds: number): number => {
    const [, sign, hours, minutes, seconds] =
      /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(zonePart(offsets, epochSeconds)) ?? [];
    const distance = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
    return sign === '-' ? -distance : distance;
  };
  const known = new Map<number, number>();
  const offsetSecondsAt = (epochSeconds: number): number => {
    const quarter = Math.floor(epochSeconds / QUARTER_SECONDS);
    const offset = known.get(quarter) ?? readOffset(epochSeconds);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(quarter, offset);
    return offset;
  };
  let names: readonly (Intl.DateTimeFormat | undefined)[] | undefined;
  const abbreviationAt = (epochSeconds: number): string => {
    names ??= ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA'].map((locale) => formatter(name, locale, 'short'));
    const abbreviations = names.map((each) => (each === undefined ? '' : zonePart(each, epochSeconds)));
    return abbreviations.find((each) => /^[A-Z]{3,5}$/.test(each)) ?? shortOffset(offsetSecondsAt(epochSeconds));
  };
  return { offsetSecondsAt, abbreviationAt };
}

function formatter(timeZone: string, locale: string, style: 'longOffset' | 'short'): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: style });
  } catch {
    return undefined;
  }
}

function zonePart(format: Intl.DateTimeFormat, epochSeconds: number): string {
  const parts = format.formatToParts(epochSeconds * 1000);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}

/** `+02`, or `+0530` where minutes are needed. */
function shortOffset(offsetSeconds: number): string {
  const minutes = Math.trunc(Math.abs(offsetSeconds) / 60);
  const hours = `${offsetSeconds < 0 ? '-' : '+'}${String(Math.trunc(minutes / 60)).padStart(2, '0')}`;
  return minutes % 60 === 0 ? hours : hours + String(minutes % 60).padStart(2, '0');
}
