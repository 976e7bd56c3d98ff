import { compareCodePoints } from '../../golang/code-points.js';
import { isFields } from '../../golang/values.js';

/** What an operand is that has no value: a query without a match, `length` of a number. RFC 9535 calls it Nothing. */
export const absent = Symbol('absent');

type Operator = (left: unknown, right: unknown) => boolean;

const OPERATORS = new Map<string, Operator>([
  ['==', isEqual],
  ['!=', (left, right) => !isEqual(left, right)],
  ['<', isLess],
  ['>', (left, right) => isLess(right, left)],
  ['<=', (left, right) => isLess(left, right) || isEqual(left, right)],
  ['>=', (left, right) => isLess(right, left) || isEqual(left, right)],
]);

/** The comparison of RFC 9535, 2.3.5.2.2, that an operator stands for. Values of two types are different, never an error. */
export function findOperator(operator: string): Operator | undefined {
  return OPERATORS.get(operator);
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') return compareCodePoints(left, right) < 0;
  return isNumeric(left) && isNumeric(right) && left < right;
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Compares arrays and objects by what they hold. Iterative: documents choose how deep they nest. */
function isEqual(left: unknown, right: unknown): boolean {
  const pending: [unknown, unknown][] = [[left, right]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    if (!isShallowEqual(pair, pending)) return false;
  }
  return true;
}

/** Whether two values are equal but for their elements, which are left as pending pairs. */
function isShallowEqual([left, right]: readonly [unknown, unknown], pending: [unknown, unknown][]): boolean {
  if (left === right) return true;
  if (isNumeric(left) && isNumeric(right)) return !(left < right) && !(left > right);
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return false;
    for (let i = 0; i < left.length; i++) pending.push([left[i], right[i]]);
    return true;
  }
  if (!isFields(left) || !isFields(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length || !keys.every((key) => Object.hasOwn(right, key))) return false;
  for (const key of keys) pending.push([left[key], right[key]]);
  return true;
}
