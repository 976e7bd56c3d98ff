import { describe, expect, test } from 'vitest';
import { compileMetrics, scrapeDocument, translateBy } from './scrape-document.js';

async function scrape(metric: string, document: unknown) {
  return scrapeDocument(await translateBy(`- { type: object, name: m, ${metric} }`), JSON.stringify(document));
}

describe('key: true', () => {
  const keyed = "labels: { k: { key: true } }, value: '{@}'";

  test.each([
    ['{.d.*}', ['m{k="a"} 1', 'm{k="b"} 2']],
    ['{ .d.* }', ['m{k="a"} 1', 'm{k="b"} 2']],
    ['{$.d.*}', ['m{k="a"} 1', 'm{k="b"} 2']],
    ['$.d.*', ['m{k="a"} 1', 'm{k="b"} 2']],
    ["$['d'][*]", ['m{k="a"} 1', 'm{k="b"} 2']],
    ['{.l[*]}', ['m{k="0"} 5', 'm{k="1"} 6']],
    ['{.l.*}', ['m{k="0"} 5', 'm{k="1"} 6']],
    ['$.l[*]', ['m{k="0"} 5', 'm{k="1"} 6']],
    ['{.n[*].*}', ['m{k="x"} 7', 'm{k="y"} 8']],
  ])('with %s gives the keys or indexes', async (path, samples) => {
    const document = { d: { a: 1, b: 2 }, l: [5, 6], n: [{ x: 7 }, { y: 8 }] };
    expect((await scrape(`path: "${path}", ${keyed}`, document)).samples).toEqual(samples);
  });

  test.each(['{.*}', '{@.*}', '{$.*}', '{[*]}', '$.*', '$[*]'])('with %s walks the document itself', async (path) => {
    expect((await scrape(`path: '${path}', ${keyed}`, [4])).samples).toEqual(['m{k="0"} 4']);
  });

  test('gives keys that every object has elsewhere, and not those that it inherits', async () => {
    const document = JSON.parse('{"d": {"__proto__": 1, "constructor": 2, "hasOwnProperty": 3, "toString": 4}}');
    expect((await scrape(`path: '{.d.*}', ${keyed}`, document)).samples).toEqual([
      'm{k="__proto__"} 1',
      'm{k="constructor"} 2',
      'm{k="hasOwnProperty"} 3',
      'm{k="toString"} 4',
    ]);
    expect((await scrape(`path: '{.d.*}', ${keyed}`, { d: {} })).samples).toEqual([]);
  });

  test('of what has no elements is dropped; null has none', async () => {
    expect(await scrape(`path: '{.d.*}', ${keyed}`, { d: 5 })).toMatchObject({ samples: [], dropped: { path: 1 } });
    expect(await scrape(`path: '{.d.*}', ${keyed}`, { d: null })).toMatchObject({ samples: [], dropped: {} });
    expect(await scrape(`path: '{.d.*}', ${keyed}`, {})).toMatchObject({ samples: [], dropped: { missing: 1 } });
  });

  test('by a query of RFC 9535 is nothing in a number or text, as without keys', async () => {
    const metric = "path: ['$.*', '$.*'], labels: { o: { key: true, from: parent }, k: { key: true } }, value: '{@}'";
    expect(await scrape(metric, { a: { x: 1 }, b: 2, c: 'text' })).toMatchObject({
      samples: ['m{o="a",k="x"} 1'],
      dropped: {},
    });
  });

  test.each([
    ["'{.d}'", 'gives no keys, which a label or value asks for'],
    ["'{..*}'", 'gives no keys, which a label or value asks for'],
    ["'{.d[?(@.a)]}'", 'gives no keys, which a label or value asks for'],
    ["['{.d.*}', '{.e}']", 'gives no keys, which a label or value asks for'],
  ])('with the path %s is refused at start', async (path, message) => {
    const { problems } = await compileMetrics(`- { type: object, name: m, path: ${path}, ${keyed} }`);
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });

  test('of the document, in value mode or too far up, is refused at start', async () => {
    const message = 'asks for the key of the whole document, which has none';
    const value = await compileMetrics("- { name: m, path: '{.a}', labels: { k: { key: true } } }");
    expect(value.problems).toMatchObject([{ message }]);
    const far = "- { type: object, name: m, path: '{.a.*}', labels: { k: { key: true, from: parent } }, value: 1 }";
    expect((await compileMetrics(far)).problems).toMatchObject([{ message }]);
    const root = "- { type: object, name: m, path: '{.a.*}', labels: { k: { key: true, from: root } }, value: 1 }";
    expect((await compileMetrics(root)).problems).toMatchObject([{ message }]);
  });
});

describe('a list of paths', () => {
  test('goes on where one branch ends, and drops what is missing in it', async () => {
    const metric = "path: ['{.a[*]}', '{.b[*]}'], labels: { n: { path: '{.n}', from: parent } }, value: '{@}'";
    const document = { a: [{ n: 1 }, { n: 2, b: [] }, { n: 3, b: [30, 31] }] };
    const { samples, dropped } = await scrape(`${metric}, duplicates: sum`, document);
    expect(samples).toEqual(['m{n="3"} 61']);
    expect(dropped).toEqual({ missing: 1 });
  });

  test('goes twelve levels deep, and looks up to each', async () => {
    const depth = 12;
    const paths = Array.from({ length: depth }, () => "'{.c[*]}'").join(', ');
    const labels = Array.from({ length: depth }, (_, up) => `l${up}: { path: '{.n}', from: ${up} }`).join(', ');
    let document: unknown = { n: 0 };
    for (let n = 1; n <= depth; n++) document = { n, c: [document] };
    const { samples } = await scrape(`path: [${paths}], labels: { ${labels} }, value: '{.n}'`, document);
    const wanted = Array.from({ length: depth }, (_, up) => `l${up}="${up}"`).join(',');
    expect(samples).toEqual([`m{${wanted}} 0`]);
  });

  test('reads a label from further up once, and again where that changes', async () => {
    const labels = "labels: { p: { path: '{.n}', from: parent }, r: { path: '{.r}', from: root } }";
    const document = {
      r: 'R',
      a: [
        { n: 'x', b: [1, 2] },
        { n: 'y', b: [3] },
        { n: 'x', b: [4] },
      ],
    };
    const { samples } = await scrape(
      `path: ['{.a[*]}', '{.b[*]}'], ${labels}, value: '{@}', duplicates: last`,
      document,
    );
    expect(samples).toEqual(['m{p="x",r="R"} 4', 'm{p="y",r="R"} 3']);
  });

  test('tells elements apart that are the same scalar', async () => {
    const metric = "path: ['{.a[*]}', '{@}'], labels: { k: { key: true, from: parent } }, value: '{@}'";
    expect((await scrape(metric, { a: [1, 1] })).samples).toEqual(['m{k="0"} 1', 'm{k="1"} 1']);
  });
});
