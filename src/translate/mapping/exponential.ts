import { parseSampleValue } from '../../golang/number.js';
import { PathFailure } from '../../jsonpath/path.js';
import type { ExponentialBuckets } from '../../model/metrics.js';
import type {
  BoundedBucketsSpec,
  BucketRunSpec,
  ExponentialSpec,
  IndexedBucketsSpec,
  ValueSpec,
} from '../../model/module.js';
import type { SampleBudget } from './budget.js';
import {
  areWithinDoubles,
  type BoundedCount,
  findSchema,
  MAX_SCHEMA,
  MIN_SCHEMA,
  toIndexes,
  toPopulated,
} from './exponential-buckets.js';
import type { Scope } from './scope.js';
import { type Compiling, compileStepPath, compileValue, type ValueReader } from './value-reader.js';

/** One native histogram of a document. */
export interface NativeHistogram {
  readonly buckets: ExponentialBuckets;
  readonly count: number;
  readonly sum: number;
}

/** Reads the native histogram of the element at hand. Throws `limit` where it has more buckets than the budget. */
export type ExponentialReader = (scope: Scope, budget: SampleBudget) => NativeHistogram | PathFailure;

type BucketsReader = (scope: Scope, budget: SampleBudget) => ExponentialBuckets | PathFailure;

const fail = (message: string) => new PathFailure('error', message);
const badCount = fail('a count is not a number of 0 or more');
const badOffset = fail('an offset is not a whole number');
const badScale = fail('the scale is not a whole number');
const lowScale = fail(`the scale is below ${MIN_SCHEMA}, the lowest that Prometheus has`);
const badThreshold = fail('the zero threshold is not a number of 0 or more');
const badIndex = fail('a bucket is beyond every number');
const badBucket = fail('a bucket is not a list of a rule, two bounds and a count');
const badBounds = fail('the bounds are not those of a native histogram');
const badTotal = fail('the counts of the buckets do not add up to the count');

/** Compiles the buckets of a metric, its count and its sum. */
export function compileExponential(spec: ExponentialSpec, compiling: Compiling): ExponentialReader {
  const { buckets } = spec;
  const readBuckets = buckets.kind === 'indexed' ? readIndexed(buckets, compiling) : readBounded(buckets, compiling);
  const count = compileOptional(spec.count, compiling);
  const sum = compileOptional(spec.sum, compiling);
  return (scope, budget) => {
    const found = readBuckets(scope, budget);
    if (found instanceof PathFailure) return found;
    const ownCount = count(scope, addCounts(found));
    if (ownCount instanceof PathFailure) return ownCount;
    const ownSum = sum(scope, Number.NaN);
    if (ownSum instanceof PathFailure) return ownSum;
    return toNativeHistogram(found, { count: ownCount, sum: ownSum });
  };
}

/** A native histogram of buckets whose counts add up to the count. */
export function toNativeHistogram(
  buckets: ExponentialBuckets,
  { count, sum }: { readonly count: number; readonly sum: number },
): NativeHistogram | PathFailure {
  if (!isCount(count)) return badCount;
  return addsUp({ count, sum, total: addCounts(buckets) }) ? { buckets, count, sum } : badTotal;
}

/** Everything that is read of an element, but for its counts. */
export function listExponentialValues(spec: ExponentialSpec | undefined): readonly (ValueSpec | undefined)[] {
  if (spec === undefined) return [];
  const { count, sum, buckets } = spec;
  if (buckets.kind === 'bounded') return [count, sum];
  const { scale, zeroCount, zeroThreshold, positive, negative } = buckets;
  return [count, sum, scale, zeroCount, zeroThreshold, positive?.offset, negative?.offset];
}

/** The paths that find its buckets. */
export function listBucketPaths(spec: ExponentialSpec | undefined): readonly string[] {
  if (spec === undefined) return [];
  const { buckets } = spec;
  if (buckets.kind === 'bounded') return [buckets.path];
  return [buckets.positive?.counts.path ?? '', buckets.negative?.counts.path ?? ''];
}

/** Reads a number that may not be there: OTLP leaves out what is 0. */
type OptionalReader = (scope: Scope, otherwise: number) => number | PathFailure;

function compileOptional(spec: ValueSpec | undefined, compiling: Compiling): OptionalReader {
  const reader: ValueReader | undefined = spec && compileValue(spec, compiling);
  return (scope, otherwise) => {
    const found = reader?.number(scope);
    return found === undefined || (found instanceof PathFailure && found.isAbsent) ? otherwise : found;
  };
}

function isCount(value: number): boolean {
  return value >= 0 && Number.isFinite(value);
}

/** Prometheus refuses a whole scrape for whole counts that do not add up. Observations of NaN are in no bucket. */
function addsUp({
  count,
  sum,
  total,
}: {
  readonly count: number;
  readonly sum: number;
  readonly total: number;
}): boolean {
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(total)) return true;
  return Number.isNaN(sum) ? total <= count : total === count;
}

/** What the buckets have counted together. */
export function addCounts({ zeroCount, positive, negative }: ExponentialBuckets): number {
  return [...positive.counts, ...negative.counts].reduce((total, count) => total + count, zeroCount);
}

/** Buckets by index: a scale, and the counts of each side from an offset on. */
function readIndexed(spec: IndexedBucketsSpec, compiling: Compiling): BucketsReader {
  const readScale = compileOptional(spec.scale, compiling);
  const readZero = {
    count: compileOptional(spec.zeroCount, compiling),
    threshold: compileOptional(spec.zeroThreshold, compiling),
  };
  const readPositive = compileRun(spec.positive, compiling);
  const readNegative = compileRun(spec.negative, compiling);
  return (scope, budget) => {
    const scale = readScale(scope, 0);
    if (scale instanceof PathFailure) return scale;
    const zeroCount = readZero.count(scope, 0);
    if (zeroCount instanceof PathFailure) return zeroCount;
    const zeroThreshold = readZero.threshold(scope, 0);
    if (zeroThreshold instanceof PathFailure) return zeroThreshold;
    const positive = readPositive(scope, budget);
    if (positive instanceof PathFailure) return positive;
    const negative = readNegative(scope, budget);
    if (negative instanceof PathFailure) return negative;
    return toIndexedBuckets({ scale, zeroCount, zeroThreshold, positive, negative });
  };
}

/** Buckets as OpenTelemetry has them: numbers that are what they should be, or a failure. */
export function toIndexedBuckets(given: {
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: BucketRun;
  readonly negative: BucketRun;
}): ExponentialBuckets | PathFailure {
  const { scale, zeroCount, zeroThreshold, positive, negative } = given;
  if (!Number.isInteger(scale)) return badScale;
  if (scale < MIN_SCHEMA) return lowScale;
  return checkBuckets({
    schema: Math.min(scale, MAX_SCHEMA),
    zeroThreshold,
    zeroCount,
    positive: toPopulated({ scale, ...positive }),
    negative: toPopulated({ scale, ...negative }),
  });
}

function checkBuckets(buckets: ExponentialBuckets): ExponentialBuckets | PathFailure {
  const { schema, zeroCount, zeroThreshold, positive, negative } = buckets;
  if (!isCount(zeroCount)) return badCount;
  if (!isCount(zeroThreshold)) return badThreshold;
  return areWithinDoubles(schema, positive) && areWithinDoubles(schema, negative) ? buckets : badIndex;
}

/** The index of the first bucket of one side, and the counts from there on. */
export interface BucketRun {
  readonly offset: number;
  readonly counts: readonly number[];
}

const NO_BUCKETS: BucketRun = { offset: 0, counts: [] };

function compileRun(
  spec: BucketRunSpec | undefined,
  compiling: Compiling,
): (scope: Scope, budget: SampleBudget) => BucketRun | PathFailure {
  if (spec === undefined) return () => NO_BUCKETS;
  const readOffset = compileOptional(spec.offset, compiling);
  const path = compileStepPath(spec.counts, compiling);
  return (scope, budget) => {
    const nodes = path.select(scope.element, scope.work);
    if (nodes instanceof PathFailure) return nodes.isAbsent ? NO_BUCKETS : nodes;
    budget.check(nodes.length);
    const counts = nodes.map((node) => toNumber(node) ?? Number.NaN);
    if (!counts.every(isCount)) return badCount;
    const offset = readOffset(scope, 0);
    if (offset instanceof PathFailure) return offset;
    return Number.isSafeInteger(offset) ? { offset, counts } : badOffset;
  };
}

/** OTLP's JSON and Prometheus' API write numbers of 64 bits as text. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return typeof value === 'string' ? parseSampleValue(value) : undefined;
}

/** Buckets by their bounds: lists of a rule, which says what belongs to the bucket, two bounds and a count. */
function readBounded(spec: BoundedBucketsSpec, compiling: Compiling): BucketsReader {
  const path = compileStepPath(spec, compiling);
  return (scope, budget) => {
    const nodes = path.select(scope.element, scope.work);
    if (nodes instanceof PathFailure && !nodes.isAbsent) return nodes;
    const lists = nodes instanceof PathFailure ? [] : nodes;
    budget.check(lists.length);
    return toBoundedBuckets(lists);
  };
}

/** Buckets as Prometheus' API and prom2json have them. */
export function toBoundedBuckets(lists: readonly unknown[]): ExponentialBuckets | PathFailure {
  const sides = sortBuckets(lists);
  if (sides instanceof PathFailure) return sides;
  const { zeroThreshold, zeroCount, positive, negative } = sides;
  const schema = findSchema([...positive, ...negative]);
  if (schema === undefined) return badBounds;
  return checkBuckets({
    schema,
    zeroThreshold,
    zeroCount,
    positive: toIndexes(schema, positive),
    negative: toIndexes(schema, negative),
  });
}

interface Sides {
  zeroThreshold: number;
  zeroCount: number;
  readonly positive: BoundedCount[];
  readonly negative: BoundedCount[];
}

function sortBuckets(lists: readonly unknown[]): Sides | PathFailure {
  const sides: Sides = { zeroThreshold: 0, zeroCount: 0, positive: [], negative: [] };
  for (const list of lists) {
    if (!Array.isArray(list)) return badBucket;
    const [lower, upper, count] = list.slice(1, 4).map(toNumber);
    if (lower === undefined || upper === undefined || count === undefined || !(lower <= upper)) return badBucket;
    if (!isCount(count)) return badCount;
    if (lower > 0 || (lower === 0 && upper > 0)) sides.positive.push({ near: lower, far: upper, count });
    else if (upper < 0 || (upper === 0 && lower < 0)) sides.negative.push({ near: -upper, far: -lower, count });
    else {
      sides.zeroThreshold = upper;
      sides.zeroCount += count;
    }
  }
  return sides;
}
