import type { PopulatedBuckets } from '../../model/metrics.js';

/** The schemas of native histograms that Prometheus has. */
export const MIN_SCHEMA = -4;
export const MAX_SCHEMA = 8;

/** 2^1024 is beyond every double, 2^-1074 is the smallest. */
const MAX_EXPONENT = 1024;
const MIN_EXPONENT = -1074;

/** A histogram at least as fine as Prometheus can have it, as OpenTelemetry counts: bucket `i` covers (base^i, base^(i+1)]. */
export interface IndexedCounts {
  readonly scale: number;
  readonly offset: number;
  readonly counts: readonly number[];
}

/**
 * The populated buckets by the indexes of Prometheus, which are greater by one. Of a scale above 8, neighbours are merged
 * into the one of scale 8 that covers them (OpenTelemetry, "Exponential Histogram": perfect subsetting).
 */
export function toPopulated({ scale, offset, counts }: IndexedCounts): PopulatedBuckets {
  const width = 2 ** Math.max(0, scale - MAX_SCHEMA);
  const indexes: number[] = [];
  const merged: number[] = [];
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue;
    const index = Math.floor((offset + i) / width) + 1;
    if (indexes.at(-1) === index) merged.push((merged.pop() ?? 0) + count);
    else {
      indexes.push(index);
      merged.push(count);
    }
  }
  return { indexes, counts: merged };
}

/** Whether every bucket may hold a number: none is below the smallest or beyond the one of infinity. */
export function areWithinDoubles(schema: number, { indexes }: PopulatedBuckets): boolean {
  const perExponent = 2 ** schema;
  const [first = 1] = indexes;
  const last = indexes.at(-1) ?? 1;
  return first >= Math.floor(MIN_EXPONENT * perExponent) && last <= Math.ceil(MAX_EXPONENT * perExponent) + 1;
}

/** One bucket by the amounts of its bounds, the nearer to zero first. */
export interface BoundedCount {
  readonly near: number;
  readonly far: number;
  readonly count: number;
}

/** The schema of which these are buckets; undefined where there is none. Any would do where nothing tells. */
export function findSchema(buckets: readonly BoundedCount[]): number | undefined {
  const telling = buckets.filter(({ near, far }) => near > 0 && far < Number.MAX_VALUE);
  const [first] = telling;
  if (first === undefined) return 0;
  const schema = 0 - Math.round(Math.log2(Math.log2(first.far / first.near)));
  const fits = telling.every((bucket) => {
    const index = toIndex(schema, bucket.far);
    return isBound(schema, index, bucket.far) && isBound(schema, index - 1, bucket.near);
  });
  return schema >= MIN_SCHEMA && schema <= MAX_SCHEMA && fits ? schema : undefined;
}

/** The populated buckets of a schema, whatever order they came in. */
export function toIndexes(schema: number, buckets: readonly BoundedCount[]): PopulatedBuckets {
  const byIndex = new Map<number, number>();
  for (const { far, count } of buckets) {
    if (count === 0) continue;
    const index = toIndex(schema, far);
    byIndex.set(index, (byIndex.get(index) ?? 0) + count);
  }
  const ascending = [...byIndex].sort(([left], [right]) => left - right);
  return { indexes: ascending.map(([index]) => index), counts: ascending.map(([, count]) => count) };
}

function toIndex(schema: number, far: number): number {
  const perExponent = 2 ** schema;
  if (far === Number.POSITIVE_INFINITY) return Math.ceil(MAX_EXPONENT * perExponent) + 1;
  return Math.round(Math.log2(far) * perExponent);
}

/** Bounds come as decimals, which round. */
function isBound(schema: number, index: number, bound: number): boolean {
  return Math.abs(2 ** (index * 2 ** -schema) - bound) <= bound * 1e-9;
}
