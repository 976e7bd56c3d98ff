import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeLabels, type ParsedFamily, parseExposition } from '../../support/exposition-parser.js';
import { expose, scrapeZot } from './scrape-zot.js';

const folder = new URL('../../../fixtures/conformance/zot/', import.meta.url);

function read(file: string): Buffer {
  return readFileSync(new URL(file, folder));
}

/** Values by series. */
function listValues(families: readonly ParsedFamily[]): ReadonlyMap<string, number> {
  const samples = families.flatMap((family) => family.samples);
  return new Map(samples.map(({ name, labels, value }) => [`${name} ${describeLabels(labels)}`, value]));
}

async function translate(file: string): Promise<readonly ParsedFamily[]> {
  const { families, outcome } = await scrapeZot(read(file));
  expect(outcome.drops.total).toBe(0);
  return parseExposition(await expose(families, 'text'), 'text');
}

describe('what a real zot sends', () => {
  test("gives every series of zot's own exporter with its name, labels and value, and no other one", async () => {
    const theirs = parseExposition(read('metrics.go-exporter.prom'), 'text');
    const expected = listValues(theirs.filter(({ name }) => name !== 'zot_up'));
    expect(expected.size).toBeGreaterThan(100);
    expect(listValues(await translate('metrics.json'))).toEqual(expected);
  });

  test('gives families of the kinds that zot calls them', async () => {
    const families = await translate('metrics.json');
    expect(Object.fromEntries(families.map(({ name, type }) => [name, type]))).toEqual({
      zot_scheduler_generators_total: 'counter',
      zot_http_requests_total: 'counter',
      zot_repo_uploads_total: 'counter',
      zot_repo_downloads_total: 'counter',
      zot_scheduler_workers_total: 'gauge',
      zot_info: 'gauge',
      zot_scheduler_generators_status: 'gauge',
      zot_scheduler_tasksqueue_length: 'gauge',
      zot_scheduler_workers: 'gauge',
      zot_repo_storage_bytes: 'gauge',
      zot_http_repo_latency_seconds: 'summary',
      zot_http_method_latency_seconds: 'histogram',
      zot_storage_lock_latency_seconds: 'histogram',
    });
  });

  test('gives the same samples in OpenMetrics, bounds as floating-point numbers', async () => {
    const { families } = await scrapeZot(read('metrics.json'));
    const [text, openmetrics] = [await expose(families, 'text'), await expose(families, 'openmetrics')];
    const withFloatBounds = text.toString().replace(/le="(\d+)"/g, 'le="$1.0"');
    expect(listValues(parseExposition(openmetrics, 'openmetrics'))).toEqual(
      listValues(parseExposition(withFloatBounds, 'text')),
    );
  });

  test.each(['401.json', '403.json'])('with the body of %s gives nothing, even as a 200', async (file) => {
    const { families, outcome } = await scrapeZot(read(file));
    expect(families).toEqual([]);
    expect(outcome).toMatchObject({ up: false, reason: 'schema' });
  });
});
