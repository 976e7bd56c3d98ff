import { formatGoSeconds, isGoDuration, parseGoDuration } from '../../golang/duration.js';
import { namedZone, utc, type Zone } from '../../golang/time-zone.js';
import { Failure } from '../errors.js';
import { Instant } from '../instant.js';
import { formatLayout } from '../layout.js';
import { parseLayout } from '../layout-parser.js';
import { anything, define, type Environment, type FunctionGroup, text, time } from '../signature.js';
import type { Value } from '../values.js';

const zeroTime = -62_135_596_800n;

const dateInZone = define({
  meaning: 'dateInZone LAYOUT TIME ZONE: as date, in a zone such as Europe/Berlin',
  takes: [text, anything, text],
  call: ([layout, at, zone], use) => write(toInstant(at, use).in(findZone(zone, use)), layout, use),
});
const dateModify = define({
  meaning: 'dateModify DURATION TIME: so much later, "-1h30m" for earlier',
  takes: [text, time],
  gives: time,
  call: ([duration, at]) => later(at, toDuration(duration) ?? 0n),
});
const mustDateModify = define({
  meaning: 'as dateModify, fails for what is no duration',
  takes: [text, time],
  gives: time,
  call: ([duration, at]) => later(at, toDuration(duration) ?? fail('the text is no duration')),
});

/** Dates. A layout shows how Go's reference time, Mon Jan 2 15:04:05 MST 2006, is to be written. */
export const dateFunctions: FunctionGroup = {
  now: define({ meaning: 'the time of the request', takes: [], gives: time, call: (_, use) => now(use) }),
  date: define({
    meaning: 'date LAYOUT TIME: a time, or seconds since 1970, in local time; now for anything else',
    takes: [text, anything],
    call: ([layout, at], use) => write(toInstant(at, use).in(use.local), layout, use),
  }),
  dateInZone,
  date_in_zone: dateInZone,
  htmlDate: define({
    meaning: 'the date as 2006-01-02',
    takes: [anything],
    call: ([at], use) => write(toInstant(at, use).in(use.local), '2006-01-02', use),
  }),
  htmlDateInZone: define({
    meaning: 'htmlDateInZone TIME ZONE',
    takes: [anything, text],
    call: ([at, zone], use) => write(toInstant(at, use).in(findZone(zone, use)), '2006-01-02', use),
  }),
  dateModify,
  date_modify: dateModify,
  mustDateModify,
  must_date_modify: mustDateModify,
  unixEpoch: define({ meaning: 'seconds since 1970, as text', takes: [time], call: ([at]) => String(at.seconds) }),
  toDate: define({
    meaning: 'toDate LAYOUT TEXT: the time that text names, year 1 for what is none',
    takes: [text, text],
    gives: time,
    call: ([layout, s], use) => read(layout, s, use) ?? Instant.fromSeconds(zeroTime, utc),
  }),
  mustToDate: define({
    meaning: 'as toDate, fails for what is none',
    takes: [text, text],
    gives: time,
    call: ([layout, s], use) => read(layout, s, use) ?? fail('the text does not fit the layout'),
  }),
  duration: define({
    meaning: 'seconds, given as text or computed, as 1h0m5s',
    takes: [anything],
    check: ([seconds]) => (typeof seconds === 'bigint' ? literalSeconds(seconds) : undefined),
    call: ([seconds]) => formatGoSeconds(toSeconds(seconds)),
  }),
  ago: define({
    meaning: 'how long ago a time was, as 1h0m5s',
    takes: [anything],
    call: ([at], use) => formatGoSeconds(roundToSeconds(now(use).nanoseconds - toInstant(at, use).nanoseconds)),
  }),
};

function now({ now: clock, local }: Environment): Instant {
  return new Instant(BigInt(clock().getTime()) * 1_000_000n, local);
}

function toInstant(value: Value, use: Environment): Instant {
  if (value instanceof Instant) return value;
  return typeof value === 'bigint' ? Instant.fromSeconds(value, use.local) : now(use);
}

function write(at: Instant, layout: string, { budget }: Environment): string {
  budget.spendCalendar();
  return formatLayout(at, layout);
}

function read(layout: string, s: string, { local, budget }: Environment): Instant | undefined {
  budget.spendCalendar();
  return parseLayout({ layout, text: s, local });
}

function findZone(name: string, { local, budget }: Environment): Zone {
  budget.spendCalendar(10);
  return name === 'Local' ? local : (namedZone(name) ?? utc);
}

function later(at: Instant, nanoseconds: bigint): Instant {
  return new Instant(at.nanoseconds + nanoseconds, at.zone);
}

function toSeconds(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' && /^[+-]?\d{1,18}$/.test(value) ? BigInt(value.replace('+', '')) : 0n;
}

function literalSeconds(seconds: bigint): Failure {
  return new Failure(
    'a literal number must be in quotes (json_exporter makes 0s of it)',
    `write duration "${seconds}"`,
  );
}

function roundToSeconds(nanoseconds: bigint): bigint {
  const half = nanoseconds < 0n ? -500_000_000n : 500_000_000n;
  return (nanoseconds + half) / 1_000_000_000n;
}

function fail(message: string): never {
  throw new Failure(message);
}

function toDuration(text: string): bigint | undefined {
  const nanoseconds = parseGoDuration(text);
  return nanoseconds !== undefined && isGoDuration(nanoseconds) ? nanoseconds : undefined;
}
