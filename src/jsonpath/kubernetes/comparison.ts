import { compareCodePoints } from '../../golang/code-points.js';
import { GoInt } from '../../golang/values.js';

/** How a filter of a template compares. */
export interface Comparison {
  readonly operator: string;
  /** Whether a number of the document and an integer literal cannot be compared, as in Go. */
  readonly strictNumbers: boolean;
}

/** What a comparison says, or why there is none. */
export type ComparisonResult = boolean | { readonly problem: string };

const notComparable = { problem: 'invalid type for comparison' };
const differentTypes = { problem: 'incompatible types for comparison' };

/**
 * Compares two matches as the template package of Go does: texts by code points, numbers, and booleans for equality
 * only. Null, arrays, objects and values of two types have no comparison, which is a problem and not false.
 */
export function compareValues(comparison: Comparison, sides: readonly [unknown, unknown]): ComparisonResult {
  const { operator } = comparison;
  const order = orderValues(sides, comparison.strictNumbers);
  if (operator === '==' || operator === '!=') {
    return typeof order === 'object' ? order : (order === 0) === (operator === '==');
  }
  if (operator !== '<' && operator !== '>' && operator !== '<=' && operator !== '>=') {
    return { problem: `unrecognized filter operator ${operator}` };
  }
  if (typeof sides[0] === 'boolean' || typeof sides[1] === 'boolean') return notComparable;
  return typeof order === 'object' ? order : isInOrder(order, operator);
}

function isInOrder(order: number, operator: '<' | '>' | '<=' | '>='): boolean {
  if (operator === '<') return order < 0;
  if (operator === '>') return order > 0;
  return operator === '<=' ? order <= 0 : order >= 0;
}

function orderValues(
  sides: readonly [unknown, unknown],
  strictNumbers: boolean,
): number | { readonly problem: string } {
  const [left, right] = sides;
  if (typeof left === 'string' && typeof right === 'string') return compareCodePoints(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (!isBasic(left) || !isBasic(right)) return notComparable;
  if (strictNumbers && left instanceof GoInt !== right instanceof GoInt) return differentTypes;
  const leftNumber = numberOf(left, strictNumbers);
  const rightNumber = numberOf(right, strictNumbers);
  if (leftNumber === undefined || rightNumber === undefined) return differentTypes;
  if (leftNumber < rightNumber) return -1;
  return leftNumber > rightNumber ? 1 : 0;
}

function isBasic(value: unknown): boolean {
  return numberOf(value, false) !== undefined || typeof value === 'string' || typeof value === 'boolean';
}

function numberOf(value: unknown, strictNumbers: boolean): number | bigint | undefined {
  if (typeof value === 'bigint') return strictNumbers ? Number(value) : value;
  if (typeof value === 'number') return value;
  return value instanceof GoInt ? value.value : undefined;
}
