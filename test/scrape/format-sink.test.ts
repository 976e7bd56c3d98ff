import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { ExpositionFormat } from '../../src/model/metrics.js';
import type { Translator } from '../../src/model/ports.js';
import { zotTranslator } from '../../src/translate/zot/translate.js';
import { runs } from '../support/runs.js';
import { expose } from '../translate/document/both-ways.js';
import { translateBy } from '../translate/mapping/scrape-document.js';

const formats: readonly ExpositionFormat[] = ['text', 'openmetrics', 'openmetrics2-utf8', 'protobuf-values'];

/** What a document is exposed as, and how often it was translated for that: each element is a chunk, and each row is written at once. */
function exposeInChunks(translator: Translator, document: unknown, format: ExpositionFormat) {
  const translate = vi.fn(translator.translate);
  const body = Buffer.from(JSON.stringify(document));
  const found = expose({ ...translator, translate }, body, { format, chunkBytes: 1, minRows: 1 });
  return { found, translations: translate.mock.calls.length };
}

const exposeWhole = (translator: Translator, document: unknown, format: ExpositionFormat) =>
  expose(translator, Buffer.from(JSON.stringify(document)), { format, chunkBytes: Number.POSITIVE_INFINITY });

const repo = (name: string, fields: object = {}) => ({ name, size: 1, pulls: 2, ...fields });
const wide = `
- name: repo
  type: object
  path: '{.repos[*]}'
  labels: { repo: '{.name}' }
  values: { size: '{.size}', pulls: '{.pulls}', stars: '{.stars}' }
`;
const timed =
  "- { name: size, type: object, path: '{.repos[*]}', labels: { repo: '{.name}' }, timestamp: '{.at}', value: '{.size}' }";

const clean: readonly (readonly [what: string, metrics: string, repos: readonly object[]])[] = [
  ['all values in all elements', wide, ['a', 'b', 'c'].map((name) => repo(name, { stars: 3 }))],
  ['a value that some elements lack', wide, [repo('a', { stars: 3 }), repo('b'), repo('c', { stars: 3 }), repo('d')]],
  ['a value that comes late', wide, [repo('a'), repo('b'), repo('c', { stars: 3 }), repo('d', { pulls: null })]],
  ['labels to be escaped', wide, [repo('a"\n\\'), repo('é'), repo('a'.repeat(300))]],
  ['a series at two times', timed, [repo('a', { at: 1000 }), repo('a', { at: 2000 }), repo('b', { at: 1000 })]],
  [
    'an exemplar',
    "- { name: pulls_total, valuetype: counter, type: object, path: '{.repos[*]}', labels: { repo: '{.name}' }, value: '{.pulls}', exemplar: { labels: { id: '{.id}' }, value: '{.pulls}' } }",
    [repo('a'), repo('b', { id: 'x' }), repo('c')],
  ],
  [
    'histograms',
    "- { name: h, type: histogram, path: '{.repos[*]}', labels: { repo: '{.name}' }, buckets: '{.b}', sum: '{.size}' }",
    [1, 2, 3].map((n) => repo(`r${n}`, { b: { 1: n, 5: n + 1 } })),
  ],
];

describe.each(formats)('in %s', (format) => {
  test.each(clean)('%s: rows are written while the document is read, once', async (_what, metrics, repos) => {
    const translator = await translateBy(metrics);
    const { found, translations } = exposeInChunks(translator, { repos }, format);
    expect(found).toEqual(exposeWhole(translator, { repos }, format));
    expect(found).toHaveProperty('samples');
    expect(translations).toBe(1);
  });
});

const odd: readonly (readonly [what: string, metrics: string, repos: readonly object[]])[] = [
  ['a series that is there twice', wide, [repo('a'), repo('b'), repo('a', { size: 9 })]],
  [
    'a series whose labels come in another order',
    timed.replace("{ repo: '{.name}' }", "{ repo: '{.name}', other: '{.other}' }"),
    [repo('', { other: 'x' }), repo('b'), repo('', { other: 'x' })],
  ],
  ['a time before 1970', timed, [repo('a', { at: 1 }), repo('b', { at: -1 }), repo('c', { at: 1 })]],
];

describe.each(formats)('in %s', (format) => {
  test.each(odd)(
    '%s is exposed, or dropped and counted, as in a document that is read whole',
    async (_what, metrics, repos) => {
      const translator = await translateBy(metrics);
      const { found, translations } = exposeInChunks(translator, { repos }, format);
      expect(found).toEqual(exposeWhole(translator, { repos }, format));
      expect(translations).toBe(1);
    },
  );
});

test('a label that is too long ends the scrape as it does in a document that is read whole', () => {
  const rows = ['a', 'b'.repeat(5000)].map((value) => ({
    Name: 'n',
    Value: 1,
    LabelNames: ['l'],
    LabelValues: [value],
  }));
  const { found } = exposeInChunks(zotTranslator, { Gauges: rows }, 'text');
  expect(found).toEqual(exposeWhole(zotTranslator, { Gauges: rows }, 'text'));
  expect(found).toMatchObject({ code: 'limit' });
});

test('a family that has the name of one of zxp gives way with all of its rows', () => {
  const rows = ['a', 'b', 'c'].map((value) => ({
    Name: 'target_up',
    Value: 1,
    LabelNames: ['l'],
    LabelValues: [value],
  }));
  const document = { Gauges: [...rows, { Name: 'other', Value: 2 }] };
  const { found, translations } = exposeInChunks(zotTranslator, document, 'text');
  expect(found).toEqual(exposeWhole(zotTranslator, document, 'text'));
  expect(found).toMatchObject({ samples: 1, drops: { samples: new Map([['collision', 3]]) } });
  expect(translations).toBe(1);
});

test('an exposition that the memory has no room for ends the scrape, not the process', () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    Name: 'n',
    Value: i,
    LabelNames: ['l'],
    LabelValues: [`${i}`.padEnd(2000, 'x')],
  }));
  const body = Buffer.from(JSON.stringify({ Gauges: rows }));
  const memory = { limit: 2 ** 20, resident: () => 2 ** 30 };
  const before = process.memoryUsage().arrayBuffers;
  for (const chunkBytes of [undefined, Number.POSITIVE_INFINITY]) {
    expect(expose(zotTranslator, body, { format: 'text', chunkBytes, memory })).toMatchObject({
      code: 'limit',
      message: 'the scrape does not fit into the 1 MiB of memory',
    });
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

const elements = fc.array(
  fc.record(
    {
      name: fc.oneof(
        { weight: 40, arbitrary: fc.constantFrom('', 'a', 'b', 'c', 'd', 'é') },
        { weight: 40, arbitrary: fc.nat(999).map((n) => `r${n}`) },
        { weight: 1, arbitrary: fc.constant('x'.repeat(4097)) },
      ),
      other: fc.constantFrom('', 'x'),
      at: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 1000) }, fc.constantFrom(0, -1, null)),
      size: fc.constantFrom(1, 2.5, 1e300, 'NaN'),
      pulls: fc.nat(),
      stars: fc.constantFrom(0, 3, -2),
      quantiles: fc.constantFrom({ 0.5: 1 }, { 0.5: -1 }, { 0.5: 1, 2: 3 }),
    },
    { requiredKeys: ['name'] },
  ),
  { maxLength: 40 },
);

test.each([
  ['values of one element', wide],
  ['values at times', wide.replace('values:', "timestamp: '{.at}'\n  values:")],
  [
    'counters and summaries',
    `
- { name: pulls_total, type: object, valuetype: counter, path: '{.repos[*]}', labels: { repo: '{.name}' }, value: '{.size}' }
- { name: s, type: summary, path: '{.repos[*]}', labels: { repo: '{.name}' }, quantiles: '{.quantiles}', count: '{.size}', sum: '{.stars}' }
`,
  ],
])('any document of %s is exposed as a whole one is, and translated once', async (_what, metrics) => {
  const translator = await translateBy(metrics);
  fc.assert(
    fc.property(elements, fc.constantFrom(...formats), (repos, format) => {
      const { found, translations } = exposeInChunks(translator, { repos }, format);
      expect(found).toEqual(exposeWhole(translator, { repos }, format));
      expect(translations).toBe(1);
    }),
    { numRuns: runs(300) },
  );
});
