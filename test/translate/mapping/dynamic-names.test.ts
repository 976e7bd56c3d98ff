import { describe, expect, test } from 'vitest';
import { compileMetrics, scrapeDocument, translateBy } from './scrape-document.js';

async function scrape(metric: string, document: unknown) {
  return scrapeDocument(await translateBy(metric), JSON.stringify(document));
}

describe('a name from the document', () => {
  test("is a path, with a prefix in front of it and its metric's help", async () => {
    const metric =
      "- { name: { path: '{.k}', prefix: app_ }, help: Counters of the app., valuetype: gauge, type: object, path: '{.l[*]}', labels: { h: '{.h}' }, value: '{.v}' }";
    const { lines } = await scrape(metric, {
      l: [
        { k: 'a', v: 1, h: 'x' },
        { k: 'b.c', v: 2, h: 'x' },
        { k: 'a', v: 3, h: 'y' },
      ],
    });
    expect(lines).toEqual([
      '# HELP app_a Counters of the app.',
      '# TYPE app_a gauge',
      'app_a{h="x"} 1',
      'app_a{h="y"} 3',
      '# HELP app_b_c Counters of the app.',
      '# TYPE app_b_c gauge',
      'app_b_c{h="x"} 2',
    ]);
  });

  test('is a key, after regex and map', async () => {
    const metric =
      "- { name: { key: true, prefix: p_, regex: '^x_(.*)', map: { old: new }, otherwise: other }, type: object, path: '{.o.*}', value: '{@}' }";
    expect((await scrape(metric, { o: { x_old: 1, x_else: 2 } })).samples).toEqual(['p_new 1', 'p_other 2']);
  });

  test('goes before the suffix of each value', async () => {
    const metric =
      "- { name: { path: '{.k}' }, type: object, path: '{.l[*]}', values: { sum: '{.s}', count: '{.c}' } }";
    expect((await scrape(metric, { l: [{ k: 'a', s: 1, c: 2 }] })).samples).toEqual(['a_sum 1', 'a_count 2']);
  });

  test('that is missing or empty, or one of too many, is dropped and counted', async () => {
    const metric = "- { name: { path: '{.k}', max: 2 }, type: object, path: '{.l[*]}', value: '{.v}' }";
    const l = ['a', 'b', 'c', 'a', '', undefined].map((k, v) => ({ k, v }));
    const { samples, dropped } = await scrape(metric, { l });
    expect(samples).toEqual(['a 0', 'b 1']);
    expect(dropped).toEqual({ name: 3, duplicate: 1 });
  });

  test('of a family that zxp adds itself, or that another type has, is dropped and counted', async () => {
    const metrics =
      "- { name: taken, path: '1', valuetype: counter }\n- { name: { path: '{.k}' }, type: object, path: '{.l[*]}', value: 1 }";
    const { samples, dropped } = await scrape(metrics, { l: [{ k: 'target_up' }, { k: 'taken' }, { k: 'free' }] });
    expect(samples).toEqual(['taken 1', 'free 1']);
    expect(dropped).toEqual({ collision: 2 });
  });

  test('can be aggregated, family by family', async () => {
    const metric = "- { name: { path: '{.k}' }, type: object, path: '{.l[*]}', value: '{.v}', aggregate: sum }";
    const l = [
      { k: 'a', v: 1 },
      { k: 'b', v: 2 },
      { k: 'a', v: 3 },
    ];
    expect((await scrape(metric, { l })).samples).toEqual(['a 4', 'b 2']);
  });

  test('is filtered by only and drop', async () => {
    const metric = "- { name: { path: '{.k}' }, type: object, path: '{.l[*]}', value: 1 }";
    const translator = await translateBy(metric, { module: "drop: ['b.*']" });
    const { samples } = await scrapeDocument(translator, JSON.stringify({ l: [{ k: 'a' }, { k: 'bc' }] }));
    expect(samples).toEqual(['a 1']);
  });

  test.each([
    ["{ name: { path: '{.k}' }, path: '{.v}' }", 'a name from the document is for numbers of type: object'],
    ["{ name: { prefix: a_ }, type: object, path: '{.l[*]}', value: 1 }", 'needs a path'],
    [
      "{ name: { path: '{.k}', scale: 2 }, type: object, path: '{.l[*]}', value: 1 }",
      'unit, date, base and scale make numbers, and a name is text',
    ],
    ["{ name: { path: '{.k}', max: 0 }, type: object, path: '{.l[*]}', value: 1 }", expect.stringMatching(/1/)],
  ])('%s is refused at start', async (metric, message) => {
    const { problems } = await compileMetrics(`- ${metric}`);
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });
});
