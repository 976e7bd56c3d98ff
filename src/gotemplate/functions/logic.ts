import { Failure } from '../errors.js';
import { Instant } from '../instant.js';
import { anything, define, type FunctionGroup, type TemplateFunction } from '../signature.js';
import { compareText, Dict, isList, isTrue, kindName, nilList, type Value } from '../values.js';

/** Comparison and logic, with Go's types: an int is never equal to a float, and comparing them is an error. */
export const logicFunctions: FunctionGroup = {
  and: define({
    meaning: 'the first argument that is false, else the last one; stops there',
    takes: [anything],
    rest: anything,
    stopsAt: false,
    call: (args) => args.at(-1) ?? null,
  }),
  or: define({
    meaning: 'the first argument that is true, else the last one; stops there',
    takes: [anything],
    rest: anything,
    stopsAt: true,
    call: (args) => args.at(-1) ?? null,
  }),
  not: define({ meaning: 'true for what is false', takes: [anything], call: ([value]) => !isTrue(value) }),
  eq: define({
    meaning: 'whether the first argument equals any of the others',
    takes: [anything, anything],
    rest: anything,
    check: (known) => checkTypes(known, equals),
    call: ([value, ...others]) => others.some((other) => equals(value, other)),
  }),
  ne: define({
    meaning: 'whether two values differ',
    takes: [anything, anything],
    check: (known) => checkTypes(known, equals),
    call: ([a, b]) => !equals(a, b),
  }),
  lt: ordering('a < b', (sign) => sign < 0),
  le: ordering('a <= b', (sign) => sign <= 0),
  gt: ordering('a > b', (sign) => !(sign <= 0)),
  ge: ordering('a >= b', (sign) => !(sign < 0)),
};

function ordering(meaning: string, holds: (sign: number) => boolean): TemplateFunction {
  return define({
    meaning,
    takes: [anything, anything],
    check: (known) => checkTypes(known, order),
    call: ([a, b]) => holds(order(a, b)),
  });
}

/** The Failure of comparing the first argument with others, as far as their types are known. */
function checkTypes(
  known: readonly (Value | undefined)[],
  compare: (a: Value, b: Value) => unknown,
): Failure | undefined {
  const [first, ...others] = known;
  try {
    for (const other of others) {
      if (first !== undefined && other !== undefined) compare(first, other);
    }
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function equals(a: Value, b: Value): boolean {
  if (a === null || b === null) return isNil(a) && isNil(b);
  if (kindName(a) !== kindName(b)) throw incomparable(a, b);
  if (a instanceof Dict || isList(a)) {
    if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
    throw incomparable(a, b);
  }
  if (a instanceof Instant && b instanceof Instant) return a.nanoseconds === b.nanoseconds && a.zone === b.zone;
  return a === b;
}

/** Below, at or above zero as `a` is before, with or after `b`; NaN for a float that is none. */
function order(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : Number(a > b);
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a === b ? 0 : a > b ? 1 : Number.NaN;
  throw incomparable(a, b);
}

function isNil(value: Value): boolean {
  return value === null || value === nilList;
}

function incomparable(a: Value, b: Value): Failure {
  const lists = [a, b].some((value) => kindName(value) === 'list');
  const hint = lists ? 'a parameter is a list: write (.name | first)' : 'convert with int, float64 or toString';
  return new Failure(`${kindName(a)} and ${kindName(b)} cannot be compared`, hint);
}
