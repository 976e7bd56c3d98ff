import type { HistogramFamily, ScalarFamily, SummaryFamily } from '../../src/model/metrics.js';

/** The labels of one series. */
export type Labels = Readonly<Record<string, string>>;

/** A gauge with a row for each set of labels, whose values count up from 0. */
export function makeGauge(name: string, rows: readonly Labels[]): ScalarFamily {
  return { type: 'gauge', ...makeColumns(name, rows), values: rows.map((_, row) => row) };
}

/** A histogram with two buckets a row. */
export function makeHistogram(name: string, rows: readonly Labels[]): HistogramFamily {
  return {
    type: 'histogram',
    ...makeColumns(name, rows),
    bounds: rows.map(() => ['1', '+Inf']),
    bucketCounts: rows.map((_, row) => [row, row + 1]),
    counts: rows.map((_, row) => row + 1),
    sums: rows.map((_, row) => row),
  };
}

/** A summary with one quantile a row. */
export function makeSummary(name: string, rows: readonly Labels[]): SummaryFamily {
  return {
    type: 'summary',
    ...makeColumns(name, rows),
    quantiles: rows.map(() => ['0.5']),
    quantileValues: rows.map((_, row) => [row]),
    counts: rows.map((_, row) => row + 1),
    sums: rows.map((_, row) => row),
  };
}

function makeColumns(name: string, rows: readonly Labels[]) {
  return { name, help: '', labelNames: rows.map(Object.keys), labelValues: rows.map((row) => Object.values(row)) };
}
