import { describe, expect, test } from 'vitest';
import { compileMetrics, scrapeDocument, translateBy } from './scrape-document.js';

async function scrape(metric: string, document: unknown) {
  return scrapeDocument(
    await translateBy(`- { name: m, path: '{.x[*]}', ${metric} }`),
    JSON.stringify({ x: [document] }),
  );
}

describe('a histogram', () => {
  const counts = "count: '{.n}', sum: '{.s}'";

  test('puts buckets in order, and keeps the first of equal bounds', async () => {
    const document = { b: { '10': 4, '1.0': 2, '1': 3, '-0.5': 1, '+Inf': 9, '1e2': 5 }, n: 9, s: 2.5 };
    expect((await scrape(`type: histogram, buckets: '{.b}', ${counts}`, document)).samples).toEqual([
      'm_bucket{le="-0.5"} 1',
      'm_bucket{le="1"} 3',
      'm_bucket{le="10"} 4',
      'm_bucket{le="100"} 5',
      'm_bucket{le="+Inf"} 9',
      'm_sum 2.5',
      'm_count 9',
    ]);
  });

  test('takes the count of the last bucket where none is said, and has no sum that it does not know', async () => {
    expect((await scrape("type: histogram, buckets: '{.b}'", { b: { '1': 2, '2': 5 } })).samples).toEqual([
      'm_bucket{le="1"} 2',
      'm_bucket{le="2"} 5',
      'm_bucket{le="+Inf"} 5',
      'm_sum NaN',
      'm_count 5',
    ]);
  });

  test('of no buckets is its count', async () => {
    const samples = ['m_bucket{le="+Inf"} 3', 'm_sum 1', 'm_count 3'];
    expect((await scrape(`type: histogram, buckets: '{.b}', ${counts}`, { b: {}, n: 3, s: 1 })).samples).toEqual(
      samples,
    );
    const list = "buckets: { path: '{.b[*]}', bound: '{.le}', count: '{.n}' }";
    expect((await scrape(`type: histogram, ${list}, ${counts}`, { b: [], n: 3, s: 1 })).samples).toEqual(samples);
    expect(await scrape(`type: histogram, ${list}`, { b: [] })).toMatchObject({ samples: [], dropped: { missing: 1 } });
  });

  test('takes text for numbers, as json_exporter does', async () => {
    const document = { b: { '1': '2', Infinity: '3' }, n: '3', s: '1.5' };
    expect((await scrape(`type: histogram, buckets: '{.b}', ${counts}`, document)).samples).toEqual([
      'm_bucket{le="1"} 2',
      'm_bucket{le="+Inf"} 3',
      'm_sum 1.5',
      'm_count 3',
    ]);
  });

  test.each([
    ['a bound that is no number', { b: { fast: 1 }, n: 1, s: 1 }],
    ['NaN for a bound', { b: { NaN: 1 }, n: 1, s: 1 }],
    ['a count that is no number', { b: { '1': 'many' }, n: 1, s: 1 }],
    ['an object for a count', { b: { '1': { toString: 1 } }, n: 1, s: 1 }],
    ['a list of one for a count', { b: { '1': [1] }, n: 1, s: 1 }],
    ['a list in place of the object', { b: [1, 2], n: 1, s: 1 }],
    ['a number in place of the object', { b: 5, n: 1, s: 1 }],
    ['a total that is no number', { b: { '1': 1 }, n: 'x', s: 1 }],
    ['counts that fall', { b: { '1': 9, '2': 5, '+Inf': 3 }, n: 3, s: 1 }],
    ['a total below its buckets', { b: { '1': 4, '2': 9 }, n: 5, s: 1 }],
    ['a negative count', { b: { '1': -1, '2': 5 }, n: 5, s: 1 }],
    ['a sum that is null', { b: { '1': 1 }, n: 1, s: null }],
  ])('with %s is dropped as a whole', async (_what, document) => {
    const { samples, dropped } = await scrape(`type: histogram, buckets: '{.b}', ${counts}`, document);
    expect(samples).toEqual([]);
    expect(dropped).toEqual({ bucket: 1 });
  });

  test('of counts of each bucket alone has their sums, which do not fall', async () => {
    const document = { b: [9, 5, 3].map((n, i) => ({ le: i + 1, n })) };
    const buckets = "type: histogram, buckets: { path: '{.b[*]}', bound: '{.le}', count: '{.n}', cumulative";
    expect((await scrape(`${buckets}: true }`, document)).dropped).toEqual({ bucket: 1 });
    const { samples } = await scrape(`${buckets}: false }`, document);
    expect(samples).toContain('m_bucket{le="+Inf"} 17');
  });

  test('whose buckets are missing is dropped, and silently with allow_missing_key', async () => {
    expect((await scrape("type: histogram, buckets: '{.b}'", {})).dropped).toEqual({ missing: 1 });
    const allowed = await scrape("type: histogram, buckets: '{.b}', allow_missing_key: true", {});
    expect(allowed).toMatchObject({ samples: [], dropped: {} });
  });

  test('of elements looks up from its buckets to what holds them', async () => {
    const metric = `type: histogram,
      buckets: { path: '{.b.*}', bound: { key: true, scale: 0.001 }, count: { path: '{.c}', default: 0 } },
      labels: { unit: { path: '{.unit}', from: root } }`;
    expect((await scrape(metric, { b: { '500': { c: 1 }, '250': {} } })).samples).toEqual([
      'm_bucket{unit="",le="0.25"} 0',
      'm_bucket{unit="",le="0.5"} 1',
      'm_bucket{unit="",le="+Inf"} 1',
      'm_sum{unit=""} NaN',
      'm_count{unit=""} 1',
    ]);
    const fromParent = `type: histogram, buckets: {
      path: '{.b[*]}', bound: { path: '{.base}', from: parent }, count: { path: '{.x}', from: root, length: true } }`;
    expect((await scrape(fromParent, { base: 4, b: [0] })).samples[0]).toBe('m_bucket{le="4"} 1');
  });

  test('leaves the scope as it was: labels of the next element are its own', async () => {
    const translator = await translateBy(
      "- { type: histogram, name: m, path: '{.x[*]}', labels: { n: '{.n}' }, buckets: { path: '{.b[*]}', bound: '{@}', count: 1 } }",
    );
    const { samples } = await scrapeDocument(translator, '{"x": [{"n": "a", "b": [1]}, {"n": "b", "b": [1, 2]}]}');
    expect(samples.filter((line) => line.includes('_count'))).toEqual(['m_count{n="a"} 1', 'm_count{n="b"} 1']);
  });
});

describe('a summary', () => {
  test('has quantiles in order, and what is not known is NaN', async () => {
    expect((await scrape("type: summary, quantiles: '{.q}'", { q: { '0.9': 'NaN', '0.5': 1 } })).samples).toEqual([
      'm{quantile="0.5"} 1',
      'm{quantile="0.9"} NaN',
      'm_sum NaN',
      'm_count NaN',
    ]);
  });
});

describe('refused at start', () => {
  test.each([
    ['no buckets', 'type: histogram', 'needs buckets'],
    ['no quantiles', 'type: summary', 'needs quantiles'],
    ['buckets of a summary', "type: summary, quantiles: '{.q}', buckets: '{.b}'", 'unknown key'],
    [
      'half an element',
      "type: histogram, buckets: { path: '{.b}', bound: '{.le}' }",
      'needs both bound and count, or none',
    ],
    ['no path', "type: histogram, buckets: { bound: '{.le}', count: '{.n}' }", 'needs a path'],
    [
      'a label le',
      "type: histogram, buckets: '{.b}', labels: { le: '{.x}' }",
      'has the label le, which a histogram makes',
    ],
    [
      'a label quantile',
      "type: summary, quantiles: '{.b}', labels: { quantile: '{.x}' }",
      'has the label quantile, which a summary makes',
    ],
    ['a value type', "type: histogram, buckets: '{.b}', valuetype: counter", 'has no effect with type: histogram'],
    [
      'an aggregate',
      "type: histogram, buckets: '{.b}', aggregate: sum",
      'aggregate is for numbers, not for states, info, histograms or summaries',
    ],
    ['a cumulative summary', "type: summary, quantiles: { path: '{.q}', cumulative: true }", 'unknown key'],
  ])('%s', async (_what, metric, message) => {
    const { problems } = await compileMetrics(`- { name: m, path: '{.x[*]}', ${metric} }`);
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });
});
