import { describe, expect, test } from 'vitest';
import { compileMapping } from '../../../src/translate/mapping/mapping.js';
import { translateAtOnce } from '../translate-at-once.js';
import { compileMetrics, scrapeDocument, translateBy, usualLimits } from './scrape-document.js';

describe('a compiled mapping', () => {
  test('keeps nothing of one document for the next, not even where it fails in the middle', async () => {
    const translator = await translateBy(`\
- { type: object, name: m, path: ['{.x[*]}', '{.y[*]}'], labels: { n: { path: '{.n}', from: parent } }, value: '{@}', aggregate: sum }`);
    const first = '{"x": [{"n": "a", "y": [1, 2]}]}';
    const second = '{"x": [{"n": "b", "y": [3]}]}';
    expect((await scrapeDocument(translator, first)).samples).toEqual(['m{n="a"} 3']);
    expect((await scrapeDocument(translator, first, { nodes: 5, series: 0 })).outcome.reason).toBe('limit');
    expect((await scrapeDocument(translator, second)).samples).toEqual(['m{n="b"} 3']);
    expect((await scrapeDocument(translator, first)).samples).toEqual(['m{n="a"} 3']);
  });

  test('gives families in the order of the metrics, and those alone that have a sample', async () => {
    const translator = await translateBy(`\
- { name: z, path: '{.z}' }
- { type: object, name: m, path: '{.x[*]}', values: { b: '{.b}', a: '{.a}' } }
- { name: a, path: '{.a}' }`);
    const { samples } = await scrapeDocument(translator, '{"x": [{"b": 1}, {"b": 2, "a": 3}], "a": 4}');
    expect(samples).toEqual(['m_b 1', 'm_a 3', 'a 4']);
  });

  test('of no metrics takes any JSON, and nothing else', async () => {
    const { translator } = await compileMapping(
      { format: 'json', decode: [], metrics: [], staticLabels: [], only: [], drop: [], isStrict: false },
      { dialect: 'json_exporter' },
    );
    for (const document of ['{}', '[]', '5', '"x"', 'null', 'true']) {
      expect((await scrapeDocument(translator, document)).outcome).toMatchObject({ up: true, samples: 0 });
    }
    for (const document of ['', ' ', '{', '{}{}', "{'a': 1}", '<html>', 'NaN']) {
      expect((await scrapeDocument(translator, document)).outcome).toMatchObject({ up: false, reason: 'decode' });
    }
  });

  test('loads the engine for queries only if a path is one', async () => {
    const { translator } = await compileMetrics("- { name: m, path: '$5' }\n- { name: n, path: 'US${.p}' }");
    expect(translator.name).toBe('mapping');
  });
});

describe('what became of each metric', () => {
  test('says what its path matched, and why something is missing, each reason once', async () => {
    const translator = await translateBy(`\
- { type: object, name: m, path: ['{.x[*]}', '{.y[*]}'], labels: { n: '{.n}' }, values: { a: '{.a}', b: '{.b}' } }
- { name: v, path: '{.v}', epochtimestamp: '{.t}' }`);
    const y = Array.from({ length: 9 }, (_, i) => ({ a: i, n: i }));
    const { details } = translateAtOnce(
      translator,
      Buffer.from(JSON.stringify({ x: [{ y }, {}], v: 1, t: 'now' })),
      usualLimits,
    );
    expect(details).toEqual([
      {
        name: 'm',
        where: 'zxp.yml:6:9: modules.m.metrics[0]',
        path: '{.x[*]} > {.y[*]}',
        elements: 9,
        samples: 9,
        failures: ['m_b: x[0].y[0].b not found, and 8 more', 'path: x[1]: y is not found'],
      },
      {
        name: 'v',
        where: 'zxp.yml:7:9: modules.m.metrics[1]',
        path: '{.v}',
        elements: 1,
        samples: 1,
        failures: ['timestamp: t is a text: not a whole number of milliseconds'],
      },
    ]);
  });

  test('never quotes the document', async () => {
    const secret = 'canary-7f3a';
    const translator = await translateBy(`\
- { name: a, path: '{.s}' }
- { name: b, path: '{.s[0]}' }
- { name: c, path: '{.s}', unit: bytes }
- { name: d, path: '{.s}', date: rfc3339 }
- { name: e, path: '{.s}', regex: 'x' }
- { name: f, path: '{.s}', map: { x: 1 } }
- { name: g, path: '{.l[?(@.s>5)]}' }
- { type: histogram, name: h, path: '{}', buckets: '{.o}' }
- { type: object, name: i, path: '{.s.*}', labels: { k: { key: true } }, value: 1 }
- { name: j, path: '1', epochtimestamp: '{.s}', labels: { l: '{.s[*]}' } }`);
    const document = JSON.stringify({ s: secret, l: [{ s: secret }], o: { [secret]: secret } });
    const { details, drops } = translateAtOnce(translator, Buffer.from(document), usualLimits);
    expect(JSON.stringify(details)).not.toContain(secret);
    expect(JSON.stringify(drops.examples)).not.toContain(secret);
    expect(drops.total).toBe(9);
  });
});
