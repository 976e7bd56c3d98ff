import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScrapeLimits } from '../../../src/model/limits.js';
import { parseExposition } from '../../support/exposition-parser.js';
import { runs } from '../../support/runs.js';
import { scrapeDocument, translateBy } from './scrape-document.js';

/** A generous bound: what is not bounded takes minutes, or the memory of the machine. */
const MAX_MS = 60_000;

async function scrape(metrics: string, document: string | Uint8Array, limits: Partial<ScrapeLimits> = {}) {
  const translator = await translateBy(metrics);
  const start = performance.now();
  const scraped = await scrapeDocument(translator, document, limits);
  expect(performance.now() - start).toBeLessThan(MAX_MS);
  parseExposition(Buffer.from(scraped.lines.map((line) => `${line}\n`).join('')), 'text');
  return scraped;
}

const each = (more: string) => `- { type: object, name: m, path: '{.x[*]}', ${more} }`;

describe('keys that every object inherits', () => {
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__'];

  test.each(names)('%s is found where the document has it', async (name) => {
    const metrics = `- { name: m, path: '{.${name}}', labels: { a: '$.${name}', b: "{['${name}']}" } }`;
    expect((await scrape(metrics, `{"${name}": 7}`)).samples).toEqual(['m{a="7",b="7"} 7']);
  });

  test.each(names)('%s is missing where it does not', async (name) => {
    const metrics = `- { name: m, path: '{.${name}}' }\n- { name: l, path: '1', labels: { a: '{.x.${name}}' } }`;
    for (const document of ['{}', '[]', '"text"', '5', 'true', '{"x": {}}', '{"x": []}', '{"x": "text"}']) {
      const { samples, outcome } = await scrape(metrics, document);
      expect(samples, document).toEqual(['l{a=""} 1']);
      expect(outcome.drops.total, document).toBe(1);
    }
  });

  test('as labels, as values of labels and in maps are texts like others', async () => {
    const metrics = `\
- type: object
  name: m
  path: '{.x[*]}'
  labels: { constructor: '{@}', hasOwnProperty: { path: '{@}', map: { __proto__: found }, otherwise: none } }
  value: 1
  duplicates: sum`;
    const { samples } = await scrape(metrics, JSON.stringify({ x: ['__proto__', 'constructor', '__proto__'] }));
    expect(samples).toEqual([
      'm{constructor="__proto__",hasOwnProperty="found"} 2',
      'm{constructor="constructor",hasOwnProperty="none"} 1',
    ]);
  });

  test('as names of metrics are names like others', async () => {
    const metrics = ['__proto__', 'constructor', 'toString'].map((name) => `- { name: ${name}, path: '1' }`).join('\n');
    expect((await scrape(metrics, '{}')).samples).toEqual(['__proto__ 1', 'constructor 1', 'toString 1']);
  });

  test('change nothing for other documents, or for anything else', async () => {
    await scrape(
      "- { name: m, path: '{.a}' }",
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
    );
    expect((await scrape("- { name: m, path: '{.polluted}' }", '{}')).samples).toEqual([]);
    expect('polluted' in {}).toBe(false);
  });
});

describe('nesting', () => {
  const nested = (levels: number, inside: string) => `${'['.repeat(levels)}${inside}${']'.repeat(levels)}`;

  test('of five million brackets is a limit, before anything is parsed', async () => {
    for (const document of ['['.repeat(5_000_000), '{"a":'.repeat(1_000_000), nested(2_500_000, '1')]) {
      const { outcome, lines } = await scrape("- { name: m, path: '{..a}' }", document);
      expect(outcome).toMatchObject({
        up: false,
        reason: 'limit',
        message: 'the document nests deeper than 512 levels',
      });
      expect(lines).toEqual([]);
    }
  });

  test('of five million brackets side by side is a limit too', async () => {
    const { outcome } = await scrape("- { name: m, path: '1' }", `[${'[],'.repeat(2_499_999)}[]]`);
    expect(outcome).toMatchObject({ up: false, reason: 'limit', hint: expect.stringContaining('limits.nodes') });
  });

  test('at the limit is read, by every kind of path', async () => {
    const document = nested(512, '{"a": 1}').slice(1, -1);
    const metrics = `\
- { name: by_template, path: '{..a}' }
- { name: by_query, path: '$..a' }
- { name: length, path: '{}', length: true }
- { type: object, name: printed, path: '{}', labels: { all: '{@}' }, value: 1 }`;
    const { samples } = await scrape(metrics, document);
    expect(samples).toEqual([
      'by_template 1',
      'by_query 1',
      'length 1',
      `printed{all="${document.replace(/: /, ':').replaceAll('"', '\\"')}"} 1`,
    ]);
  });

  test('over the limit where the limit is raised is still no matter of the stack', async () => {
    const { outcome } = await scrape("- { name: m, path: '{..a}' }", nested(6000, '{"a": 1}'), { depth: 10_000 });
    expect(outcome).toMatchObject({ up: true, samples: 1 });
  });
});

describe('ten million elements', () => {
  const document = Buffer.from(`{"x": [${'1,'.repeat(9_999_999)}1]}`);

  test('that no metric matches cost nothing but their parsing', async () => {
    const { outcome, dropped } = await scrape(
      "- { name: m, path: '{.y}' }\n- { name: n, path: '{.x}', length: true }",
      document,
    );
    expect(outcome).toMatchObject({ up: true, samples: 1 });
    expect(dropped).toEqual({ missing: 1 });
  });

  test.each([["value: '{@}'"], ['labels: { i: { key: true } }, value: 1, aggregate: sum']])(
    'of series are a limit as soon as there are too many: %s',
    async (more) => {
      const { outcome } = await scrape(each(more), document);
      expect(outcome).toMatchObject({
        up: false,
        reason: 'limit',
        message: 'the upstream has more than 1000000 series',
      });
    },
  );

  test.each([["value: '{.nope}'"], ["value: '{@}', aggregate: sum"]])(
    'that make few series or none are a limit as well: %s',
    async (more) => {
      const { outcome } = await scrape(each(more), document);
      expect(outcome).toMatchObject({
        up: false,
        reason: 'limit',
        message: 'm goes through more than 2500000 elements',
      });
    },
  );

  test.each([["type: histogram, buckets: { path: '{.x[*]}', bound: { key: true }, count: 1 }"]])(
    'of buckets or quantiles are a limit: %s',
    async (more) => {
      const { outcome } = await scrape(`- { name: m, path: '{}', ${more} }`, document);
      expect(outcome).toMatchObject({ up: false, reason: 'limit' });
    },
  );

  test.each(['{.x}', '{.x[*]}'])('in a label are too long for one: %s', async (path) => {
    const { outcome } = await scrape(`- { name: m, path: '1', labels: { a: '${path}' } }`, document);
    expect(outcome).toMatchObject({ up: false, reason: 'limit', message: expect.stringContaining('label a of m: ') });
  });

  test('are gone through by .. and by filters', async () => {
    const metrics =
      "- { name: m, path: '{..nope}', allow_missing_key: true }\n- { name: n, path: '$.x[?@ > 1]', length: true }";
    expect((await scrape(metrics, document)).samples).toEqual(['n 0']);
  });
});

describe('limits', () => {
  const document = JSON.stringify({ x: [1, 2, 3], t: 'y'.repeat(50) });

  test('on series count samples, of histograms too, and before duplicates go', async () => {
    expect((await scrape(each("value: '{@}'"), document, { series: 3 })).outcome).toMatchObject({
      up: true,
      samples: 1,
    });
    expect((await scrape(each("value: '{@}'"), document, { series: 2 })).outcome).toMatchObject({ reason: 'limit' });
    const histogram =
      "- { type: histogram, name: h, path: '{}', buckets: { path: '{.x[*]}', bound: '{@}', count: 1 } }";
    expect((await scrape(histogram, document, { series: 6 })).outcome).toMatchObject({ up: true, samples: 6 });
    expect((await scrape(histogram, document, { series: 5 })).outcome).toMatchObject({ reason: 'limit' });
  });

  test('on series hold for all metrics together', async () => {
    const two = `${each("value: '{@}', labels: { v: '{@}' }")}\n${each("value: 1, labels: { v: '{@}' }").replace('name: m', 'name: n')}`;
    expect((await scrape(two, document, { series: 6 })).outcome).toMatchObject({ up: true, samples: 6 });
    expect((await scrape(two, document, { series: 5 })).outcome).toMatchObject({ reason: 'limit' });
  });

  test('on labels and their length hold for what is exposed, and not for what is dropped', async () => {
    const long = "- { name: m, path: '1', labels: { a: '{.t}', b: x } }";
    const reason = { up: false, reason: 'limit', message: 'm has a name or label of 50 characters' };
    expect((await scrape(long, document, { labelLength: 49 })).outcome).toMatchObject(reason);
    expect((await scrape(long, document, { labelLength: 50 })).outcome).toMatchObject({ up: true });
    expect((await scrape(long, document, { labels: 1 })).outcome).toMatchObject({ reason: 'limit' });
    const dropped = "- { name: m, path: '{.t}', labels: { a: '{.t}' } }";
    expect((await scrape(dropped, document, { labelLength: 49 })).outcome).toMatchObject({ up: true, samples: 0 });
  });
});

describe('long texts', () => {
  const long = 'k'.repeat(1 << 20);

  test('keys of a megabyte are found, and are too long for a label', async () => {
    const keyed = "- { type: object, name: m, path: '{.*}', labels: { k: { key: true } }, value: '{@}' }";
    const document = JSON.stringify({ [long]: 1 });
    expect((await scrape(keyed, document)).outcome).toMatchObject({ reason: 'limit' });
    const cut = keyed.replace('key: true', "key: true, regex: '^k{4}'");
    expect((await scrape(cut, document)).samples).toEqual(['m{k="kkkk"} 1']);
    expect((await scrape(`- { name: m, path: '{.${long}}' }`, document)).samples).toEqual(['m 1']);
  });

  test('texts of a megabyte are no numbers, whatever reads them', async () => {
    const readers = [
      '',
      'unit: bytes',
      'unit: duration',
      'unit: percent',
      'date: rfc3339',
      'date: "%Y"',
      "regex: '^(k|kk)+$'",
    ];
    const values = readers.map((reader, i) => `v${i}: { path: '{.t}', ${reader} }`).join(', ');
    const metrics = `- { type: object, name: m, path: '{}', values: { ${values} } }`;
    for (const text of [long, '1'.repeat(1 << 20), `1${' '.repeat(1 << 20)}!`]) {
      const { samples } = await scrape(metrics, JSON.stringify({ t: text }));
      expect(samples).toEqual([]);
    }
  });

  test('a label that repeats a text of the root for every element holds it once', async () => {
    const label = "{ path: 'x-{.t}-{.t}', from: root, regex: '^.{1000}' }";
    const document = JSON.stringify({ t: long.slice(0, 500_000), x: Array.from({ length: 20_000 }, (_, i) => i) });
    const { outcome } = await scrape(each(`labels: { i: { key: true }, t: ${label} }, value: 1`), document);
    expect(outcome).toMatchObject({ up: true, samples: 20_000 });
  });
});

describe('odd numbers', () => {
  test.each([
    ['1e999', [], 'value'],
    ['-1e999', [], 'value'],
    ['"1e999"', [], 'value'],
    ['1e-999', ['m 0'], undefined],
    ['-0', ['m -0'], undefined],
    ['9007199254740993', ['m 9007199254740992'], undefined],
    [`${'9'.repeat(400)}`, [], 'value'],
    ['123456789012345678901234567890', ['m 1.2345678901234568e+29'], undefined],
    ['"Infinity"', ['m +Inf'], undefined],
    ['"NaN"', ['m NaN'], undefined],
    ['"0x10p0"', ['m 16'], undefined],
    ['true', ['m 1'], undefined],
  ])('%s', async (number, samples, cause) => {
    const scraped = await scrape("- { name: m, path: '{.n}' }", `{"n": ${number}}`);
    expect(scraped.samples).toEqual(samples);
    expect(scraped.dropped).toEqual(cause === undefined ? {} : { [cause]: 1 });
  });

  test('integers of any length are exact in labels up to 1e21, and 1e999 is +Inf there', async () => {
    const metrics = "- { name: m, path: '1', labels: { a: '{.a}', b: '{.b}', c: '{.c}' } }";
    const document = '{"a": 18446744073709551615, "b": -999999999999999999999, "c": 1e999}';
    expect((await scrape(metrics, document)).samples).toEqual([
      'm{a="18446744073709551615",b="-999999999999999999999",c="+Inf"} 1',
    ]);
  });

  test.each(['9223372036854775807', '9007199254740992', '-9007199254740993'])(
    'the time %s, which a double does not hold, is left out: Prometheus would refuse the whole scrape',
    async (time) => {
      const metrics = "- { name: m, path: '1', epochtimestamp: '{.t}' }\n- { name: n, path: '1', timestamp: '{.t}' }";
      expect((await scrape(metrics, `{"t": "${time}"}`)).samples).toEqual(['m 1', 'n 1']);
    },
  );
});

describe('odd texts', () => {
  test('of equal keys the last one counts', async () => {
    const metrics = "- { name: m, path: '{.a}' }\n- { name: n, path: '{}', length: true }";
    expect((await scrape(metrics, '{"a": 1, "b": 2, "a": 3}')).samples).toEqual(['m 3', 'n 2']);
  });

  test('half a surrogate pair, escaped or as bytes, is U+FFFD', async () => {
    const metrics = "- { type: object, name: m, path: '{.*}', labels: { k: { key: true }, v: '{@}' }, value: 1 }";
    const document = Buffer.concat([
      Buffer.from('{"\\ud83d": "\\ude00x", "b'),
      Buffer.from([0xed, 0xa0, 0xbd]),
      Buffer.from('": "\\ud83d\\ude00"}'),
    ]);
    const { samples } = await scrape(metrics, document);
    expect(samples).toEqual(['m{k="\ufffd",v="\ufffdx"} 1', 'm{k="b\ufffd\ufffd\ufffd",v="😀"} 1']);
  });

  test('line breaks, quotes and backslashes in labels are escaped; other controls are what they are', async () => {
    const document = JSON.stringify({ t: 'a\n"b"\\\r\0\u2028' });
    const { samples } = await scrape("- { name: m, path: '1', labels: { t: '{.t}' } }", document);
    expect(samples).toEqual(['m{t="a\\n\\"b\\"\\\\\r\0\u2028"} 1']);
  });
});

describe('regular expressions that would backtrack elsewhere', () => {
  const text = `${'a'.repeat(50_000)}!`;

  test.each([
    ['a filter of a query', `- { name: m, path: '$.x[?match(@.t, "(a+)+")]', length: true }`],
    ['a value', "- { name: m, path: '{.x[0].t}', regex: '^(a|aa)+$', default: 0 }"],
    ['a label', "- { name: m, path: '1', labels: { t: { path: '{.x[0].t}', regex: '(a*)*b' } } }"],
  ])('in %s take linear time', async (_where, metrics) => {
    const { outcome } = await scrape(metrics, JSON.stringify({ x: [{ t: text }] }));
    expect(outcome.up).toBe(true);
  });
});

test('.. over a large document of many levels finds what is there in one pass', async () => {
  const branch = (depth: number): unknown => (depth === 0 ? { v: 1 } : { a: branch(depth - 1), b: branch(depth - 1) });
  const document = JSON.stringify(branch(17));
  const metrics = `\
- { type: object, name: m, path: '{..v}', value: '{@}', aggregate: sum }
- { type: object, name: n, path: '$..v', value: '{@}', aggregate: count }
- { type: object, name: twice, path: '{..a..v}', value: '{@}', aggregate: count }`;
  const { samples, outcome } = await scrape(metrics, document);
  expect(samples.slice(0, 2)).toEqual(['m 131072', 'n 131072']);
  expect(outcome.up).toBe(true);
});

test('whatever JSON comes, every kind of metric makes a well-formed exposition of it', async () => {
  const metrics = `\
- { name: v, path: '{.a}', labels: { whole: '{}', b: '{.b}', c: { path: '{.c}', default: x, regex: '.' } } }
- { name: o, type: object, path: '{.*}', labels: { k: { key: true } }, values: { n: '{@}', s: { path: '{@}', states: [a, b] } } }
- { name: q, type: object, path: '$..*', labels: { t: '{@}' }, value: { path: '{@}', length: true, default: 0 }, aggregate: sum }
- { name: n, type: object, path: ['{.a.*}', '{.b[*]}'], labels: { p: { path: '{.c}', from: parent }, r: { path: '{@}', from: root } }, value: '{@}' }
- { name: h, type: histogram, path: '{.*}', labels: { k: { key: true } }, buckets: '{@}' }
- { name: i, type: histogram, path: '{}', buckets: { path: '{.a.*}', bound: { key: true }, count: '{@}', cumulative: false } }
- { name: s, type: summary, path: '{}', quantiles: '{.b}', count: '{.a}' }
- { name: t, path: 1, timestamp: { path: '{.a}', date: unix_ms } }
- { name: u, path: 1, epochtimestamp: '{.b}', labels: { x: { path: '{.a}', map: { '1': one }, otherwise: other } } }`;
  const translator = await translateBy(metrics);
  const key = fc.constantFrom('a', 'b', 'c', '0.5', '1', '+Inf', '__proto__', 'constructor', '', 'ü\ud800', '"\\\n');
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 5, depthSize: 'medium' },
      fc.constantFrom<unknown>(0, 1, -1, 1e21, 2 ** 53, '1', 'NaN', '', 'a', null, true, '\ud800', 1e-7, '\u2028"\\\n'),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.dictionary(key, tie('node'), { maxKeys: 5 }),
      fc.array(tie('node'), { maxLength: 4 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(node, async (document) => {
      const { lines, outcome } = await scrapeDocument(translator, JSON.stringify(document));
      expect(outcome.up, outcome.message).toBe(true);
      parseExposition(Buffer.from(lines.map((line) => `${line}\n`).join('')), 'text');
    }),
    { numRuns: runs(1000) },
  );
});
