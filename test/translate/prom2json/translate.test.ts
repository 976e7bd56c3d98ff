import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prom2jsonTranslator } from '../../../src/translate/prom2json/translate.js';
import { parseExposition } from '../../support/exposition-parser.js';
import { runs } from '../../support/runs.js';
import { scrapeDocument } from '../mapping/scrape-document.js';

async function scrape(document: unknown, limits: Parameters<typeof scrapeDocument>[2] = {}) {
  const scraped = await scrapeDocument(prom2jsonTranslator, JSON.stringify(document), limits);
  parseExposition(scraped.lines.map((line) => `${line}\n`).join(''), 'text');
  return scraped;
}

const gauge = (metrics: readonly unknown[], more = {}) => ({ name: 'm', type: 'GAUGE', metrics, ...more });

test('labels, values and timestamps are those of the exposition', async () => {
  const metrics = [
    { labels: { 'a.b': 'x"y\n', c: '' }, value: '+Inf', timestamp_ms: '1782900000000' },
    { value: 'NaN' },
  ];
  const { samples } = await scrape([gauge(metrics)]);
  expect(samples).toEqual(['m{a_b="x\\"y\\n",c=""} +Inf 1782900000000', 'm NaN']);
});

describe('is dropped and counted', () => {
  test.each([
    ['shape', 5],
    ['name', { type: 'GAUGE', metrics: [] }],
    ['shape', { name: 'n', type: 'GAUGE_HISTOGRAM', metrics: [{}] }],
    ['shape', { name: 'n', type: 'GAUGE', metrics: {} }],
    ['shape', { name: 'n', type: 'GAUGE', metrics: [7] }],
    ['value', { name: 'n', type: 'GAUGE', metrics: [{ value: 'x' }] }],
    ['label', { name: 'n', type: 'GAUGE', metrics: [{ labels: { __name__: 'x' }, value: '1' }] }],
    ['label', { name: 'n', type: 'GAUGE', metrics: [{ labels: { a: 1 }, value: '1' }] }],
    ['label', { name: 'n', type: 'HISTOGRAM', metrics: [{ labels: { le: '1' }, buckets: { 1: '1' } }] }],
    ['bucket', { name: 'n', type: 'HISTOGRAM', metrics: [{ buckets: { x: '1' } }] }],
    ['bucket', { name: 'n', type: 'HISTOGRAM', metrics: [{ buckets: { 1: '9', 2: '5' } }] }],
    ['bucket', { name: 'n', type: 'HISTOGRAM', metrics: [{ buckets: [[0, '1', '2']] }] }],
    ['missing', { name: 'n', type: 'SUMMARY', metrics: [{ sum: '1' }] }],
    ['collision', { name: 'm', type: 'HISTOGRAM', metrics: [{ count: '1' }] }],
    ['duplicate', gauge([{ value: '2' }])],
  ])('%s: %j', async (cause, family) => {
    const { samples, dropped } = await scrape([gauge([{ value: '1' }]), family]);
    expect(samples).toEqual(['m 1']);
    expect(dropped).toEqual({ [cause]: 1 });
  });
});

test.each([{}, 'x', [1], [{ name: 'n' }]])('%j is not of prom2json: the scrape fails', async (document) => {
  expect((await scrape(document)).outcome).toMatchObject({ up: false, reason: 'schema' });
});

test('an empty list has no metrics, and is up', async () => {
  expect((await scrape([])).outcome).toMatchObject({ up: true, samples: 0 });
});

test('more samples or longer labels than may be fail the scrape', async () => {
  const many = gauge(Array.from({ length: 5 }, (_, i) => ({ labels: { i: String(i) }, value: '1' })));
  expect((await scrape([many], { series: 4 })).outcome).toMatchObject({ up: false, reason: 'limit' });
  const long = gauge([{ labels: { a: 'x'.repeat(5000) }, value: '1' }]);
  expect((await scrape([long])).outcome).toMatchObject({ up: false, reason: 'limit' });
});

test('whatever stands in place of a family or a metric, the exposition is valid', async () => {
  const some = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('1', '0.5', 'NaN', '-1', '+Inf'));
  const labels = fc.dictionary(fc.constantFrom('a', 'le', 'quantile', 'job', ''), fc.oneof(fc.string(), some), {
    maxKeys: 2,
  });
  const bounds = fc.oneof(some, fc.dictionary(fc.constantFrom('1', '2', 'x', '+Inf'), some, { maxKeys: 3 }));
  const metric = fc.record(
    { labels, value: some, count: some, sum: some, buckets: bounds, quantiles: bounds },
    { requiredKeys: [] },
  );
  const type = fc.constantFrom('COUNTER', 'GAUGE', 'HISTOGRAM', 'SUMMARY', 'UNTYPED');
  const family = fc.record({
    name: fc.constantFrom('a', 'b_total', 'a_sum', 'target_up'),
    type,
    metrics: fc.array(metric, { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(family, some), { maxLength: 5 }), async (document) => {
      await scrape(document);
    }),
    { numRuns: runs(100) },
  );
});
