import type { ExponentialBuckets, PopulatedBuckets } from '../model/metrics.js';
import { formatNumber } from './byte-writer.js';

/** Neighbouring buckets that are written: `offset` buckets behind the span before, or for the first one its index. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** The buckets of one side as spans, and the counts of all spans one after the other. */
export interface SpannedBuckets {
  readonly spans: readonly BucketSpan[];
  readonly counts: readonly number[];
}

/** A further span takes more room than so many empty buckets. */
const MAX_GAP = 2;

/** Buckets as spans. Gaps so short that a span of its own would be longer are filled with empty buckets. */
export function spanBuckets({ indexes, counts }: PopulatedBuckets): SpannedBuckets {
  const spans: { offset: number; length: number }[] = [];
  const written: number[] = [];
  /** The index behind the last bucket that is written. */
  let end = 0;
  for (const [i, index] of indexes.entries()) {
    const gap = index - end;
    const last = spans.at(-1);
    if (last === undefined || gap > MAX_GAP) spans.push({ offset: gap, length: 1 });
    else {
      for (let empty = 0; empty < gap; empty++) written.push(0);
      last.length += gap + 1;
    }
    written.push(counts[i] ?? 0);
    end = index + 1;
  }
  return { spans, counts: written };
}

/** Whether every count is a whole number that a double holds exactly: what is not goes as floating-point numbers. */
export function hasWholeCounts(buckets: ExponentialBuckets, count: number): boolean {
  const areWhole = (counts: readonly number[]) => counts.every((each) => Number.isSafeInteger(each));
  const totals = Number.isSafeInteger(count) && Number.isSafeInteger(buckets.zeroCount);
  return totals && areWhole(buckets.positive.counts) && areWhole(buckets.negative.counts);
}

/**
 * The upper bound of the positive bucket `index`, as the nearest double. The one that has the largest double ends there, the
 * next one at infinity (Prometheus' "Native histograms": standard schemas).
 */
export function upperBound(schema: number, index: number): number {
  const perDoubling = 2 ** schema;
  const doublings = Math.floor(index / perDoubling);
  const part = index - doublings * perDoubling;
  if (part === 0 && doublings === 1024) return Number.MAX_VALUE;
  if (part === 0) return 2 ** doublings;
  roots ??= computeRoots();
  return (roots[(part / perDoubling) * ROOTS] ?? 1) * 2 ** doublings;
}

/** The buckets of a doubling at the finest schema. */
const ROOTS = 256;
const PRECISION = 120n;
let roots: readonly number[] | undefined;

/** 2^(i/256) of each `i`, computed with integers: what `**` gives has another last digit in another version of V8. */
function computeRoots(): readonly number[] {
  const one = 1n << PRECISION;
  let root = 2n * one;
  for (let i = 0; i < Math.log2(ROOTS); i++) root = floorRoot(root << PRECISION);
  const powers = [one];
  while (powers.length < ROOTS) powers.push(((powers.at(-1) ?? one) * root) >> PRECISION);
  return powers.map((power) => Number(power) / Number(one));
}

/** The square root of a positive integer, rounded down, by Newton's method from above. */
function floorRoot(square: bigint): bigint {
  let root = square;
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** One native histogram as a classic one: a cumulative bucket at the upper bound of each that is populated. */
export function toClassicBuckets(
  { schema, zeroThreshold, zeroCount, positive, negative }: ExponentialBuckets,
  count: number,
): { readonly bounds: readonly string[]; readonly counts: readonly number[] } {
  const bounds: string[] = [];
  const counts: number[] = [];
  let total = 0;
  let last: number | undefined;
  const add = (bound: number, size: number) => {
    if (size === 0 || bound === Number.POSITIVE_INFINITY) return;
    total += size;
    // A zero bucket that reaches into others is the upstream's mistake; bounds ascend all the same.
    if (last === undefined || bound > last) {
      bounds.push(formatNumber(bound));
      last = bound;
    } else counts.pop();
    counts.push(total);
  };
  for (let i = negative.indexes.length - 1; i >= 0; i--) {
    add(-upperBound(schema, (negative.indexes[i] ?? 0) - 1), negative.counts[i] ?? 0);
  }
  add(zeroThreshold, zeroCount);
  for (const [i, index] of positive.indexes.entries()) add(upperBound(schema, index), positive.counts[i] ?? 0);
  return { bounds: [...bounds, '+Inf'], counts: [...counts, count] };
}
