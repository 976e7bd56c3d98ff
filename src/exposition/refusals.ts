import { type FormatName, isScalar, type MetricFamily } from '../model/metrics.js';

/**
 * Why a format has no form for a family as a whole, in words; undefined where it has one. A scraper that is given such a
 * family all the same refuses everything.
 */
export function findRefusal(family: MetricFamily, format: FormatName): string | undefined {
  switch (format) {
    case 'openmetrics2':
      return findOpenMetrics2Refusal(family);
    case 'protobuf':
      return findProtobufRefusal(family);
    default:
      return undefined;
  }
}

/** OpenMetrics 2.0-rc0, "MetricFamily types": what it says must be. */
function findOpenMetrics2Refusal(family: MetricFamily): string | undefined {
  if (isScalar(family)) {
    const isBroken = family.type === 'counter' && family.values.some(Number.isNaN);
    return isBroken ? 'OpenMetrics 2.0 has no counter that is NaN' : undefined;
  }
  if (family.type === 'histogram') {
    const isSound = family.bucketCounts.every((counts, row) => areCumulative(counts, family.counts[row]));
    return isSound ? undefined : 'OpenMetrics 2.0 wants buckets that ascend from 0 to the count';
  }
  if (family.type !== 'summary') return undefined;
  const isSound = family.counts.every(
    (count, row) => Number.isInteger(count) && count >= 0 && isSumOfSizes(family, row),
  );
  if (!isSound) return 'OpenMetrics 2.0 wants a summary to have a whole count, a sum, and none of them negative';
  const haveBounds = family.quantiles.every((quantiles) =>
    quantiles.every((each) => Number(each) >= 0 && Number(each) <= 1),
  );
  if (!haveBounds) return 'OpenMetrics 2.0 has quantiles from 0 to 1 only';
  const isNegative = family.quantileValues.some((values) => values.some((value) => value < 0));
  return isNegative ? 'OpenMetrics 2.0 has no quantile with a negative value' : undefined;
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

/** A count of a summary is a whole number there, and the time 0 is none at all. */
function findProtobufRefusal(family: MetricFamily): string | undefined {
  if (family.timestampsMs?.includes(0)) return 'protobuf has no timestamp of 0';
  if (family.type !== 'summary') return undefined;
  const isWhole = family.counts.every((count) => Number.isInteger(count) && count >= 0 && count < 2 ** 64);
  return isWhole ? undefined : 'protobuf wants the count of a summary to be a whole number';
}
