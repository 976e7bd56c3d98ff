import { describe, expect, test } from 'vitest';
import type { MetricFamily } from '../../../src/model/metrics.js';
import { translateAtOnce } from '../translate-at-once.js';
import { scrapeDocument, translateBy, usualLimits } from './scrape-document.js';

const otlp = `\
- name: d
  type: exponential_histogram
  path: '{.p[*]}'
  scale: '{.scale}'
  count: '{.count}'
  sum: '{.sum}'
  zero_count: '{.zeroCount}'
  zero_threshold: '{.zeroThreshold}'
  positive: { offset: '{.positive.offset}', counts: '{.positive.bucketCounts[*]}' }
  negative: { offset: '{.negative.offset}', counts: '{.negative.bucketCounts[*]}' }`;

const bounded =
  "- { name: d, type: exponential_histogram, path: '{.p[*]}', buckets: '{.b[*]}', count: '{.c}', sum: '{.s}' }";

async function scrape(metrics: string, point: unknown) {
  return scrapeDocument(await translateBy(metrics), JSON.stringify({ p: [point] }));
}

describe('a point of OTLP', () => {
  test('of which everything that is 0 is left out is a histogram without observations', async () => {
    const { samples, dropped } = await scrape(otlp, {});
    expect(samples).toEqual(['d_bucket{le="+Inf"} 0', 'd_sum NaN', 'd_count 0']);
    expect(dropped).toEqual({});
  });

  test('may have its numbers as texts', async () => {
    const { samples } = await scrape(otlp, { count: '3', sum: '4.5', positive: { offset: '1', bucketCounts: ['3'] } });
    expect(samples).toEqual(['d_bucket{le="4"} 3', 'd_bucket{le="+Inf"} 3', 'd_sum 4.5', 'd_count 3']);
  });

  test('without a count has that of its buckets', async () => {
    const { samples } = await scrape(otlp, { sum: 1, zeroCount: 2, negative: { bucketCounts: [1, 1] } });
    expect(samples).toEqual([
      'd_bucket{le="-2"} 1',
      'd_bucket{le="-1"} 2',
      'd_bucket{le="0"} 4',
      'd_bucket{le="+Inf"} 4',
      'd_sum 1',
      'd_count 4',
    ]);
  });

  test('may count observations of NaN, which are in no bucket', async () => {
    const { samples } = await scrape(otlp, { count: 5, sum: 'NaN', positive: { bucketCounts: [3] } });
    expect(samples).toEqual(['d_bucket{le="2"} 3', 'd_bucket{le="+Inf"} 5', 'd_sum NaN', 'd_count 5']);
  });

  test('may have fractions for counts', async () => {
    const { samples } = await scrape(otlp, { count: 0.75, sum: 1, positive: { bucketCounts: [0.5, 0.25] } });
    expect(samples).toContain('d_count 0.75');
  });

  test.each<readonly [string, object]>([
    ['the scale is below -4, the lowest that Prometheus has', { scale: -5 }],
    ['the scale is not a whole number', { scale: 1.5 }],
    ['an offset is not a whole number', { positive: { offset: 0.5, bucketCounts: [1] } }],
    ['a bucket is beyond every number', { positive: { offset: 2000, bucketCounts: [1] } }],
    ['a bucket is beyond every number', { scale: 20, negative: { offset: -2_000_000_000, bucketCounts: [1] } }],
    ['a count is not a number of 0 or more', { positive: { bucketCounts: [-1] } }],
    ['a count is not a number of 0 or more', { positive: { bucketCounts: [{}] } }],
    ['a count is not a number of 0 or more', { zeroCount: -1 }],
    ['a count is not a number of 0 or more', { count: 'Inf' }],
    ['the zero threshold is not a number of 0 or more', { zeroThreshold: -1 }],
    ['the counts of the buckets do not add up to the count', { count: 2, sum: 1, positive: { bucketCounts: [1] } }],
    ['the counts of the buckets do not add up to the count', { count: 1, positive: { bucketCounts: [2] } }],
  ])('is dropped, and counted, where %s: %j', async (message, point) => {
    const { samples, dropped, outcome } = await scrape(otlp, point);
    expect(samples).toEqual([]);
    expect(dropped).toEqual({ bucket: 1 });
    expect(outcome.drops.examples.map((drop) => drop.message)).toEqual([message]);
  });

  test('with more buckets than series are allowed fails the scrape', async () => {
    const translator = await translateBy(otlp);
    const document = JSON.stringify({ p: [{ positive: { bucketCounts: new Array(200).fill(0) } }] });
    const { outcome } = await scrapeDocument(translator, document, { series: 100 });
    expect(outcome.reason).toBe('limit');
  });
});

describe('buckets by their bounds', () => {
  test('are those of the schema that they fit, with a zero bucket', async () => {
    const translator = await translateBy(bounded);
    const b = [
      [3, '-0.5', '0.5', '2'],
      [0, '4', '8', '1'],
      [1, '-2', '-1', '3'],
    ];
    const [family] = translateAll(translator, { p: [{ b, c: '6', s: '1' }] });
    expect(family).toMatchObject({
      type: 'exponential_histogram',
      buckets: [
        {
          schema: 0,
          zeroThreshold: 0.5,
          zeroCount: 2,
          positive: { indexes: [3], counts: [1] },
          negative: { indexes: [1], counts: [3] },
        },
      ],
      counts: [6],
      sums: [1],
    });
  });

  test.each<readonly [string, unknown]>([
    ['a bucket is not a list of a rule, two bounds and a count', [{}]],
    ['a bucket is not a list of a rule, two bounds and a count', [[0, '1', 'x', '1']]],
    ['a bucket is not a list of a rule, two bounds and a count', [[0, '2', '1', '1']]],
    ['a count is not a number of 0 or more', [[0, '1', '2', '-1']]],
    [
      'the bounds are not those of a native histogram',
      [
        [0, '1', '3', '1'],
        [0, '3', '4', '1'],
      ],
    ],
  ])('are dropped, and counted, where %s: %j', async (message, b) => {
    const { dropped, outcome } = await scrape(bounded, { b, s: 1 });
    expect(dropped).toEqual({ bucket: 1 });
    expect(outcome.drops.examples.map((drop) => drop.message)).toEqual([message]);
  });
});

function translateAll(translator: Awaited<ReturnType<typeof translateBy>>, document: unknown): readonly MetricFamily[] {
  return translateAtOnce(translator, Buffer.from(JSON.stringify(document)), usualLimits).families;
}
