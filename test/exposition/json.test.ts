import { expect, test } from 'vitest';
import { renderFamiliesAsJson } from '../../src/exposition/json.js';
import { histogram, scalar, summary } from './families.js';

test('families are a list with every sample under the name of the exposition', () => {
  const families = [
    scalar('counter', { name: 'c_total', help: 'all' }, [
      { value: 1.5, labels: { a: '"', b: 'y' }, timestampMs: 7 },
      { value: 2 },
    ]),
    summary({ name: 's' }, [{ quantiles: [['0.5', 1]], sum: 3, count: 2, labels: { a: '1' } }]),
    histogram({ name: 'h' }, [{ buckets: [['+Inf', 4]], sum: 5, count: 4 }]),
  ];
  expect(JSON.parse(renderFamiliesAsJson(families))).toEqual([
    {
      name: 'c_total',
      type: 'counter',
      help: 'all',
      samples: [
        { name: 'c_total', labels: { a: '"', b: 'y' }, value: 1.5, timestampMs: 7 },
        { name: 'c_total', labels: {}, value: 2 },
      ],
    },
    {
      name: 's',
      type: 'summary',
      help: 'h',
      samples: [
        { name: 's', labels: { a: '1', quantile: '0.5' }, value: 1 },
        { name: 's_sum', labels: { a: '1' }, value: 3 },
        { name: 's_count', labels: { a: '1' }, value: 2 },
      ],
    },
    {
      name: 'h',
      type: 'histogram',
      help: 'h',
      samples: [
        { name: 'h_bucket', labels: { le: '+Inf' }, value: 4 },
        { name: 'h_sum', labels: {}, value: 5 },
        { name: 'h_count', labels: {}, value: 4 },
      ],
    },
  ]);
});

test('NaN and the infinities are the words of the exposition format', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const family = scalar(
    'gauge',
    { name: 'g' },
    values.map((value, i) => ({ value, labels: { i: `${i}` } })),
  );
  const [parsed] = JSON.parse(renderFamiliesAsJson([family]));
  expect(parsed.samples.map(({ value }: { value: unknown }) => value)).toEqual(['NaN', '+Inf', '-Inf']);
});

test('no family is an empty list', () => {
  expect(renderFamiliesAsJson([])).toBe('[]\n');
});
