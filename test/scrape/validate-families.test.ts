import { describe, expect, test } from 'vitest';
import { type DropCause, DropTally } from '../../src/model/drops.js';
import type { ScrapeLimits } from '../../src/model/limits.js';
import { countRowSamples, countRows, type MetricFamily } from '../../src/model/metrics.js';
import { admitFamilies } from '../../src/scrape/validate-families.js';
import { makeGauge, makeHistogram, makeSummary } from '../support/families.js';

const roomy: ScrapeLimits = {
  bodyBytes: 1e6,
  depth: 100,
  nodes: 2_500_000,
  series: 1e6,
  labels: 64,
  labelLength: 4096,
};

function admit(
  families: readonly MetricFamily[],
  options: { readonly limits?: Partial<ScrapeLimits>; readonly takenNames?: readonly string[] } = {},
) {
  const drops = new DropTally();
  const { takenNames = [] } = options;
  const admission = admitFamilies({ families, drops, limits: { ...roomy, ...options.limits }, takenNames });
  const names = admission.families.map((family) => family.name);
  return { ...admission, names, drops };
}

function countDrops(drops: DropTally): Partial<Record<DropCause, number>> {
  const [example] = drops.examples;
  return example === undefined ? {} : { [example.cause]: drops.total };
}

describe('families that are in order', () => {
  test('are admitted as they are', () => {
    const families = [makeGauge('a', [{}, { b: '1' }]), makeHistogram('h', [{}]), makeSummary('s', [{ b: '1' }])];
    const { families: admitted, samples, drops } = admit(families);
    expect(samples).toBe(2 + 4 + 3);
    expect(drops.total).toBe(0);
    families.forEach((family, i) => {
      expect(admitted[i]).toBe(family);
    });
  });

  test('may be none', () => {
    expect(admit([])).toMatchObject({ families: [], samples: 0 });
  });
});

describe('a series that is there already', () => {
  test('is dropped, and the first one stays with its value', () => {
    const { families, samples, drops } = admit([makeGauge('a', [{ b: '1' }, { b: '2' }, { b: '1', c: '' }])]);
    expect(families).toEqual([makeGauge('a', [{ b: '1' }, { b: '2' }])]);
    expect(samples).toBe(2);
    expect(countDrops(drops)).toEqual({ duplicate: 1 });
    expect(drops.examples).toEqual([
      { cause: 'duplicate', samples: 1, where: 'a', message: expect.stringContaining('the first one was kept') },
    ]);
  });

  test('takes every column of its row along', () => {
    const rows = [{ b: '1' }, { b: '2' }, { b: '1' }, { b: '3' }];
    const timed = { ...makeGauge('a', rows), timestampsMs: [1, 2, 1, undefined] };
    const { families, samples, drops } = admit([timed, makeHistogram('h', rows), makeSummary('s', rows)]);
    expect(drops.total).toBe(1 + 4 + 3);
    expect(samples).toBe(3 + 12 + 9);
    const [gauge, histogram, summary] = families;
    expect(gauge).toMatchObject({ values: [0, 1, 3], timestampsMs: [1, 2, undefined] });
    expect(histogram).toMatchObject({
      sums: [0, 1, 3],
      counts: [1, 2, 4],
      bucketCounts: [
        [0, 1],
        [1, 2],
        [3, 4],
      ],
    });
    expect(summary).toMatchObject({ sums: [0, 1, 3], counts: [1, 2, 4], quantileValues: [[0], [1], [3]] });
    for (const family of families) {
      expect(family.labelValues).toEqual([['1'], ['2'], ['3']]);
      expect(family.labelNames).toEqual([['b'], ['b'], ['b']]);
    }
  });

  test('leaves samples that are those of the families', () => {
    const rows = [{ b: '1' }, { b: '1' }, {}];
    const { families, samples } = admit([makeHistogram('h', rows), makeSummary('s', rows), makeGauge('g', rows)]);
    const count = (family: MetricFamily) =>
      Array.from({ length: countRows(family) }, (_, row) => countRowSamples(family, row)).reduce((a, b) => a + b, 0);
    expect(families.map(count).reduce((a, b) => a + b, 0)).toBe(samples);
  });
});

describe('a family whose name is taken', () => {
  test.each<[string, readonly MetricFamily[], readonly string[], number]>([
    ['by another family', [makeGauge('a', [{}]), makeHistogram('a', [{}])], ['a'], 4],
    ['by a histogram of which it would be the count', [makeHistogram('a', [{}]), makeGauge('a_count', [{}])], ['a'], 1],
    ['by a histogram of which it would be the sum', [makeHistogram('a', [{}]), makeGauge('a_sum', [{}])], ['a'], 1],
    ['by a histogram of which it would be a bucket', [makeHistogram('a', [{}]), makeGauge('a_bucket', [{}])], ['a'], 1],
    ['by a summary of which it would be the count', [makeSummary('a', [{}]), makeGauge('a_count', [{}])], ['a'], 1],
    [
      'by the name of its own count',
      [makeGauge('a_count', [{}, { b: '1' }]), makeHistogram('a', [{}])],
      ['a_count'],
      4,
    ],
    ['by the name of its own sum', [makeGauge('a_sum', [{}]), makeSummary('a', [{}])], ['a_sum'], 3],
    ['by the buckets of another', [makeHistogram('a', [{}]), makeHistogram('a_bucket', [{}])], ['a'], 4],
  ])('is dropped: %s', (_, families, names, dropped) => {
    const admission = admit(families);
    expect(admission.names).toEqual(names);
    expect(countDrops(admission.drops)).toEqual({ collision: dropped });
  });

  test('by a family of zxp itself is dropped', () => {
    const takenNames = ['target_up', 'zot_up', 'x_count'];
    const families = [
      makeGauge('target_up', [{}]),
      makeGauge('zot_up', [{}]),
      makeHistogram('x', [{}]),
      makeGauge('y', [{}]),
    ];
    const { names, drops } = admit(families, { takenNames });
    expect(names).toEqual(['y']);
    expect(countDrops(drops)).toEqual({ collision: 6 });
  });

  test('takes no names itself', () => {
    const families = [makeGauge('a_sum', [{}]), makeHistogram('a', [{}]), makeGauge('a_count', [{}])];
    expect(admit(families).names).toEqual(['a_sum', 'a_count']);
  });

  test('is one of the same letters only', () => {
    const families = [makeGauge('a', [{}]), makeGauge('A', [{}]), makeGauge('a_bucket', [{}]), makeSummary('b', [{}])];
    const more = [makeGauge('b_bucket', [{}]), makeGauge('constructor', [{}]), makeGauge('__proto__', [{}])];
    expect(admit([...families, ...more]).drops.total).toBe(0);
  });
});

describe('the limit of series', () => {
  test('counts samples of all families', () => {
    const families = [makeGauge('a', [{}, { b: '1' }]), makeHistogram('h', [{}])];
    expect(admit(families, { limits: { series: 6 } }).samples).toBe(6);
    expect(() => admit(families, { limits: { series: 5 } })).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  test('does not count what is dropped', () => {
    const families = [makeGauge('a', [{}, {}, {}]), makeGauge('a', [{ b: '1' }])];
    expect(admit(families, { limits: { series: 1 } }).samples).toBe(1);
  });
});

describe('the limits of labels', () => {
  const limits = { labels: 2, labelLength: 5 };

  test.each([
    ['as many labels', makeGauge('a', [{ b: '1', c: '2' }])],
    ['as long a value', makeGauge('a', [{ b: '12345' }])],
    ['as long a label name', makeGauge('a', [{ abcde: '1' }])],
    ['as long a metric name', makeGauge('abcde', [{}])],
  ])('take %s', (_, family) => {
    expect(admit([family], { limits }).samples).toBe(1);
  });

  test.each([
    ['more labels', makeGauge('a', [{}, { b: '1', c: '2', d: '' }])],
    ['a longer value', makeGauge('a', [{ b: '1' }, { b: '123456' }])],
    ['a longer label name', makeGauge('a', [{ abcdef: '' }])],
    ['a longer metric name', makeGauge('abcdef', [])],
    ['a longer value of a histogram', makeHistogram('a', [{ b: '123456' }])],
  ])('throw for %s', (_, family) => {
    expect(() => admit([family], { limits })).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  test('hold for families that would be dropped, too', () => {
    const families = [makeGauge('a', [{}]), makeGauge('a', [{ b: '123456' }])];
    expect(() => admit(families, { limits })).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  test('name no more of a name that is too long than a line holds', () => {
    const long = makeGauge('a'.repeat(100_000), [{}]);
    expect(() => admit([long])).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^a{100}\.\.\. has /) }),
    );
  });
});
