import type { HistogramFamily, ScalarFamily, SummaryFamily } from '../../src/model/metrics.js';

/** Rows as people write them: labels as one object a row. */
type Labelled<T> = T & { readonly labels?: Readonly<Record<string, string>>; readonly timestampMs?: number };

interface Head {
  readonly name: string;
  readonly help?: string;
}

export function scalar(
  type: ScalarFamily['type'],
  head: Head,
  rows: readonly Labelled<{ readonly value: number }>[],
): ScalarFamily {
  return { type, ...columns(head, rows), values: rows.map(({ value }) => value) };
}

export function gauge(name: string, value = 1): ScalarFamily {
  return scalar('gauge', { name }, [{ value }]);
}

export function counter(name: string, value = 1): ScalarFamily {
  return scalar('counter', { name }, [{ value }]);
}

export function histogram(
  head: Head,
  rows: readonly Labelled<{
    readonly buckets: readonly (readonly [bound: string, count: number])[];
    readonly sum: number;
    readonly count: number;
  }>[],
): HistogramFamily {
  return {
    type: 'histogram',
    ...columns(head, rows),
    bounds: rows.map(({ buckets }) => buckets.map(([bound]) => bound)),
    bucketCounts: rows.map(({ buckets }) => buckets.map(([, count]) => count)),
    sums: rows.map(({ sum }) => sum),
    counts: rows.map(({ count }) => count),
  };
}

export function summary(
  head: Head,
  rows: readonly Labelled<{
    readonly quantiles: readonly (readonly [quantile: string, value: number])[];
    readonly sum: number;
    readonly count: number;
  }>[],
): SummaryFamily {
  return {
    type: 'summary',
    ...columns(head, rows),
    quantiles: rows.map(({ quantiles }) => quantiles.map(([quantile]) => quantile)),
    quantileValues: rows.map(({ quantiles }) => quantiles.map(([, value]) => value)),
    sums: rows.map(({ sum }) => sum),
    counts: rows.map(({ count }) => count),
  };
}

function columns(head: Head, rows: readonly Labelled<object>[]) {
  const timestampsMs = rows.map(({ timestampMs }) => timestampMs);
  return {
    name: head.name,
    help: head.help ?? 'h',
    labelNames: rows.map(({ labels }) => Object.keys(labels ?? {})),
    labelValues: rows.map(({ labels }) => Object.values(labels ?? {})),
    ...(timestampsMs.some((time) => time !== undefined) ? { timestampsMs } : {}),
  };
}
