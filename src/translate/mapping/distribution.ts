import { parseSampleValue } from '../../golang/number.js';
import { isFields } from '../../golang/values.js';
import { PathFailure } from '../../jsonpath/path.js';
import type { DistributionSpec } from '../../model/module.js';
import type { SampleBudget } from './budget.js';
import { compileStep, findKeySteps } from './iteration.js';
import type { Distribution } from './rows.js';
import type { Scope } from './scope.js';
import { type Compiling, compileStepPath, compileValue, type ValueReader } from './value-reader.js';

/** Reads one histogram or summary of the element at hand. Throws `limit` where it has more bounds than the budget. */
export type DistributionReader = (scope: Scope, budget: SampleBudget) => Distribution | PathFailure;

/** A bound or quantile, and the count or value that belongs to it. */
export interface Pair {
  readonly bound: number;
  readonly value: number;
}

type PairReader = (scope: Scope, budget: SampleBudget) => readonly Pair[] | PathFailure;

const noBound = new PathFailure('error', 'a bound or quantile is not a number');
const noCount = new PathFailure('error', 'a count or value is not a number');
const falling = new PathFailure(
  'error',
  'the counts of the buckets fall: with counts of each bucket alone, set cumulative: false',
);
const negative = new PathFailure('error', 'a count of the buckets is negative');
const nothing = new PathFailure('missing', 'there are no buckets, quantiles or count');

/** Compiles the buckets or quantiles of a metric that goes so many steps inwards, its count and its sum. */
export function compileDistribution(
  spec: DistributionSpec,
  compiling: Compiling,
  stepCount: number,
): DistributionReader {
  const readPairs = spec.element === undefined ? readObjects(spec, compiling) : readList(spec, compiling, stepCount);
  const count = spec.count === undefined ? undefined : compileValue(spec.count, compiling);
  const sum = spec.sum === undefined ? undefined : compileValue(spec.sum, compiling);
  return (scope, budget) => {
    const pairs = readPairs(scope, budget);
    if (pairs instanceof PathFailure) return pairs;
    const totals = { count: count?.number(scope), sum: sum?.number(scope) };
    if (totals.count instanceof PathFailure) return totals.count;
    if (totals.sum instanceof PathFailure) return totals.sum;
    if (pairs.length === 0 && totals.count === undefined) return nothing;
    return toDistribution(pairs, { ...spec, count: totals.count, sum: totals.sum });
  };
}

/** A histogram or summary of buckets or quantiles in any order. A histogram whose counts fall is a failure. */
export function toDistribution(
  pairs: readonly Pair[],
  { type, isCumulative, count, sum }: Pick<DistributionSpec, 'type' | 'isCumulative'> & Totals,
): Distribution | PathFailure {
  const ordered = order(pairs);
  return type === 'histogram' ? toHistogram(ordered, isCumulative, { count, sum }) : toSummary(ordered, { count, sum });
}

/** Objects `{"0.5": 3}`: the keys are bounds. */
function readObjects(spec: DistributionSpec, compiling: Compiling): PairReader {
  const path = compileStepPath(spec, compiling);
  return (scope, budget) => {
    const nodes = path.select(scope.element, scope.work);
    if (nodes instanceof PathFailure) return nodes;
    const pairs: Pair[] = [];
    for (const node of nodes) {
      const failure = readObject(node, pairs, budget);
      if (failure !== undefined) return failure;
    }
    return pairs;
  };
}

/** Adds the bounds of an object `{"0.5": 3}`, or gives what is wrong with it. */
export function readObject(node: unknown, pairs: Pair[], budget: SampleBudget): PathFailure | undefined {
  if (!isFields(node)) return noBound;
  for (const key of Object.keys(node)) {
    const bound = parseSampleValue(key);
    const value = toNumber(node[key]);
    if (bound === undefined || Number.isNaN(bound)) return noBound;
    if (value === undefined) return noCount;
    pairs.push({ bound, value });
    budget.check(pairs.length);
  }
  return undefined;
}

/** A number, or the text of one. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return typeof value === 'string' || typeof value === 'boolean' ? parseSampleValue(String(value)) : undefined;
}

/** Elements, one step further inwards: a value of each is its bound, another its count. */
function readList(spec: DistributionSpec, compiling: Compiling, stepCount: number): PairReader {
  const { bound: boundSpec, value: valueSpec } = spec.element ?? {};
  if (boundSpec === undefined || valueSpec === undefined) return () => noBound;
  const keySteps = findKeySteps([boundSpec, valueSpec], {
    stepCount: stepCount + 1,
    problems: compiling.problems,
    readsKey: compiling.readsKey,
  });
  const step = compileStep(spec, compiling, keySteps.has(stepCount));
  const deeper = { ...compiling, stepCount: stepCount + 1 };
  const bound = compileValue(boundSpec, deeper);
  const value = compileValue(valueSpec, deeper);
  return (scope, budget) => {
    const depth = scope.depth + 1;
    const pairs: Pair[] = [];
    let failure: PathFailure | undefined;
    const enter = (element: unknown, key: string | number) => {
      if (failure !== undefined) return;
      scope.enter(depth, element, key, pairs.length);
      const pair = readPair(scope, { bound, value });
      if (pair instanceof PathFailure) failure = pair;
      else pairs.push(pair);
      budget.check(pairs.length);
    };
    const nowhere = step.find(scope.element, enter, scope.work);
    scope.leave(depth);
    return nowhere ?? failure ?? pairs;
  };
}

function readPair(
  scope: Scope,
  readers: { readonly bound: ValueReader; readonly value: ValueReader },
): Pair | PathFailure {
  const bound = readers.bound.number(scope);
  if (bound instanceof PathFailure) return bound;
  if (Number.isNaN(bound)) return noBound;
  const value = readers.value.number(scope);
  return value instanceof PathFailure ? value : { bound, value };
}

function toBoundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return bound === Number.NEGATIVE_INFINITY ? '-Inf' : String(bound);
}

/** Ascending by bound; of equal bounds the first one stays. */
function order(pairs: readonly Pair[]): readonly Pair[] {
  const byBound = new Map<number, Pair>();
  for (const pair of pairs) if (!byBound.has(pair.bound)) byBound.set(pair.bound, pair);
  return [...byBound.values()].sort((left, right) => left.bound - right.bound);
}

interface Totals {
  readonly count: number | undefined;
  readonly sum: number | undefined;
}

/** A missing `+Inf` bucket has the count; a missing count is that of the last bucket; a missing sum is not known. */
function toHistogram(pairs: readonly Pair[], isCumulative: boolean, totals: Totals): Distribution | PathFailure {
  const values: number[] = [];
  for (const { value } of pairs) values.push(isCumulative ? value : value + (values.at(-1) ?? 0));
  const bounds = pairs.map((pair) => toBoundText(pair.bound));
  const count = totals.count ?? values.at(-1) ?? 0;
  if (bounds.at(-1) !== '+Inf') {
    bounds.push('+Inf');
    values.push(count);
  }
  if (values.some((value, i) => value < (values[i - 1] ?? 0))) return isCumulative ? falling : negative;
  return { bounds, values, count, sum: totals.sum ?? Number.NaN };
}

function toSummary(pairs: readonly Pair[], totals: Totals): Distribution {
  return {
    bounds: pairs.map((pair) => toBoundText(pair.bound)),
    values: pairs.map((pair) => pair.value),
    count: totals.count ?? Number.NaN,
    sum: totals.sum ?? Number.NaN,
  };
}
