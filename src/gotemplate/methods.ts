import { utc } from '../golang/time-zone.js';
import { Instant, instantFromWallClock } from './instant.js';
import { dayOfYear, formatLayout, midnight } from './layout.js';
import { escapeQuery } from './quote.js';
import { define, dict, type FunctionGroup, integer, text, time } from './signature.js';
import { isList, Parameters, type Value } from './values.js';

/** Methods of a time, `{{ now.Unix }}`, as Go's time.Time has them; the receiver is the first argument. */
export const timeMethods: FunctionGroup = {
  Unix: define({ meaning: 'seconds since 1970', takes: [time], call: ([at]) => at.seconds }),
  UnixMilli: define({
    meaning: 'milliseconds since 1970',
    takes: [time],
    call: ([at]) => floorDivide(at.nanoseconds, 1_000_000n),
  }),
  UnixMicro: define({
    meaning: 'microseconds since 1970',
    takes: [time],
    call: ([at]) => floorDivide(at.nanoseconds, 1000n),
  }),
  UnixNano: define({ meaning: 'nanoseconds since 1970', takes: [time], call: ([at]) => at.nanoseconds }),
  Format: define({
    meaning: 'the time in a Go layout',
    takes: [time, text],
    call: ([at, layout]) => formatLayout(at, layout),
  }),
  UTC: define({ meaning: 'the same moment in UTC', takes: [time], gives: time, call: ([at]) => at.in(utc) }),
  Local: define({
    meaning: 'the same moment in local time',
    takes: [time],
    gives: time,
    call: ([at], { local }) => at.in(local),
  }),
  Add: define({
    meaning: 'the time so many nanoseconds later',
    takes: [time, integer],
    gives: time,
    call: ([at, nanoseconds]) => new Instant(at.nanoseconds + nanoseconds, at.zone),
  }),
  AddDate: define({
    meaning: 'the time so many years, months and days later',
    takes: [time, integer, integer, integer],
    gives: time,
    call: ([at, years, months, days]) => {
      const wall = at.wallClock;
      const timeOfDay = wall.getTime() - new Date(wall).setUTCHours(0, 0, 0, 0);
      const [year, month, day] = [
        wall.getUTCFullYear() + Number(years),
        wall.getUTCMonth() + Number(months),
        wall.getUTCDate() + Number(days),
      ];
      return instantFromWallClock(new Date(midnight(year, month, day) + timeOfDay), at.zone, at.nanosecond);
    },
  }),
  Year: define({ meaning: 'the year', takes: [time], call: ([at]) => BigInt(at.wallClock.getUTCFullYear()) }),
  YearDay: define({ meaning: 'the day of the year', takes: [time], call: ([at]) => BigInt(dayOfYear(at.wallClock)) }),
  Day: define({ meaning: 'the day of the month', takes: [time], call: ([at]) => BigInt(at.wallClock.getUTCDate()) }),
  Hour: define({ meaning: 'the hour, 0 to 23', takes: [time], call: ([at]) => BigInt(at.wallClock.getUTCHours()) }),
  Minute: define({ meaning: 'the minute', takes: [time], call: ([at]) => BigInt(at.wallClock.getUTCMinutes()) }),
  Second: define({ meaning: 'the second', takes: [time], call: ([at]) => BigInt(at.wallClock.getUTCSeconds()) }),
};

/** Methods of the query parameters, `{{ .Get "name" }}`, as Go's url.Values has them. */
export const parameterMethods: FunctionGroup = {
  Get: define({
    meaning: 'the first value of a parameter, empty when it is absent',
    takes: [dict, text],
    call: ([parameters, name]) => firstOf(parameters.get(name)),
  }),
  Has: define({
    meaning: 'whether there is such a parameter',
    takes: [dict, text],
    call: ([parameters, name]) => parameters.entries.has(name),
  }),
  Encode: define({
    meaning: 'all parameters as the query of a URL',
    takes: [dict],
    call: ([parameters]) => {
      const pairs = parameters.sortedKeys().flatMap((key) => {
        const values = parameters.get(key);
        return isList(values) ? values.map((value) => `${escapeQuery(key)}=${escapeQuery(String(value))}`) : [];
      });
      return pairs.join('&');
    },
  }),
};

/** Every name that may take arguments behind a dot. */
export const methodNames: ReadonlySet<string> = new Set([
  ...Object.keys(parameterMethods),
  ...Object.keys(timeMethods),
]);

/** The method of this name that a value has, or undefined. */
export function methodOf(value: Value, name: string) {
  const methods = value instanceof Parameters ? parameterMethods : value instanceof Instant ? timeMethods : {};
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
}

function firstOf(values: Value): Value {
  return isList(values) ? (values[0] ?? '') : '';
}

function floorDivide(value: bigint, by: bigint): bigint {
  return (value - (((value % by) + by) % by)) / by;
}
