import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBuiltDaemon } from '../../support/built-program.js';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { type PrometheusServer, startPrometheus } from '../../support/prometheus-tools.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/mapping/${name}`, import.meta.url));

describe('a Prometheus with native histograms', () => {
  const resources: { close(): Promise<void> }[] = [];
  let prometheus: PrometheusServer;

  function open<T extends { close(): Promise<void> }>(resource: T): T {
    resources.push(resource);
    return resource;
  }

  beforeAll(async () => {
    const document = readFileSync(fixture('exponential-otlp.json'));
    const upstream = open(await startStubUpstream((_request, response) => response.end(document)));
    const zxp = open(
      await startBuiltDaemon('--upstream', upstream.url, '--config.file', fixture('exponential-otlp.yml')),
    );
    const target = `static_configs: [{ targets: ['${new URL(zxp.url).host}'] }]`;
    const flag = '--enable-feature=native-histograms';
    prometheus = open(await startPrometheus(`\n  - job_name: zxp\n    ${target}\n`, flag));
  });

  afterAll(async () => {
    for (const resource of resources.reverse()) await resource.close();
  });

  async function untilQueried(promql: string): Promise<number> {
    const [found] = await vi.waitUntil(
      async () => {
        const results = await prometheus.query(promql);
        return results.length > 0 ? results : undefined;
      },
      { timeout: 15_000, interval: 100 },
    );
    return found?.value ?? Number.NaN;
  }

  test('stores them as such, and has every other metric of the same scrape', async () => {
    expect(await untilQueried('histogram_count(request_seconds{route="/v2"})')).toBe(10);
    expect(await untilQueried('histogram_sum(request_seconds{route="/v2"})')).toBe(9.75);
    expect(await untilQueried('histogram_fraction(0.5, 1, request_seconds{route="/v2"})')).toBeCloseTo(0.4);
    expect(await untilQueried('histogram_count(request_seconds{route="/health"})')).toBe(0);
    expect(await untilQueried('histogram_count(request_seconds{route="/fine"})')).toBe(6);
    expect(await untilQueried('target_up')).toBe(1);
    expect(await untilQueried('up')).toBe(1);
    expect(await prometheus.query('request_seconds_bucket')).toEqual([]);
  });
});
