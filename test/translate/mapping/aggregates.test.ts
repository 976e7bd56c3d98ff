import { describe, expect, test } from 'vitest';
import { compileMetrics, scrapeDocument, translateBy } from './scrape-document.js';

async function scrape(more: string, elements: readonly unknown[], limits = {}) {
  const metric = `- { type: object, name: m, path: '{.x[*]}', labels: { k: '{.k}', l: '{.l}' }, value: '{.v}', ${more} }`;
  return scrapeDocument(await translateBy(metric), JSON.stringify({ x: elements }), limits);
}

const elements = [
  { k: 'a', l: 'b,c', v: 4 },
  { k: 'a,b', l: 'c', v: 8 },
  { k: 'a', l: 'b,c', v: 1 },
  { k: 'a', l: 'b,c', v: 4 },
];

describe('elements with the same labels', () => {
  test.each([
    ['duplicates: first', '4'],
    ['duplicates: last', '4'],
    ['duplicates: sum', '9'],
    ['aggregate: sum', '9'],
    ['aggregate: count', '3'],
    ['aggregate: min', '1'],
    ['aggregate: max', '4'],
    ['aggregate: avg', '3'],
  ])('become one by %s', async (more, value) => {
    const { samples, outcome } = await scrape(more, elements);
    const other = more === 'aggregate: count' ? '1' : '8';
    expect(samples).toEqual([`m{k="a",l="b,c"} ${value}`, `m{k="a,b",l="c"} ${other}`]);
    expect(outcome.drops.total).toBe(more === 'duplicates: first' ? 2 : 0);
  });

  test('NaN and infinities are numbers like others', async () => {
    const values = [{ v: 'Inf' }, { v: 1 }, { v: 'NaN' }].map((each) => ({ k: 'a', l: 'b', ...each }));
    expect((await scrape('aggregate: max', values.slice(0, 2))).samples).toEqual(['m{k="a",l="b"} +Inf']);
    expect((await scrape('aggregate: sum', values)).samples).toEqual(['m{k="a",l="b"} NaN']);
  });

  test('the last one brings its timestamp', async () => {
    const stamped = [
      { k: 'a', l: 'b', v: 1, t: 1000 },
      { k: 'a', l: 'b', v: 2, t: 2000 },
    ];
    expect((await scrape("duplicates: last, epochtimestamp: '{.t}'", stamped)).samples).toEqual([
      'm{k="a",l="b"} 2 2000',
    ]);
  });

  test('with timestamps of their own are samples of their own, unless they are folded', async () => {
    const stamped = [1000, 2000, 2000].map((t) => ({ k: 'a', l: 'b', v: t, t }));
    const { samples, dropped } = await scrape("epochtimestamp: '{.t}'", stamped);
    expect(samples).toEqual(['m{k="a",l="b"} 1000 1000', 'm{k="a",l="b"} 2000 2000']);
    expect(dropped).toEqual({ duplicate: 1 });
  });

  test('fail the scrape by duplicates: error', async () => {
    const { outcome } = await scrape('duplicates: error', elements);
    expect(outcome).toMatchObject({
      up: false,
      reason: 'schema',
      message: 'm has a series twice, and its duplicates are an error',
    });
  });

  test('folded rows count against limits.series as the one that they become', async () => {
    expect((await scrape('aggregate: sum', elements, { series: 2 })).outcome).toMatchObject({ up: true, samples: 2 });
    expect((await scrape('aggregate: sum', elements, { series: 1 })).outcome).toMatchObject({
      up: false,
      reason: 'limit',
    });
  });
});

test('folding twice, or what is no number, is refused at start', async () => {
  const find = async (more: string) =>
    (await compileMetrics(`- { type: object, name: m, path: '{.x}', ${more} }`)).problems;
  expect(await find("value: '{.v}', aggregate: sum, duplicates: last")).toMatchObject([
    { message: 'aggregate and duplicates both decide about equal labels' },
  ]);
  expect(await find("value: { path: '{.v}', states: [a] }, duplicates: last")).toMatchObject([
    { message: 'duplicates is for numbers, not for states, info, histograms or summaries' },
  ]);
  expect(await find("value: '{.v}', aggregate: median")).toMatchObject([
    { message: 'must be one of count, sum, min, max, avg, not "median"' },
  ]);
});
