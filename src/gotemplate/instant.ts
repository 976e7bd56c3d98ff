import { instantOfWallClock, type Zone } from '../golang/time-zone.js';
import { Failure } from './errors.js';

const nanosecondsPerSecond = 1_000_000_000n;
/** Some 270,000 years before and after 1970; a Date cannot be much further away. */
const maxNanoseconds = 8_600_000_000_000_000_000_000n;

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
  const seconds = instantOfWallClock(Math.floor(wallClock.getTime() / 1000), zone);
  return new Instant(BigInt(seconds) * nanosecondsPerSecond + BigInt(nanosecond), zone);
}
