import { compareCodePoints } from '../golang/code-points.js';
import type { Budget } from './budget.js';
import {
  Bytes,
  CelList,
  Duration,
  fromDocument,
  kindOf,
  listItems,
  mapKeys,
  mapValue,
  Timestamp,
  TypeName,
  Uint,
} from './values.js';

/** What comparing a pair of items costs, in nodes. */
const ITEM_UNITS = 4;

/** Whether two values are equal. Numbers of any kinds are, by their value; what else is of different kinds is not. */
export function isEqual(left: unknown, right: unknown, budget: Budget): boolean {
  if (typeof left === 'string' || typeof right === 'string') {
    if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) {
      budget.chargeText(left.length);
    }
    return left === right;
  }
  const order = compareNumbers(left, right);
  if (order !== undefined) return order === 0;
  const kind = kindOf(left);
  if (kind !== kindOf(right)) return false;
  switch (kind) {
    case 'list':
      return isEqualList(left, right, budget);
    case 'map':
      return isEqualMap(left, right, budget);
    default:
      return isEqualScalar(left, right, budget);
  }
}

function isEqualScalar(left: unknown, right: unknown, budget: Budget): boolean {
  if (left instanceof Bytes && right instanceof Bytes) {
    budget.chargeText(left.bytes.length);
    return Buffer.compare(left.bytes, right.bytes) === 0;
  }
  if (left instanceof TypeName && right instanceof TypeName) return left.name === right.name;
  return compareTimes(left, right) === 0 || (left === right && typeof left !== 'number');
}

function isEqualList(left: unknown, right: unknown, budget: Budget): boolean {
  const leftItems = listItems(left) ?? [];
  const rightItems = listItems(right) ?? [];
  if (leftItems.length !== rightItems.length) return false;
  return leftItems.every((item, i) => {
    budget.charge(ITEM_UNITS);
    const leftItem = left instanceof CelList ? item : fromDocument(item);
    const rightItem = right instanceof CelList ? rightItems[i] : fromDocument(rightItems[i]);
    return isEqual(leftItem, rightItem, budget);
  });
}

function isEqualMap(left: unknown, right: unknown, budget: Budget): boolean {
  const keys = mapKeys(left) ?? [];
  budget.charge(keys.length * ITEM_UNITS);
  if (keys.length !== (mapKeys(right) ?? []).length) return false;
  return keys.every((key) => {
    const other = mapValue(right, key);
    return other !== undefined && isEqual(mapValue(left, key), other, budget);
  });
}

/** The order of two values that have one: below 0, 0, above 0, or NaN. Undefined for values without. */
export function compare(left: unknown, right: unknown, budget: Budget): number | undefined {
  const order = compareNumbers(left, right);
  if (order !== undefined) return order;
  if (typeof left === 'string' && typeof right === 'string') {
    budget.chargeText(Math.min(left.length, right.length));
    return compareCodePoints(left, right);
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Bytes && right instanceof Bytes) {
    budget.chargeText(Math.min(left.bytes.length, right.bytes.length));
    return Buffer.compare(left.bytes, right.bytes);
  }
  return compareTimes(left, right);
}

function compareTimes(left: unknown, right: unknown): number | undefined {
  const isPair =
    (left instanceof Timestamp && right instanceof Timestamp) ||
    (left instanceof Duration && right instanceof Duration);
  return isPair ? order(left.nanoseconds, right.nanoseconds) : undefined;
}

const TWO_TO_63 = 2 ** 63;
const TWO_TO_64 = 2 ** 64;

/** Numbers of any kinds. As in cel-go an integer becomes a double in front of one, beyond 2^53 with its rounding. */
function compareNumbers(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number') {
    if (typeof right === 'number') return order(left, right);
    if (typeof right === 'bigint') return compareDouble(left, right, { min: -TWO_TO_63, max: TWO_TO_63 });
    return right instanceof Uint ? compareDouble(left, right.value, { min: 0, max: TWO_TO_64 }) : undefined;
  }
  const leftInteger = typeof left === 'bigint' ? left : left instanceof Uint ? left.value : undefined;
  if (leftInteger === undefined) return undefined;
  if (typeof right === 'bigint') return order(leftInteger, right);
  if (right instanceof Uint) return order(leftInteger, right.value);
  const opposite = typeof right === 'number' ? compareNumbers(right, left) : undefined;
  return opposite === undefined ? undefined : -opposite;
}

function compareDouble(double: number, integer: bigint, range: { readonly min: number; readonly max: number }): number {
  if (double < range.min) return -1;
  return double > range.max ? 1 : order(double, Number(integer));
}

/** NaN where one of them is no number. */
function order<T extends number | bigint>(left: T, right: T): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return left === right ? 0 : Number.NaN;
}
