import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { MetricFamily } from '../model/metrics.js';
import { formatNumber } from './byte-writer.js';

/** A row of a histogram or summary under construction. */
interface Distribution {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly bounds: string[];
  readonly counts: number[];
  count: number;
  sum: number;
}

/** An ordinary metric of prom-client, as its `get()` gives it, as a family. */
export function toFamily(metric: MetricObjectWithValues<MetricValue<string>>): MetricFamily {
  const { name, help, values } = metric;
  // Its types have an enum here, and the text of its members there.
  const type = String(metric.type);
  if (type === 'histogram' || type === 'summary') return toDistribution({ name, help, values, type });
  return {
    type: type === 'counter' || type === 'gauge' ? type : 'untyped',
    name,
    help,
    labelNames: values.map(({ labels }) => Object.keys(labels)),
    labelValues: values.map(({ labels }) => Object.values(labels).map(String)),
    values: values.map(({ value }) => value),
  };
}

function toDistribution(metric: {
  readonly name: string;
  readonly help: string;
  readonly values: readonly MetricValue<string>[];
  readonly type: 'histogram' | 'summary';
}): MetricFamily {
  const { name, help, type } = metric;
  const rows = new Map<string, Distribution>();
  for (const sample of metric.values)
    addSample(rows, sample, { name, ownLabel: type === 'histogram' ? 'le' : 'quantile' });
  const all = [...rows.values()];
  const columns = {
    name,
    help,
    labelNames: all.map(({ names }) => names),
    labelValues: all.map(({ values }) => values),
    counts: all.map(({ count }) => count),
    sums: all.map(({ sum }) => sum),
  };
  const bounds = all.map((row) => row.bounds);
  const counts = all.map((row) => row.counts);
  return type === 'histogram'
    ? { type, ...columns, bounds, bucketCounts: counts }
    : { type, ...columns, quantiles: bounds, quantileValues: counts };
}

function addSample(
  rows: Map<string, Distribution>,
  sample: MetricValue<string>,
  { name, ownLabel }: { readonly name: string; readonly ownLabel: string },
): void {
  const labels = Object.entries(sample.labels).filter(([label]) => label !== ownLabel);
  const key = JSON.stringify(labels);
  const row = rows.get(key) ?? {
    names: labels.map(([label]) => label),
    values: labels.map(([, value]) => String(value)),
    bounds: [],
    counts: [],
    count: Number.NaN,
    sum: Number.NaN,
  };
  rows.set(key, row);
  const sampleName = 'metricName' in sample ? sample.metricName : name;
  const bound = sample.labels[ownLabel];
  if (sampleName === `${name}_sum`) row.sum = sample.value;
  else if (sampleName === `${name}_count`) row.count = sample.value;
  else if (bound !== undefined) {
    row.bounds.push(typeof bound === 'number' ? formatNumber(bound) : bound);
    row.counts.push(sample.value);
  }
}
