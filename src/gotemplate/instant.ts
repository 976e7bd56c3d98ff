import { Failure } from './errors.js';

const nanosecondsPerSecond = 1_000_000_000n;
/** Some 270,000 years before and after 1970; a Date cannot be much further away. */
const maxNanoseconds = 8_600_000_000_000_000_000_000n;

/** How far a time zone is from UTC at a moment, and what it is called then. Moments are seconds since 1970. */
export interface Zone {
  offsetSecondsAt(epochSeconds: number): number;
  abbreviationAt(epochSeconds: number): string;
}

/** A moment, to the nanosecond, seen in a time zone: Go's time.Time. Throws a Failure for one too far away. */
export class Instant {
  readonly nanoseconds: bigint;
  readonly zone: Zone;

  constructor(nanoseconds: bigint, zone: Zone) {
    if (nanoseconds > maxNanoseconds || nanoseconds < -maxNanoseconds) throw new Failure('the time is too far away');
    this.nanoseconds = nanoseconds;
    this.zone = zone;
  }

  static fromSeconds(seconds: bigint, zone: Zone): Instant {
    return new Instant(seconds * nanosecondsPerSecond, zone);
  }

  /** Whole seconds since 1970, rounded down. */
  get seconds(): bigint {
    return (this.nanoseconds - BigInt(this.nanosecond)) / nanosecondsPerSecond;
  }

  /** Nanoseconds within the second. */
  get nanosecond(): number {
    const rest = this.nanoseconds % nanosecondsPerSecond;
    return Number(rest < 0n ? rest + nanosecondsPerSecond : rest);
  }

  get offsetSeconds(): number {
    return this.zone.offsetSecondsAt(Number(this.seconds));
  }

  /** A Date whose UTC fields are what a clock in this zone shows. */
  get wallClock(): Date {
    return new Date((Number(this.seconds) + this.offsetSeconds) * 1000);
  }

  in(zone: Zone): Instant {
    return new Instant(this.nanoseconds, zone);
  }
}

/** The moment at which a clock in `zone` shows what the UTC fields of `wallClock` say. */
export function instantFromWallClock(wallClock: Date, zone: Zone, nanosecond = 0): Instant {
  if (Number.isNaN(wallClock.getTime())) throw new Failure('the time is too far away');
  const wallSeconds = Math.floor(wallClock.getTime() / 1000);
  const guess = wallSeconds - zone.offsetSecondsAt(wallSeconds);
  const seconds = wallSeconds - zone.offsetSecondsAt(guess);
  return new Instant(BigInt(seconds) * nanosecondsPerSecond + BigInt(nanosecond), zone);
}

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
  const offsetSecondsAt = (epochSeconds: number): number => {
    const [, sign, hours, minutes, seconds] =
      /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(zonePart(offsets, epochSeconds)) ?? [];
    const distance = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
    return sign === '-' ? -distance : distance;
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
