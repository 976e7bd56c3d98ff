import { formatGoFloat, parseGoBool, parseGoFloat, parseGoInt } from '../golang/number.js';
import { makeInt, makeUint } from './arithmetic.js';
import type { Budget } from './budget.js';
import {
  floorSeconds,
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  timestampOfSeconds,
} from './time.js';
import { Bytes, Duration, EvaluationError, Timestamp, Uint } from './values.js';

const noInt = new EvaluationError('the text is not an int');
const noUint = new EvaluationError('the text is not a uint');
const noDouble = new EvaluationError('the text is not a double');
const noBool = new EvaluationError('the text is not a bool');
const noText = new EvaluationError('the bytes are not UTF-8');
const outOfRange = new EvaluationError('the double is out of the range of an integer');

/** A conversion, `int(x)` and the like: undefined where there is none for the kind of value. */
export type Conversion = (value: unknown, budget: Budget) => unknown;

export const toInt: Conversion = (value) => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    return value > -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : outOfRange;
  }
  if (typeof value === 'string') return parseGoInt(value) ?? noInt;
  if (value instanceof Uint) return makeInt(value.value);
  if (value instanceof Timestamp) return floorSeconds(value.nanoseconds);
  return value instanceof Duration ? value.nanoseconds : undefined;
};

export const toUint: Conversion = (value) => {
  if (value instanceof Uint) return value;
  if (typeof value === 'bigint') return makeUint(value);
  if (typeof value === 'number') {
    return value >= 0 && value < 2 ** 64 ? makeUint(BigInt(Math.trunc(value))) : outOfRange;
  }
  if (typeof value !== 'string') return undefined;
  return /^\d{1,40}$/.test(value) ? makeUint(BigInt(value)) : noUint;
};

export const toDouble: Conversion = (value) => {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') return parseGoFloat(value) ?? noDouble;
  return value instanceof Uint ? Number(value.value) : undefined;
};

export const toBool: Conversion = (value) => {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? (parseGoBool(value) ?? noBool) : undefined;
};

export const toText: Conversion = (value, budget) => {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return formatGoFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (value instanceof Uint) return String(value.value);
      if (value instanceof Timestamp) return formatTimestamp(value);
      if (value instanceof Duration) return formatDuration(value);
      return value instanceof Bytes ? decodeText(value.bytes, budget) : undefined;
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array, budget: Budget): string | EvaluationError {
  budget.chargeText(bytes.length);
  try {
    return utf8.decode(bytes);
  } catch {
    return noText;
  }
}

export const toBytes: Conversion = (value, budget) => {
  if (value instanceof Bytes) return value;
  if (typeof value !== 'string') return undefined;
  budget.chargeText(value.length);
  return new Bytes(Buffer.from(value));
};

/** What reading a date or a duration costs, in nodes. */
const TIME_UNITS = 20;

export const toTimestamp: Conversion = (value, budget) => {
  if (value instanceof Timestamp) return value;
  budget.charge(TIME_UNITS);
  if (typeof value === 'string') return parseTimestamp(value);
  return typeof value === 'bigint' ? timestampOfSeconds(value) : undefined;
};

export const toDuration: Conversion = (value, budget) => {
  if (value instanceof Duration) return value;
  budget.charge(TIME_UNITS);
  return typeof value === 'string' ? parseDuration(value) : undefined;
};
