import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { checkGrammar, type TextFormat } from '../support/grammar.js';
import { readFamilies } from '../support/protobuf-families.js';

const FLAGS = { 'web.listen-address': '127.0.0.1:0' };
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/mapping/${name}`, import.meta.url));

async function start(name: string) {
  const document = readFileSync(fixture(`${name}.json`));
  const upstream = forThisTest(await startStubUpstream((_request, response) => response.end(document)));
  return await startDaemon({ flags: { ...FLAGS, upstream: upstream.url, 'config.file': fixture(`${name}.yml`) } });
}

describe('a scraper gets the format of its Accept header', () => {
  test.each<readonly [accept: string, contentType: string, format: TextFormat]>([
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8', 'text'],
    [
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5',
      'text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
      'text',
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=dots;q=0.6,*/*;q=0.1',
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots',
      'openmetrics',
    ],
    [
      'application/openmetrics-text;version=2.0.0;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;q=0.6',
      'application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=allow-utf-8',
      'openmetrics2',
    ],
  ])('%s', async (accept, contentType, format) => {
    for (const name of ['exponential-otlp', 'openmetrics']) {
      const zxp = await start(name);
      const response = await fetch(`${zxp.urls[0]}/metrics`, { headers: { accept } });
      expect(response.headers.get('content-type')).toBe(contentType);
      expect(response.headers.get('vary')).toBe('Accept, Accept-Encoding');
      const text = await response.text();
      checkGrammar(text, format);
      expect(text).toContain('target_up 1\n');
    }
  });

  test('protobuf', async () => {
    const zxp = await start('exponential-otlp');
    const accept =
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,*/*;q=0.1';
    const response = await fetch(`${zxp.urls[0]}/metrics`, { headers: { accept } });
    expect(response.headers.get('content-type')).toBe(
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
    );
    const { types, units, series = [] } = readFamilies(new Uint8Array(await response.arrayBuffer()));
    expect(types).toMatchObject({ request_seconds: 'histogram', target_up: 'gauge' });
    expect(units).toEqual({ request_seconds: 'seconds' });
    const routes = series.flatMap(({ labels, histogram }) => (histogram === undefined ? [] : [labels.route]));
    expect(routes).toEqual(['/v2', '/health', '/fine']);
  });
});

test('an uptime is a start before the scrape', async () => {
  const zxp = await start('openmetrics');
  const before = Date.now() / 1000;
  const accept = 'application/openmetrics-text';
  const text = await (await fetch(`${zxp.urls[0]}/metrics`, { headers: { accept } })).text();
  const startSeconds = Number(/^jobs_run_created (\d+)$/mu.exec(text)?.[1]);
  expect(startSeconds).toBeGreaterThanOrEqual(Math.floor(before - 3600));
  expect(startSeconds).toBeLessThanOrEqual(Date.now() / 1000 - 3600);
});

test('what the format has no form for is counted in the same scrape', async () => {
  const document = JSON.stringify({ Counters: [{ Name: 'a', Count: 'NaN' }], Gauges: [{ Name: 'b', Value: 2 }] });
  const upstream = forThisTest(await startStubUpstream((_request, response) => response.end(document)));
  const zxp = await startDaemon({ flags: { ...FLAGS, upstream: upstream.url } });
  const scrape = async (version: string) => {
    const headers = { accept: `application/openmetrics-text;version=${version}` };
    return (await fetch(`${zxp.urls[0]}/metrics`, { headers })).text();
  };
  const [one, two] = [await scrape('1.0.0'), await scrape('2.0.0')];
  expect(one).toContain('a_total NaN\n');
  expect(one).toContain('target_scrape_samples_dropped{cause="format"} 0\n');
  expect(two).not.toContain('a_total');
  expect(two).toContain('b 2\n');
  expect(two).toContain('target_scrape_samples_dropped{cause="format"} 1\n');
});
