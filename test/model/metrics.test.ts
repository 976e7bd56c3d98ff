import { expect, test } from 'vitest';
import { countRowSamples, countRows, type MetricFamily } from '../../src/model/metrics.js';

const columns = { name: 'm', help: '', labelNames: [[], ['a']], labelValues: [[], ['1']] };

const families: readonly MetricFamily[] = [
  { ...columns, type: 'gauge', values: [1, 2] },
  { ...columns, type: 'summary', quantiles: [[], ['0.5', '1']], quantileValues: [[], [1, 2]], counts: [], sums: [] },
  { ...columns, type: 'histogram', bounds: [['+Inf'], ['1', '+Inf']], bucketCounts: [], counts: [], sums: [] },
];

test('a family has as many rows as label sets', () => {
  expect(families.map(countRows)).toEqual([2, 2, 2]);
});

test('a row has a sample for each bucket or quantile, and for sum and count', () => {
  expect(families.map((family) => [countRowSamples(family, 0), countRowSamples(family, 1)])).toEqual([
    [1, 1],
    [2, 4],
    [3, 4],
  ]);
});
