import { countRows, type MetricFamily } from '../model/metrics.js';

/** One sample as an object, for whoever asks for objects: the writers do without. */
export interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly timestampMs?: number;
}

/** Every sample of a family, in the order of the exposition. */
export function listSamples(family: MetricFamily): readonly Sample[] {
  return Array.from({ length: countRows(family) }, (_, row) => listRowSamples(family, row)).flat();
}

function listRowSamples(family: MetricFamily, row: number): readonly Sample[] {
  const names = family.labelNames[row] ?? [];
  const labels = Object.fromEntries(names.map((name, i) => [name, family.labelValues[row]?.[i] ?? '']));
  const timestampMs = family.timestampsMs?.[row];
  const time = timestampMs === undefined ? {} : { timestampMs };
  const { name } = family;
  if (family.type !== 'histogram' && family.type !== 'summary') {
    return [{ name, labels, value: family.values[row] ?? Number.NaN, ...time }];
  }
  const [suffix, label, bounds, values] =
    family.type === 'histogram'
      ? (['_bucket', 'le', family.bounds[row], family.bucketCounts[row]] as const)
      : (['', 'quantile', family.quantiles[row], family.quantileValues[row]] as const);
  return [
    ...(bounds ?? []).map((bound, i) => ({
      name: name + suffix,
      labels: { ...labels, [label]: bound },
      value: values?.[i] ?? Number.NaN,
      ...time,
    })),
    { name: `${name}_sum`, labels, value: family.sums[row] ?? Number.NaN, ...time },
    { name: `${name}_count`, labels, value: family.counts[row] ?? Number.NaN, ...time },
  ];
}
