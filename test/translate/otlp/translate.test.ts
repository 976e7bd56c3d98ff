import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameMetric } from '../../../src/translate/otlp/names.js';
import { otlpTranslator } from '../../../src/translate/otlp/translate.js';
import { parseExposition } from '../../support/exposition-parser.js';
import { runs } from '../../support/runs.js';
import { scrapeDocument, usualLimits } from '../mapping/scrape-document.js';
import { translateAtOnce } from '../translate-at-once.js';

async function scrape(document: unknown, limits: Parameters<typeof scrapeDocument>[2] = {}) {
  const scraped = await scrapeDocument(otlpTranslator, JSON.stringify(document), limits);
  parseExposition(scraped.lines.map((line) => `${line}\n`).join(''), 'text');
  return scraped;
}

/** A document with these metrics of one resource. */
const documentOf = (metrics: readonly unknown[], attributes: readonly unknown[] = []) => ({
  resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: {}, metrics }] }],
});
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const gauge = (dataPoints: readonly unknown[], more = {}) => ({ name: 'm', gauge: { dataPoints }, ...more });

describe('names', () => {
  test.each([
    [{ name: 'http.server.duration', unit: 's', type: 'other' }, 'http_server_duration_seconds'],
    [{ name: 'process.cpu.time', unit: 's', type: 'counter' }, 'process_cpu_time_seconds_total'],
    [{ name: 'requests_total', unit: '1', type: 'counter' }, 'requests_total'],
    [{ name: 'disk.usage', unit: '1', type: 'gauge' }, 'disk_usage_ratio'],
    [{ name: 'net.io', unit: 'By/s', type: 'gauge' }, 'net_io_bytes_per_second'],
    [{ name: 'queue', unit: '{message}', type: 'gauge' }, 'queue'],
    [{ name: 'uptime_seconds', unit: 's', type: 'gauge' }, 'uptime_seconds'],
    [{ name: '2xx--rate', unit: '', type: 'gauge' }, '_2xx_rate'],
    [{ name: 'größe', unit: 'Cel', type: 'gauge' }, 'gr_e_celsius'],
    [{ name: '', unit: 's', type: 'gauge' }, undefined],
    [{ name: 'x'.repeat(600), unit: 's', type: 'gauge' }, undefined],
    [{ name: 'a', unit: '{'.repeat(10_000), type: 'gauge' }, 'a'],
  ] as const)('%j is %s', (metric, expected) => {
    expect(nameMetric(metric)).toBe(expected);
  });
});

test('attributes are labels, whatever they are', async () => {
  const attributes = [
    text('a.b', 'x'),
    text('a_b', 'y'),
    { key: 'n', value: { intValue: '12' } },
    { key: 'b', value: { boolValue: true } },
    { key: 'l', value: { arrayValue: { values: [{ stringValue: 'p' }, { intValue: '3' }] } } },
    { key: 'm', value: { kvlistValue: { values: [text('k', 'v')] } } },
    text('__r', 's'),
    text('1st', 't'),
    { key: 'none', value: {} },
    text('', 'u'),
    7,
  ];
  const { samples } = await scrape(documentOf([gauge([{ attributes, asInt: '5' }])]));
  expect(samples).toEqual([
    'm{a_b="x;y",n="12",b="true",l="[\\"p\\",\\"3\\"]",m="{\\"k\\":\\"v\\"}",key__r="s",key_1st="t"} 5',
  ]);
});

test('resources are told apart by job and instance, and what else they have is in target_info', async () => {
  const point = gauge([{ asDouble: 1 }]);
  const first = documentOf([point], [text('service.name', 'a'), text('os.type', 'linux')]);
  const second = documentOf([point], [text('service.name', 'b'), text('service.instance.id', 'b-0')]);
  const document = { resourceMetrics: [...first.resourceMetrics, ...second.resourceMetrics] };
  const [info] = translateAtOnce(otlpTranslator, Buffer.from(JSON.stringify(document)), usualLimits).families;
  expect(info).toMatchObject({ name: 'target_info', type: 'info', labelNames: [['job', 'os_type']], values: [1] });
  expect(info?.labelValues).toEqual([['a', 'linux']]);
  const { samples } = await scrape(document);
  expect(samples).toEqual(['m{job="a"} 1', 'm{job="b",instance="b-0"} 1']);
});

test('of several documents the last one has the newest values', async () => {
  const { samples, dropped } = await scrape([documentOf([gauge([{ asInt: 1 }])]), documentOf([gauge([{ asInt: 2 }])])]);
  expect(samples).toEqual(['m 2']);
  expect(dropped).toEqual({ duplicate: 1 });
});

test('a point without a recorded value is no sample, and not dropped either', async () => {
  const { samples, dropped } = await scrape(documentOf([gauge([{ flags: 1, asInt: 1 }])]));
  expect({ samples, dropped }).toEqual({ samples: [], dropped: {} });
});

describe('is dropped and counted', () => {
  const histogram = (point: unknown) => ({ name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [point] } });
  const exponential = (point: unknown) => ({
    name: 'e',
    exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point] },
  });
  test.each([
    ['shape', { name: 'n' }],
    ['shape', { name: 'n', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ asInt: 1 }] } }],
    [
      'shape',
      { name: 'n', sum: { aggregationTemporality: 'AGGREGATION_TEMPORALITY_DELTA', dataPoints: [{ asInt: 1 }] } },
    ],
    ['name', { gauge: { dataPoints: [{ asInt: 1 }] } }],
    ['value', { name: 'n', gauge: { dataPoints: [{}] } }],
    ['value', { name: 'n', gauge: { dataPoints: [{ asInt: 'x' }] } }],
    ['bucket', histogram({ count: '1', bucketCounts: ['1'], explicitBounds: [1, 2] })],
    ['bucket', histogram({ count: '1', bucketCounts: ['x', '1'], explicitBounds: [1] })],
    ['bucket', histogram({ count: '1', bucketCounts: ['2', '-1'], explicitBounds: [1] })],
    ['bucket', exponential({ count: '1', scale: 0.5 })],
    ['bucket', exponential({ count: '7', sum: 1, positive: { bucketCounts: ['1'] } })],
    ['bucket', { name: 's', summary: { dataPoints: [{ quantileValues: [{ quantile: 2, value: 1 }] }] } }],
    ['collision', { name: 'm', unit: '', summary: { dataPoints: [{ count: '1' }] } }],
  ])('%s: %j', async (cause, metric) => {
    const { samples, dropped } = await scrape(documentOf([gauge([{ asInt: 1 }]), metric]));
    expect(samples).toEqual(['m 1']);
    expect(dropped).toEqual({ [cause]: 1 });
  });
});

test('counters, histograms and summaries began when OTLP says', async () => {
  const sum = {
    aggregationTemporality: 2,
    isMonotonic: true,
    dataPoints: [{ asInt: 1, startTimeUnixNano: '1782890000000000000' }],
  };
  const document = Buffer.from(JSON.stringify(documentOf([{ name: 'c', sum }])));
  const { families } = translateAtOnce(otlpTranslator, document, usualLimits);
  expect(families[0]).toMatchObject({ name: 'c_total', type: 'counter', startsMs: [1782890000000] });
});

test.each([{}, 'x', [1], { resourceMetrics: 3 }])('%j is not OTLP: the scrape fails', async (document) => {
  expect((await scrape(document)).outcome).toMatchObject({ up: false, reason: 'schema' });
});

test('more samples than may be fail the scrape', async () => {
  const points = Array.from({ length: 5 }, (_, i) => ({ attributes: [text('i', String(i))], asInt: i }));
  expect((await scrape(documentOf([gauge(points)]), { series: 4 })).outcome).toMatchObject({
    up: false,
    reason: 'limit',
  });
});

test('whatever stands in place of what OTLP has, the exposition is valid', async () => {
  const some = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('1', 0.5, -1, '99999999999999999999', 'NaN'));
  const numbers = fc.oneof(some, fc.array(fc.constantFrom('1', 0, 2, -1, 'x'), { maxLength: 4 }));
  const attribute = fc.record({
    key: fc.constantFrom('a', 'le', 'quantile', 'job', '1', '_'),
    value: fc.oneof(some, fc.record({ stringValue: some })),
  });
  const point = fc.record(
    {
      ...{
        attributes: fc.array(attribute, { maxLength: 3 }),
        asInt: some,
        asDouble: some,
        count: some,
        sum: some,
        scale: some,
        flags: some,
      },
      ...{ bucketCounts: numbers, explicitBounds: numbers, startTimeUnixNano: some },
      ...{
        positive: fc.record({ offset: some, bucketCounts: numbers }),
        quantileValues: fc.array(fc.record({ quantile: some, value: some })),
      },
    },
    { requiredKeys: [] },
  );
  const data = fc.record({ dataPoints: fc.array(fc.oneof(point, some), { maxLength: 3 }), isMonotonic: fc.boolean() });
  const kind = fc.constantFrom('gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary');
  const metric = fc
    .tuple(fc.constantFrom('a', 'b', 'target_up', ''), kind, fc.oneof(data, some), some)
    .map(([name, key, value, unit]) => ({ name, unit, [key]: value }));
  await fc.assert(
    fc.asyncProperty(fc.array(metric, { maxLength: 5 }), async (metrics) => {
      const { outcome } = await scrape(documentOf(metrics));
      expect(outcome.up).toBe(true);
    }),
    { numRuns: runs(150) },
  );
});
