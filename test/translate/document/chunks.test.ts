import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExpositionFormat } from '../../../src/model/metrics.js';
import type { Translator } from '../../../src/model/ports.js';
import { zotTranslator } from '../../../src/translate/zot/translate.js';
import { runs } from '../../support/runs.js';
import { translateBy } from '../mapping/scrape-document.js';
import { cut, expose, translateInChunks, translateWhole } from './both-ways.js';

/** How many documents each property tries; `npm run soak` sets more. */
const numRuns = runs(1500);

const blank = fc.constantFrom('', '', '', ' ', '\n', '\t ');
const scalar = fc.oneof(
  fc.constantFrom('1', '-0', '2.5', '1e3', '9007199254740993', 'null', 'true', '"NaN"', '"a"', '""'),
  fc.constantFrom('"\\u00e9"', '"\\ud83d"', '"é"', '"]"', '"[{,"', '"\\\\"', '"\\""'),
);
const broken = fc.constantFrom('nan', '1 2', '{', ']', '"', '', ',', "'a'");

interface Parts {
  readonly row: fc.Arbitrary<string>;
  readonly lists: readonly string[];
}

/** Texts of documents with lists of rows: now and then with a key twice, an escape in a key, or something that is not JSON. */
function documents({ row, lists }: Parts): fc.Arbitrary<string> {
  const spaced = (part: fc.Arbitrary<string>) => fc.tuple(blank, part, blank).map((each) => each.join(''));
  const rows = fc.array(
    spaced(
      fc.oneof({ weight: 20, arbitrary: row }, { weight: 1, arbitrary: scalar }, { weight: 1, arbitrary: broken }),
    ),
    { maxLength: 5 },
  );
  const array = fc
    .tuple(rows, blank, fc.constantFrom(...Array(20).fill(''), ','))
    .map(([each, space, comma]) => `[${each.join(',')}${comma}${space}]`);
  const key = fc.constantFrom(
    ...lists.flatMap((list) => Array(3).fill(JSON.stringify(list))),
    `"\\u00${(lists[0] ?? 'a').charCodeAt(0).toString(16)}${(lists[0] ?? 'a').slice(1)}"`,
    '"other"',
  );
  const field = fc.tuple(
    key,
    spaced(
      fc.oneof(
        { weight: 8, arbitrary: array },
        { weight: 1, arbitrary: scalar },
        { weight: 1, arbitrary: fc.constant('{"Gauges":[1]}') },
      ),
    ),
  );
  const end = fc.constantFrom(...Array(20).fill(''), ',', '{}', ']', '\ufeff');
  const start = fc.constantFrom(...Array(10).fill(''), '\ufeff', ' ');
  return fc
    .tuple(start, fc.array(field, { maxLength: 5 }), end)
    .map(
      ([before, fields, after]) => `${before}{${fields.map(([name, value]) => `${name}:${value}`).join(',')}}${after}`,
    );
}

const zotRow = fc
  .record({
    Name: fc.constantFrom('"a"', '"b"', '"b.c"', '""', '5'),
    Value: fc.constantFrom('1', '"NaN"', '"x"', 'null'),
    Count: fc.constantFrom('1', '2.5', '"+Inf"', '{}'),
    Sum: fc.constantFrom('7', '"x"'),
    Buckets: fc.constantFrom('{"1":1,"+Inf":2}', '{"x":1}', '{"1":1,"1.0":2}', 'null'),
    LabelNames: fc.constantFrom('["l"]', '["l","m"]', '["l.m","l_m"]', '["le"]', '[""]', 'null'),
    LabelValues: fc.constantFrom('["v"]', '["w"]', '["v","\\ud800"]', '["v","w"]', '[1]'),
  })
  .map(
    (fields) =>
      `{${Object.entries(fields)
        .map(([name, value]) => `"${name}":${value}`)
        .join(',')}}`,
  );

const chunkSizes = [1, 40, 200];
const pieceLengths = [1, 7, 100];

const formats = fc.constantFrom<ExpositionFormat>('text', 'openmetrics', 'openmetrics2-utf8', 'protobuf');

function expectSameExposition(translator: Translator, body: Buffer, format: ExpositionFormat): void {
  const whole = expose(translator, body, { format, chunkBytes: Number.POSITIVE_INFINITY });
  for (const chunkBytes of chunkSizes) {
    for (const minRows of [1, 3]) expect(expose(translator, body, { format, chunkBytes, minRows })).toEqual(whole);
    for (const length of pieceLengths) {
      expect(expose(translator, cut(body, length), { format, chunkBytes, minRows: 1 })).toEqual(whole);
    }
  }
}

describe("zot's documents", () => {
  const texts = documents({ row: zotRow, lists: ['Counters', 'Gauges', 'Summaries', 'Histograms'] });

  test('give the same in chunks of any size as a whole', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const body = Buffer.from(text);
        const whole = translateWhole(zotTranslator, body);
        for (const size of chunkSizes) {
          expect(translateInChunks(zotTranslator, body, size)).toEqual(whole);
          for (const length of pieceLengths) {
            expect(translateInChunks(zotTranslator, cut(body, length), size, { freesBody: true })).toEqual(whole);
          }
        }
      }),
      { numRuns },
    );
  });

  test('are exposed as a whole document is when their rows are written as they come', () => {
    fc.assert(
      fc.property(texts, formats, (text, format) => expectSameExposition(zotTranslator, Buffer.from(text), format)),
      { numRuns },
    );
  });

  test('give the same wherever they are cut off', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const body = Buffer.from(text);
        for (let end = 0; end < body.length; end++) {
          const part = body.subarray(0, end);
          expect(translateInChunks(zotTranslator, part, 1)).toEqual(translateWhole(zotTranslator, part));
        }
      }),
      { numRuns: Math.ceil(numRuns / 30) },
    );
  });
});

test.each([
  ['a list twice, the second one counts', '{"Gauges":[{"Name":"a","Value":1}],"Gauges":[{"Name":"b","Value":2}]}'],
  ['a list twice, by an escape', '{"Gauges":[{"Name":"a","Value":1}],"\\u0047auges":[{"Name":"b","Value":2}]}'],
  ['a list and then something else under its name', '{"Gauges":[{"Name":"a","Value":1}],"Gauges":7}'],
  ['a mistake behind the last row', '{"Gauges":[{"Name":"a","Value":1}]} x'],
  ['a comma behind the last row', '{"Gauges":[{"Name":"a","Value":1},]}'],
  ['a list closed by a brace', '{"Gauges":[{"Name":"a","Value":1}}'],
  ["a list that is not zot's and a mistake later", '{"Gauges":[1],"Counters":[nan]}'],
])('%s: the same in chunks as a whole', (_what, text) => {
  const body = Buffer.from(text);
  expect(translateInChunks(zotTranslator, body, 1)).toEqual(translateWhole(zotTranslator, body));
});

test.each([
  ['one line', ''],
  ['many lines', '\n  '],
])('a mistake in the last of many rows on %s is told by its line and column, when the rest is gone', (_what, space) => {
  const rows = Array.from({ length: 9_000 }, (_, i) => `${space}{"Name":"é\u{1f600}${'x'.repeat(50)}","Value":${i}}`);
  const body = Buffer.from(`\ufeff{"Gauges":[${rows.join(',')},${space}nan]}`);
  const whole = translateWhole(zotTranslator, body);
  expect(whole).toMatchObject({ code: 'decode', message: expect.stringMatching(/ line \d+, column \d+: nan/) });
  expect(translateInChunks(zotTranslator, cut(body, 2 ** 18), 2 ** 16, { freesBody: true })).toEqual(whole);
});

/** One module with every kind of metric, over one of whose arrays something else is read in `more`. */
const modules: Readonly<Record<string, string>> = {
  'every element':
    "- { name: m, type: object, path: '{.a[*]}', labels: { l: '{.l}', r: { path: '{.r}', from: root } }, values: { v: '{.v}', w: '{.w}' } }",
  'keys, and parents inside':
    "- { name: m, type: object, path: ['{.a.*}', '{.b[*]}'], labels: { k: { key: true, from: parent }, l: { path: '{.l}', from: parent } }, value: '{.v}' }",
  'an array below, and one at the top':
    "- { name: m, type: object, path: '$.o.a[*]', labels: { k: { key: true } }, value: $.v }\n- { name: n, type: object, path: '$.a[*]', value: $.v }",
  'a filter that may fail': "- { name: m, type: object, path: '{.a[?(@.v>1)]}', labels: { l: '{.l}' }, value: '{.v}' }",
  'a filter of a query, and more behind it':
    "- { name: m, type: object, path: '$.a[?@.v > 1].b[*]', labels: { l: '{.l}' }, value: '{.v}' }",
  'aggregates and duplicates':
    "- { name: m, type: object, path: '{.a[*]}', labels: { l: '{.l}' }, value: '{.v}', aggregate: sum }\n- { name: n, type: object, path: '{.b[*]}', labels: { l: '{.l}' }, value: '{.v}', duplicates: last }",
  'one family of two metrics':
    "- { name: m, type: object, path: '{.a[*]}', labels: { l: '{.l}' }, value: '{.v}' }\n- { name: m, type: object, path: '{.b[*]}', labels: { l: '{.l}' }, value: '{.v}' }\n- { name: m, path: '{.r}', labels: { l: x } }",
  lengths:
    "- { name: m, path: '{.a}', length: true }\n- { name: n, path: '{.b[*]}', length: true }\n- { name: o, path: '$.a[*]', length: true }\n- { name: p, type: object, path: '{.a[*]}', value: '{.v}' }",
  'the whole beside its elements':
    "- { name: m, type: object, path: '{.a[*]}', value: '{.v}' }\n- { name: n, path: '{.b[0].v}' }\n- { name: o, type: object, path: '{..b}', value: '{[0].v}' }",
  'the document as a label':
    "- { name: m, type: object, path: '{.a[*]}', labels: { d: { path: '{@}', from: root } }, value: '{.v}' }",
  'state sets and histograms':
    "- { name: m, type: object, path: '{.a[*]}', value: { path: '{.l}', states: [x, 'y'] } }\n- { name: h, type: histogram, path: '{.b[*]}', labels: { l: '{.l}' }, buckets: '{.o}', sum: '{.v}' }",
  expressions:
    "- { name: m, type: object, path: '{.a[*]}', labels: { k: { cel: 'string(key)' } }, value: { cel: 'self.v * 2.0' } }\n- { name: n, type: object, path: '{.b[*]}', value: { cel: 'parent.r' } }",
  'expressions over elements':
    "- { name: m, type: object, path: '{.a[*]}', labels: { k: { cel: 'string(key)' } }, value: { cel: 'self.v * 2.0' } }",
  'a document that is an array':
    "- { name: m, type: object, path: '{[*]}', labels: { k: { key: true } }, value: '{.v}' }\n- { name: n, path: '{}', length: true }",
};

const mappedRow = fc
  .record(
    {
      v: fc.constantFrom('1', '2', '"3"', 'null', '{}', '1e400'),
      w: fc.constantFrom('1', 'true', '"x"'),
      l: fc.constantFrom('"x"', '"y"', '12345678901234567890', 'null', '["x"]'),
      b: fc.constantFrom('[]', '[{"v":1,"l":"x"},{"v":2}]', '{"k":{"v":3}}', '5'),
      o: fc.constantFrom('{"1":1,"2":2}', '{"x":1}', '[]'),
    },
    { requiredKeys: [] },
  )
  .map(
    (fields) =>
      `{${Object.entries(fields)
        .map(([name, value]) => `"${name}":${value}`)
        .join(',')}}`,
  );

describe.each(Object.entries(modules))('a module that reads %s', (_what, metrics) => {
  const objects = documents({ row: mappedRow, lists: ['a', 'b', 'o', 'r'] });
  const arrays = fc.array(mappedRow, { maxLength: 6 }).map((rows) => `[${rows.join(' , ')}]`);
  const nestedArrays = arrays.map((array) => `{"r":7,"o":{"b":1,"a":${array}},"a":${array}}`);
  const texts = fc.oneof({ weight: 4, arbitrary: objects }, arrays, nestedArrays);

  test('gives the same in chunks of any size as from the whole', async () => {
    const translator = await translateBy(metrics);
    fc.assert(
      fc.property(texts, (text) => {
        const body = Buffer.from(text);
        const whole = translateWhole(translator, body);
        for (const size of chunkSizes) {
          expect(translateInChunks(translator, body, size)).toEqual(whole);
          for (const length of pieceLengths) {
            expect(translateInChunks(translator, cut(body, length), size, { freesBody: true })).toEqual(whole);
          }
        }
      }),
      { numRuns },
    );
  });

  test('is exposed as from the whole when rows are written as they come', async () => {
    const translator = await translateBy(metrics);
    fc.assert(
      fc.property(texts, formats, (text, format) => expectSameExposition(translator, Buffer.from(text), format)),
      { numRuns },
    );
  });
});

test.each([
  ['every element', 1],
  ['keys, and parents inside', 1],
  ['an array below, and one at the top', 2],
  ['a filter that may fail', 1],
  ['aggregates and duplicates', 2],
  ['lengths', 1],
  ['the whole beside its elements', 0],
  ['the document as a label', 0],
  ['expressions', 0],
  ['expressions over elements', 1],
  ['a document that is an array', 1],
])('a module that reads %s has %i arrays in chunks', async (what, count) => {
  const { arrays } = await translateBy(modules[what] ?? '');
  expect(arrays).toHaveLength(count);
});
