import type { DistributionSpec } from '../../model/module.js';
import { parseSampleValue } from './path/go-number.js';
import { PathFailure } from './path/path.js';
import type { Distribution } from './rows.js';
import { Scope } from './scope.js';
import { type Compiling, compileStepPath, compileValue, type ValueReader } from './value-reader.js';

/** Reads one histogram or summary of the element at hand. */
export type DistributionReader = (scope: Scope) => Distribution | PathFailure;

interface Pair {
  readonly bound: number;
  readonly text: string;
  readonly value: number;
}

const noBound = new PathFailure('error', 'a bound or quantile is not a number');
const noCount = new PathFailure('error', 'a count or value is not a number');

/** Compiles the buckets or quantiles of a metric, its count and its sum. */
export function compileDistribution(spec: DistributionSpec, compiling: Compiling): DistributionReader {
  const path = compileStepPath(spec, compiling);
  const element =
    spec.element === undefined
      ? undefined
      : { bound: compileValue(spec.element.bound, compiling), value: compileValue(spec.element.value, compiling) };
  const readPairs = element === undefined ? readObject : (nodes: readonly unknown[]) => readList(nodes, element);
  const count = spec.count === undefined ? undefined : compileValue(spec.count, compiling);
  const sum = spec.sum === undefined ? undefined : compileValue(spec.sum, compiling);
  return (scope) => {
    const nodes = path.select(scope.element);
    const pairs = nodes instanceof PathFailure ? nodes : readPairs(nodes);
    if (pairs instanceof PathFailure) return pairs;
    const ordered = order(pairs);
    const totals = { count: count?.number(scope), sum: sum?.number(scope) };
    return spec.type === 'histogram' ? toHistogram(ordered, spec.isCumulative, totals) : toSummary(ordered, totals);
  };
}

/** Objects `{"0.5": 3}`: the keys are bounds. */
function readObject(nodes: readonly unknown[]): readonly Pair[] | PathFailure {
  const pairs: Pair[] = [];
  for (const node of nodes) {
    if (typeof node !== 'object' || node === null) return noBound;
    for (const [key, value] of Object.entries(node)) {
      const bound = parseSampleValue(key);
      const number =
        typeof value === 'number' || typeof value === 'bigint' ? Number(value) : parseSampleValue(String(value));
      if (bound === undefined || Number.isNaN(bound)) return noBound;
      if (number === undefined) return noCount;
      pairs.push({ bound, text: toBoundText(bound, key), value: number });
    }
  }
  return pairs;
}

/** A list of objects: a path of each finds its bound, another its count. */
function readList(
  nodes: readonly unknown[],
  element: { readonly bound: ValueReader; readonly value: ValueReader },
): readonly Pair[] | PathFailure {
  const pairs: Pair[] = [];
  for (const node of nodes) {
    const scope = new Scope(node);
    const text = element.bound.text(scope);
    const value = element.value.number(scope);
    if (text instanceof PathFailure) return text;
    if (value instanceof PathFailure) return value;
    const bound = parseSampleValue(text);
    if (bound === undefined || Number.isNaN(bound)) return noBound;
    pairs.push({ bound, text: toBoundText(bound, text), value });
  }
  return pairs;
}

function toBoundText(bound: number, text: string): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return Number.isNaN(Number(text)) ? String(bound) : text.trim();
}

/** Ascending by bound; of equal bounds the first one stays. */
function order(pairs: readonly Pair[]): readonly Pair[] {
  const byBound = new Map<number, Pair>();
  for (const pair of pairs) if (!byBound.has(pair.bound)) byBound.set(pair.bound, pair);
  return [...byBound.values()].sort((left, right) => left.bound - right.bound);
}

interface Totals {
  readonly count: number | PathFailure | undefined;
  readonly sum: number | PathFailure | undefined;
}

/** A missing `+Inf` bucket has the count; a missing count is that of the last bucket; a missing sum is not known. */
function toHistogram(pairs: readonly Pair[], isCumulative: boolean, totals: Totals): Distribution | PathFailure {
  if (totals.count instanceof PathFailure) return totals.count;
  if (totals.sum instanceof PathFailure) return totals.sum;
  const values: number[] = [];
  for (const { value } of pairs) values.push(isCumulative ? value : value + (values.at(-1) ?? 0));
  const bounds = pairs.map((pair) => pair.text);
  const count = totals.count ?? values.at(-1) ?? 0;
  if (bounds.at(-1) !== '+Inf') {
    bounds.push('+Inf');
    values.push(count);
  }
  return { bounds, values, count, sum: totals.sum ?? Number.NaN };
}

function toSummary(pairs: readonly Pair[], totals: Totals): Distribution | PathFailure {
  if (totals.count instanceof PathFailure) return totals.count;
  if (totals.sum instanceof PathFailure) return totals.sum;
  const bounds = pairs.map((pair) => pair.text);
  return {
    bounds,
    values: pairs.map((pair) => pair.value),
    count: totals.count ?? Number.NaN,
    sum: totals.sum ?? Number.NaN,
  };
}
