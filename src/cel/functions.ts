import { calculate, negate } from './arithmetic.js';
import type { Budget } from './budget.js';
import { compare, isEqual } from './comparison.js';
import { toBool, toBytes, toDouble, toDuration, toInt, toText, toTimestamp, toUint } from './convert.js';
import { createPatternCache, type PatternCache } from './patterns.js';
import type { FunctionName } from './signatures.js';
import { floorSeconds } from './time.js';
import { createZoneOffset, type ZoneOffset } from './time-zones.js';
import {
  Bytes,
  CelList,
  Duration,
  EvaluationError,
  fromDocument,
  kindOf,
  listItems,
  mapKeys,
  mapValue,
  Timestamp,
  TypeName,
  typeNameOf,
} from './values.js';

/** What functions need besides their arguments. */
export interface FunctionContext {
  budget: Budget;
  readonly findPattern: PatternCache;
  readonly zoneOffset: ZoneOffset;
}

/** A function over values, none of them an error. Undefined where it does not go with the kinds that they are of. */
export type CelFunction = (context: FunctionContext, first: unknown, second: unknown) => unknown;

/** What the functions of one expression share. `budget` is set for each evaluation. */
export function createFunctionContext(budget: Budget): FunctionContext {
  return { budget, findPattern: createPatternCache(), zoneOffset: createZoneOffset() };
}

const arithmetic =
  (operator: Parameters<typeof calculate>[0]): CelFunction =>
  ({ budget }, left, right) =>
    calculate(operator, left, right, budget);

const comparison =
  (holds: (order: number) => boolean): CelFunction =>
  ({ budget }, left, right) => {
    const order = compare(left, right, budget);
    return order === undefined ? undefined : holds(order);
  };

const unary =
  (run: (value: unknown, budget: Budget) => unknown): CelFunction =>
  ({ budget }, value) =>
    run(value, budget);

const size = unary((value, budget) => {
  if (typeof value === 'string') return BigInt(countCodePoints(value, budget));
  if (value instanceof Bytes) return BigInt(value.bytes.length);
  const length = listItems(value)?.length ?? mapKeys(value)?.length;
  if (length === undefined) return undefined;
  budget.charge(Array.isArray(value) || value instanceof CelList ? 1 : length);
  return BigInt(length);
});

function countCodePoints(text: string, budget: Budget): number {
  budget.chargeText(text.length);
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

const text =
  (test: (text: string, part: string) => boolean): CelFunction =>
  ({ budget }, whole, part) => {
    if (typeof whole !== 'string' || typeof part !== 'string') return undefined;
    budget.chargeText(part.length);
    return test(whole, part);
  };

/** V8 finds a text of up to 250 characters in linear time; a longer one may take the product. */
const LINEAR_SEARCH = 250;

const contains: CelFunction = ({ budget }, whole, part) => {
  if (typeof whole !== 'string' || typeof part !== 'string') return undefined;
  budget.chargeText(whole.length * (part.length > LINEAR_SEARCH ? Math.ceil(part.length / 16) : 1));
  return whole.includes(part);
};

const matches: CelFunction = ({ budget, findPattern }, subject, source) => {
  if (typeof subject !== 'string' || typeof source !== 'string') return undefined;
  const pattern = findPattern(source, budget);
  return pattern instanceof EvaluationError ? pattern : pattern(subject, budget);
};

const isIn: CelFunction = ({ budget }, value, container) => {
  const items = listItems(container);
  if (items === undefined) {
    return kindOf(container) === 'map' ? mapValue(container, value) !== undefined : undefined;
  }
  const isValues = container instanceof CelList;
  return items.some((item) => {
    budget.charge(2);
    return isEqual(value, isValues ? item : fromDocument(item), budget);
  });
};

const noZone = new EvaluationError('there is no such time zone');

/** A part of a date, in UTC or the zone of the second argument. */
const ofDate =
  (read: (local: Date) => number): CelFunction =>
  ({ budget, zoneOffset }, moment, zone) => {
    if (!(moment instanceof Timestamp)) return undefined;
    const epochMs = Number(floorSeconds(moment.nanoseconds)) * 1000;
    if (zone === undefined) return BigInt(read(new Date(epochMs)));
    if (typeof zone !== 'string') return undefined;
    budget.charge(ZONE_UNITS);
    const offset = zoneOffset(zone, epochMs);
    return offset === undefined ? noZone : BigInt(read(new Date(epochMs + offset * 1000)));
  };

/** Dates in zones are far from cheap. */
const ZONE_UNITS = 500;

/** A part of a date, or a whole duration in a unit. */
const ofDateOrDuration = (read: (local: Date) => number, unitNanoseconds: bigint): CelFunction => {
  const readDate = ofDate(read);
  return (context, moment, zone) =>
    moment instanceof Duration && zone === undefined
      ? moment.nanoseconds / unitNanoseconds
      : readDate(context, moment, zone);
};

const milliseconds: CelFunction = (context, moment, zone) => {
  if (!(moment instanceof Timestamp)) {
    return moment instanceof Duration && zone === undefined ? moment.nanoseconds / 1_000_000n : undefined;
  }
  const second = ofDate(() => 0)(context, moment, zone);
  if (typeof second !== 'bigint') return second;
  return (moment.nanoseconds - floorSeconds(moment.nanoseconds) * 1_000_000_000n) / 1_000_000n;
};

const DAY_MS = 86_400_000;

function dayOfYear(local: Date): number {
  const first = new Date(local);
  first.setUTCMonth(0, 1);
  return Math.round((local.getTime() - first.getTime()) / DAY_MS);
}

/** Every function and operator of the standard library that evaluates all of its arguments. */
export const functions = {
  '+': arithmetic('+'),
  '-': arithmetic('-'),
  '*': arithmetic('*'),
  '/': arithmetic('/'),
  '%': arithmetic('%'),
  '-_': unary(negate),
  '!_': unary((value) => (typeof value === 'boolean' ? !value : undefined)),
  '==': ({ budget }, left, right) => isEqual(left, right, budget),
  '!=': ({ budget }, left, right) => !isEqual(left, right, budget),
  '<': comparison((order) => order < 0),
  '<=': comparison((order) => order <= 0),
  '>': comparison((order) => order > 0),
  '>=': comparison((order) => order >= 0),
  in: isIn,
  size,
  '.size': size,
  '.contains': contains,
  '.startsWith': text((whole, part) => whole.startsWith(part)),
  '.endsWith': text((whole, part) => whole.endsWith(part)),
  matches,
  '.matches': matches,
  type: unary((value) => new TypeName(typeNameOf(value))),
  dyn: unary((value) => value),
  bool: unary(toBool),
  bytes: unary(toBytes),
  double: unary(toDouble),
  int: unary(toInt),
  uint: unary(toUint),
  string: unary(toText),
  timestamp: unary(toTimestamp),
  duration: unary(toDuration),
  '.getFullYear': ofDate((local) => local.getUTCFullYear()),
  '.getMonth': ofDate((local) => local.getUTCMonth()),
  '.getDate': ofDate((local) => local.getUTCDate()),
  '.getDayOfMonth': ofDate((local) => local.getUTCDate() - 1),
  '.getDayOfWeek': ofDate((local) => local.getUTCDay()),
  '.getDayOfYear': ofDate(dayOfYear),
  '.getHours': ofDateOrDuration((local) => local.getUTCHours(), 3_600_000_000_000n),
  '.getMinutes': ofDateOrDuration((local) => local.getUTCMinutes(), 60_000_000_000n),
  '.getSeconds': ofDateOrDuration((local) => local.getUTCSeconds(), 1_000_000_000n),
  '.getMilliseconds': milliseconds,
} as const satisfies Readonly<Record<FunctionName, CelFunction>>;
