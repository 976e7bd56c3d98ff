import { type FormatName, isScalar, type MetricFamily } from '../model/metrics.js';

/** What a format has no form for. */
interface Refusal {
  readonly reason: string;
  /** Whether a row of the family is like that. */
  readonly holds: (family: MetricFamily) => boolean;
}

/** OpenMetrics 2.0-rc0, "MetricFamily types": what it says must be. */
const openMetrics2Refusals: readonly Refusal[] = [
  {
    reason: 'OpenMetrics 2.0 has no counter that is NaN',
    holds: (family) => isScalar(family) && family.type === 'counter' && family.values.some(Number.isNaN),
  },
  {
    reason: 'OpenMetrics 2.0 wants buckets that ascend from 0 to the count',
    holds: (family) =>
      family.type === 'histogram' &&
      !family.bucketCounts.every((counts, row) => areCumulative(counts, family.counts[row])),
  },
  {
    reason: 'OpenMetrics 2.0 wants a summary to have a whole count, a sum, and none of them negative',
    holds: (family) =>
      family.type === 'summary' &&
      !family.counts.every((count, row) => Number.isInteger(count) && count >= 0 && isSumOfSizes(family, row)),
  },
  {
    reason: 'OpenMetrics 2.0 has quantiles from 0 to 1 only',
    holds: (family) =>
      family.type === 'summary' &&
      !family.quantiles.every((quantiles) => quantiles.every((each) => Number(each) >= 0 && Number(each) <= 1)),
  },
  {
    reason: 'OpenMetrics 2.0 has no quantile with a negative value',
    holds: (family) =>
      family.type === 'summary' && family.quantileValues.some((values) => values.some((value) => value < 0)),
  },
];

/** A count of a summary is a whole number there, and the time 0 is none at all. */
const protobufRefusals: readonly Refusal[] = [
  { reason: 'protobuf has no timestamp of 0', holds: (family) => family.timestampsMs?.includes(0) === true },
  {
    reason: 'protobuf wants the count of a summary to be a whole number',
    holds: (family) =>
      family.type === 'summary' &&
      !family.counts.every((count) => Number.isInteger(count) && count >= 0 && count < 2 ** 64),
  },
];

const refusals: Readonly<Record<FormatName, readonly Refusal[]>> = {
  text: [],
  openmetrics: [],
  openmetrics2: openMetrics2Refusals,
  protobuf: protobufRefusals,
};

/**
 * Why a format has no form for a family as a whole, in words; undefined where it has one. A scraper that is given such a
 * family all the same refuses everything. `known` is the reason that other rows of the family have given: the first one in
 * the order of the format counts.
 */
export function findRefusal(family: MetricFamily, format: FormatName, known?: string): string | undefined {
  return refusals[format].find(({ reason, holds }) => reason === known || holds(family))?.reason;
}

function isSumOfSizes({ sums }: { readonly sums: readonly number[] }, row: number): boolean {
  return (sums[row] ?? Number.NaN) >= 0;
}

/** From 0 up, none of them NaN, and the last one is the count. */
function areCumulative(counts: readonly number[], count: number | undefined): boolean {
  let last = 0;
  for (const each of counts) {
    if (!(each >= last)) return false;
    last = each;
  }
  return last === count;
}
