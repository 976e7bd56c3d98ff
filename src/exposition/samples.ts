import { countRows, isScalar, type MetricFamily } from '../model/metrics.js';
import { readClassicBuckets } from './row-lines.js';

/** One sample as an object, for whoever wants objects: the writers do without. */
export interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly timestampMs?: number;
}

/** Every sample of a family, in the order of the exposition. Native histograms are classic ones. */
export function listSamples(family: MetricFamily): readonly Sample[] {
  return Array.from({ length: countRows(family) }, (_, row) => listRowSamples(family, row)).flat();
}

function listRowSamples(family: MetricFamily, row: number): readonly Sample[] {
  const names = family.labelNames[row] ?? [];
  const labels = Object.fromEntries(names.map((name, i) => [name, family.labelValues[row]?.[i] ?? '']));
  const timestampMs = family.timestampsMs?.[row];
  const time = timestampMs === undefined ? {} : { timestampMs };
  const { name } = family;
  if (isScalar(family)) return [{ name, labels, value: family.values[row] ?? Number.NaN, ...time }];
  const [suffix, label, { bounds, values }] = listBoundedSamples(family, row);
  return [
    ...bounds.map((bound, i) => ({
      name: name + suffix,
      labels: { ...labels, [label]: bound },
      value: values[i] ?? Number.NaN,
      ...time,
    })),
    { name: `${name}_sum`, labels, value: family.sums[row] ?? Number.NaN, ...time },
    { name: `${name}_count`, labels, value: family.counts[row] ?? Number.NaN, ...time },
  ];
}

function listBoundedSamples(family: Exclude<MetricFamily, { readonly values: unknown }>, row: number) {
  switch (family.type) {
    case 'histogram': {
      const lines = { bounds: family.bounds[row] ?? [], values: family.bucketCounts[row] ?? [] };
      return ['_bucket', 'le', lines] as const;
    }
    case 'exponential_histogram':
      return ['_bucket', 'le', readClassicBuckets(family, row)] as const;
    case 'summary': {
      const lines = { bounds: family.quantiles[row] ?? [], values: family.quantileValues[row] ?? [] };
      return ['', 'quantile', lines] as const;
    }
  }
}
