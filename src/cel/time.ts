import { isGoDuration, parseGoDuration } from '../golang/duration.js';
import { formatNumber } from '../golang/number.js';
import { Duration, EvaluationError, Timestamp } from './values.js';

const SECOND = 1_000_000_000n;
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;
const MAX_TEXT = 200;

const outOfRange = new EvaluationError('the timestamp is out of range');
const durationRange = new EvaluationError('the duration is out of range');
const noTimestamp = new EvaluationError('the text is not a timestamp, such as 2024-02-29T12:34:56Z');
const noDuration = new EvaluationError('the text is not a duration, such as 1h30m');

/** A timestamp of so many nanoseconds since 1970, from the year 1 to 9999. */
export function makeTimestamp(nanoseconds: bigint, offsetSeconds = 0): Timestamp | EvaluationError {
  const seconds = floorSeconds(nanoseconds);
  return seconds < MIN_SECONDS || seconds > MAX_SECONDS ? outOfRange : new Timestamp(nanoseconds, offsetSeconds);
}

/** A timestamp of whole seconds. */
export function timestampOfSeconds(seconds: bigint): Timestamp | EvaluationError {
  return makeTimestamp(seconds * SECOND);
}

/** A duration of so many nanoseconds, within 64 bits. */
export function makeDuration(nanoseconds: bigint): Duration | EvaluationError {
  return isGoDuration(nanoseconds) ? new Duration(nanoseconds) : durationRange;
}

/** Whole seconds since 1970, rounded down. */
export function floorSeconds(nanoseconds: bigint): bigint {
  const seconds = nanoseconds / SECOND;
  return seconds * SECOND > nanoseconds ? seconds - 1n : seconds;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Reads RFC 3339, digits beyond nanoseconds left out. */
export function parseTimestamp(text: string): Timestamp | EvaluationError {
  const match = text.length > MAX_TEXT ? null : RFC3339.exec(text);
  if (match === null) return noTimestamp;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isDate || !isTime || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return noTimestamp;
  const offset = (Number(offsetHour) * 3600 + Number(offsetMinute) * 60) * (sign === '-' ? -1 : 1);
  const ofDay = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const seconds = BigInt(date.getTime() / 1000 + ofDay - offset);
  return makeTimestamp(seconds * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0')), offset);
}

/** RFC 3339 with as many digits of the second as are needed, at the offset that the timestamp has. */
export function formatTimestamp({ nanoseconds, offsetSeconds }: Timestamp): string {
  const seconds = floorSeconds(nanoseconds);
  const fraction = (nanoseconds - seconds * SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  const local = new Date((Number(seconds) + offsetSeconds) * 1000).toISOString().slice(0, 19);
  return `${local}${fraction === '' ? '' : `.${fraction}`}${formatOffset(offsetSeconds)}`;
}

function formatOffset(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'Z';
  const minutes = Math.abs(offsetSeconds) / 60;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${offsetSeconds < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** Reads a duration as Go writes it: `1h30m`, `-1.5s`, `0`. */
export function parseDuration(text: string): Duration | EvaluationError {
  const nanoseconds = parseGoDuration(text);
  return nanoseconds === undefined ? noDuration : makeDuration(nanoseconds);
}

/** Seconds as a decimal with `s`: `5400s`, `0.001s`. */
export function formatDuration({ nanoseconds }: Duration): string {
  return `${formatNumber(secondsOf(nanoseconds), 'decimal')}s`;
}

/** Seconds of a duration, or since 1970, as a double. */
export function secondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / SECOND) + Number(nanoseconds % SECOND) / 1e9;
}
