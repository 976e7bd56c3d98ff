import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WritingCache } from '../../src/exposition/placed-lines.js';
import { zotTranslator } from '../../src/translate/zot/translate.js';
import { runs } from '../support/runs.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';
import { toJson, zotDocuments } from '../translate/zot/zot-documents.js';
import { compareChunks, compareWhole, formats, lineFormats, type Scrape, startComparing } from './placed-both-ways.js';

const numRuns = runs(2000);

function scrapeOf(text: string, more: Partial<Scrape> = {}): Scrape {
  return { translator: zotTranslator, body: Buffer.from(text), format: 'text', limits: usualLimits, ...more };
}

const row = (name: string, values: object, labels: Readonly<Record<string, string>> = {}) => {
  const names = Object.keys(labels);
  const lists =
    names.length === 0
      ? { LabelNames: null, LabelValues: null }
      : { LabelNames: names, LabelValues: Object.values(labels) };
  return { Name: name, ...values, ...lists };
};

const document = {
  Counters: [
    row('zot.http.requests', { Count: 7 }, { method: 'GET', code: '200' }),
    row('zot.repo.uploads', { Count: 1 }, { repo: 'a' }),
    row('zot.http.requests', { Count: 0.5 }, { method: 'PUT', code: '201' }),
    row('zot.http.requests', { Count: 9 }, { method: 'GET', code: '200' }),
  ],
  Gauges: [row('zot.info', { Value: 1 }, { version: '' }), row('zot.up', { Value: -0.25 })],
  Summaries: [row('zot.latency', { Count: 2, Sum: 0.1 }, { repo: 'a' })],
  Histograms: [row('zot.lock', { Count: 2, Sum: 0.1, Buckets: { '0.1': 1, '+Inf': 2 } }, { kind: 'R' })],
};

test('counters and gauges are taken in places, in one piece and in chunks, in every format of lines', () => {
  for (const format of lineFormats) {
    const given = scrapeOf(JSON.stringify(document), { format });
    expect(compareWhole(given)).toBe(1);
    expect(compareChunks(given, { chunkBytes: 1, minRows: 1 })).toBe(6);
  }
});

test('a document that is indented, or has other fields, is plain, too', () => {
  expect(compareWhole(scrapeOf(JSON.stringify(document, null, 2)))).toBe(1);
  const more = {
    ...document,
    Version: { built: ['\ud800 é', 1e-7, null] },
    Gauges: document.Gauges.map((each) => ({ x: [], ...each })),
  };
  expect(compareWhole(scrapeOf(JSON.stringify(more)))).toBe(1);
});

const others: readonly (readonly [what: string, changed: object])[] = [
  ['other label names in one family', row('zot.http.requests', { Count: 1 }, { method: 'GET' })],
  ['two names that become one', row('zot.repo_uploads', { Count: 1 }, { repo: 'b' })],
  ['a name that is empty', row('', { Count: 1 })],
  ['a label name twice', { Name: 'n', Count: 1, LabelNames: ['a', 'a'], LabelValues: ['1', '2'] }],
  ['a label name that is reserved', row('n', { Count: 1 }, { __name__: 'x' })],
  ['fewer label values than names', { Name: 'n', Count: 1, LabelNames: ['a'], LabelValues: [] }],
  ['label values without names', { Name: 'n', Count: 1, LabelNames: null, LabelValues: ['1'] }],
  ['no label names', { Name: 'n', Count: 1, LabelValues: [] }],
  ['a value that is a text', row('n', { Count: '1' })],
  ['a value that is a boolean', row('n', { Count: true })],
  ['a value with an exponent', { ...row('n', {}), Count: 1e30 }],
  ['a label value that is a number', { Name: 'n', Count: 1, LabelNames: ['a'], LabelValues: [1] }],
  ['a label value that needs escapes', row('n', { Count: 1 }, { a: '"' })],
];

test.each(others)('%s: the document is parsed', (_what, changed) => {
  const text = JSON.stringify({ ...document, Counters: [...document.Counters, changed] });
  expect(compareWhole(scrapeOf(text))).toBe(0);
});

test.each(['Counters', 'Gauges', 'Summaries', 'Histograms'] as const)('without %s the document is parsed', (list) => {
  const { [list]: _left, ...rest } = document;
  expect(compareWhole(scrapeOf(JSON.stringify(rest)))).toBe(0);
  expect(compareWhole(scrapeOf(JSON.stringify({ ...document, [list]: 'x' })))).toBe(0);
});

test('of many families none is taken in places, and no more than as many are kept', () => {
  const counters = (count: number) => Array.from({ length: count }, (_, i) => row(`family.${i}`, { Count: i }));
  const given = (count: number) => scrapeOf(JSON.stringify({ ...document, Counters: counters(count) }));
  expect(compareWhole(given(256))).toBe(1);
  expect(compareWhole(given(257))).toBe(0);
});

test('a name that is longer than the limit is refused as it is where rows are parsed', () => {
  const long = { ...document, Gauges: [row('n'.repeat(4097), { Value: 1 })] };
  expect(compareWhole(scrapeOf(JSON.stringify(long)))).toBe(0);
});

const plainName = fc.constantFrom('a', 'b', 'a.b', 'zot.c', '1a', 'c_total');
const plainLabels = fc.dictionary(fc.constantFrom('l', 'm', 'n.n'), fc.constantFrom('', 'x', 'y', "'", 'a/b 1'), {
  maxKeys: 2,
});
const plainNumber = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.1, 1.5, 1e21),
);
const plainRows = (value: string) =>
  fc.array(
    fc
      .tuple(plainName, plainNumber, plainLabels)
      .map(([name, number, labels]) => row(name, { [value]: number }, labels)),
    { minLength: 1, maxLength: 6 },
  );
const plainDocuments = fc
  .record({ Counters: plainRows('Count'), Gauges: plainRows('Value') })
  .map((lists) => ({ ...lists, Summaries: null, Histograms: [] }));

test('any document gives the same both ways, in one piece and in chunks', () => {
  let taken = 0;
  fc.assert(
    fc.property(
      fc.oneof(zotDocuments, plainDocuments),
      fc.constantFrom(...formats),
      fc.constantFrom(1, 60, 200),
      (value, format, chunkBytes) => {
        const given = scrapeOf(toJson(value), { format });
        taken += compareWhole(given);
        taken += compareChunks(given, { chunkBytes, minRows: 1 + (chunkBytes % 2) });
      },
    ),
    { numRuns },
  );
  expect(taken).toBeGreaterThan(numRuns / 20);
});

test('what is kept of one document does not show in the next one', () => {
  const cache = new WritingCache();
  const renamed = JSON.stringify(document).replaceAll('method', 'verb');
  const texts = [JSON.stringify(document), renamed, JSON.stringify(document), JSON.stringify(document, null, 1)];
  for (const { taken, check } of texts.map((text) => startComparing(scrapeOf(text), cache))) {
    expect(taken).toBe(1);
    check();
  }
});
