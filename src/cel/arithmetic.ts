import { type Budget, MAX_RESULT_TEXT } from './budget.js';
import { makeDuration, makeTimestamp } from './time.js';
import { Bytes, CelList, Duration, EvaluationError, fromDocument, listItems, Timestamp, Uint } from './values.js';

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

const overflow = new EvaluationError('the result is out of the range of an int');
const uintOverflow = new EvaluationError('the result is out of the range of a uint');
const divisionByZero = new EvaluationError('division by zero');
const tooLong = new EvaluationError(`the result is a text of more than ${MAX_RESULT_TEXT} characters`);

/** An int within 64 bits, or the error of an overflow. */
export function makeInt(value: bigint): bigint | EvaluationError {
  return value < MIN_INT || value > MAX_INT ? overflow : value;
}

/** A uint within 64 bits, or the error of an overflow. */
export function makeUint(value: bigint): Uint | EvaluationError {
  return value < 0n || value > MAX_UINT ? uintOverflow : new Uint(value);
}

type Operator = '+' | '-' | '*' | '/' | '%';

/** An operator of two numbers, texts, lists or times; undefined where it does not go with them. */
export function calculate(operator: Operator, left: unknown, right: unknown, budget: Budget): unknown {
  if (typeof left === 'number' && typeof right === 'number') return calculateDouble(operator, left, right);
  if (typeof left === 'bigint' && typeof right === 'bigint') return calculateInt(operator, left, right);
  if (left instanceof Uint && right instanceof Uint) return calculateUint(operator, left.value, right.value);
  if (operator === '+') return add(left, right, budget);
  return operator === '-' ? subtract(left, right) : undefined;
}

function calculateDouble(operator: Operator, left: number, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return undefined;
  }
}

function calculateInt(operator: Operator, left: bigint, right: bigint): bigint | EvaluationError {
  if ((operator === '/' || operator === '%') && right === 0n) return divisionByZero;
  // cel-go refuses the remainder together with the quotient, which does overflow.
  if (operator === '%' && left === MIN_INT && right === -1n) return overflow;
  return makeInt(calculateBigint(operator, left, right));
}

function calculateUint(operator: Operator, left: bigint, right: bigint): Uint | EvaluationError {
  if ((operator === '/' || operator === '%') && right === 0n) return divisionByZero;
  return makeUint(calculateBigint(operator, left, right));
}

function calculateBigint(operator: Operator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function add(left: unknown, right: unknown, budget: Budget): unknown {
  if (typeof left === 'string' && typeof right === 'string') {
    budget.chargeText(left.length + right.length);
    return left.length + right.length > MAX_RESULT_TEXT ? tooLong : left + right;
  }
  if (left instanceof Timestamp && right instanceof Duration) {
    return makeTimestamp(left.nanoseconds + right.nanoseconds, left.offsetSeconds);
  }
  if (left instanceof Duration && right instanceof Timestamp) return add(right, left, budget);
  if (left instanceof Duration && right instanceof Duration) return makeDuration(left.nanoseconds + right.nanoseconds);
  if (left instanceof Bytes && right instanceof Bytes) return concatBytes(left.bytes, right.bytes, budget);
  const [leftItems, rightItems] = [listItems(left), listItems(right)];
  if (leftItems === undefined || rightItems === undefined) return undefined;
  budget.charge(leftItems.length + rightItems.length);
  return new CelList([...copyItems(left, leftItems), ...copyItems(right, rightItems)]);
}

function concatBytes(left: Uint8Array, right: Uint8Array, budget: Budget): Bytes | EvaluationError {
  budget.chargeText(left.length + right.length);
  return left.length + right.length > MAX_RESULT_TEXT ? tooLong : new Bytes(Buffer.concat([left, right]));
}

/** Those of an array of the document become values. */
function copyItems(list: unknown, items: readonly unknown[]): readonly unknown[] {
  return list instanceof CelList ? items : items.map(fromDocument);
}

function subtract(left: unknown, right: unknown): unknown {
  if (left instanceof Timestamp && right instanceof Timestamp)
    return makeDuration(left.nanoseconds - right.nanoseconds);
  if (left instanceof Timestamp && right instanceof Duration) {
    return makeTimestamp(left.nanoseconds - right.nanoseconds, left.offsetSeconds);
  }
  if (left instanceof Duration && right instanceof Duration) return makeDuration(left.nanoseconds - right.nanoseconds);
  return undefined;
}

/** The negative of an int or double; undefined for anything else. */
export function negate(value: unknown): unknown {
  if (typeof value === 'number') return -value;
  return typeof value === 'bigint' ? makeInt(-value) : undefined;
}
