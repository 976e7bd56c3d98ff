import { describe, expect, test, vi } from 'vitest';
import { DropTally } from '../../src/model/drops.js';
import { failureReasons } from '../../src/model/errors.js';
import { createOwnMetrics } from '../../src/telemetry/own-metrics.js';
import { startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { openRawConnection } from '../support/raw-connection.js';
import { findSample } from '../support/samples.js';
import { toEvent } from '../support/scrape-events.js';

function create() {
  const inFlight = { count: 0 };
  const scrapesInFlight = () => inFlight.count;
  const renderPool = { threads: 2, queued: 3 };
  return { own: createOwnMetrics({ version: '1.2.3', nodeVersion: 'v20.0.0', scrapesInFlight, renderPool }), inFlight };
}

describe("zxp's own metrics", () => {
  test('are these, each with its type and help', async () => {
    const { own } = create();
    const text = await own.write();
    const types = [...text.matchAll(/^# TYPE (zxp_\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(types.sort()).toEqual([
      'zxp_build_info gauge',
      'zxp_config_last_reload_success_timestamp_seconds gauge',
      'zxp_config_last_reload_successful gauge',
      'zxp_discoveries_total counter',
      'zxp_render_queue_length gauge',
      'zxp_render_threads gauge',
      'zxp_samples_dropped_total counter',
      'zxp_scrape_duration_seconds histogram',
      'zxp_scrapes_in_flight gauge',
      'zxp_scrapes_refused_total counter',
      'zxp_scrapes_total counter',
      'zxp_web_certificate_expiry_timestamp_seconds gauge',
      'zxp_web_client_ca_expiry_timestamp_seconds gauge',
      'zxp_web_config_last_reload_success_timestamp_seconds gauge',
      'zxp_web_config_last_reload_successful gauge',
      'zxp_web_requests_refused_total counter',
      'zxp_web_token_expiry_timestamp_seconds gauge',
    ]);
    expect(text.match(/^# HELP zxp_\w+ .+\.$/gm)).toHaveLength(types.length);
    expect(own.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  test('have those of the process and of Node beside them', async () => {
    const text = await create().own.write();
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
    expect(text).toMatch(/^nodejs_active_handles\{/m);
  });

  test('name no gauge as a counter is named, which promtool reports', async () => {
    const text = await create().own.write();
    const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
    expect(types.length).toBeGreaterThan(20);
    expect(types.filter(([, name, type]) => name?.endsWith('_total') && type !== 'counter')).toEqual([]);
  });

  test('say before the first scrape that there was none', async () => {
    const text = await create().own.write();
    expect(findSample(text, 'zxp_scrapes_total{reason=""}')).toBe(0);
    for (const cause of ['request', 'busy', 'cancelled']) {
      expect(findSample(text, `zxp_scrapes_refused_total{cause="${cause}"}`)).toBe(0);
    }
    expect(findSample(text, 'zxp_scrape_duration_seconds_count')).toBe(0);
    expect(findSample(text, 'zxp_samples_dropped_total')).toBe(0);
    expect(findSample(text, 'zxp_build_info{version="1.2.3",node_version="v20.0.0"}')).toBe(1);
  });

  test('count the threads for large replies, and what waits for one', async () => {
    const text = await create().own.write();
    expect(findSample(text, 'zxp_render_threads')).toBe(2);
    expect(findSample(text, 'zxp_render_queue_length')).toBe(3);
  });

  test('count scrapes by reason, their durations, and the samples that they dropped', async () => {
    const { own } = create();
    const drops = new DropTally();
    drops.add({ cause: 'label', samples: 3, where: 'here', message: 'so' });
    own.observeScrape(toEvent({ drops }));
    own.observeScrape(toEvent({ durationSeconds: 20 }));
    for (const reason of failureReasons) own.observeScrape(toEvent({ up: false, reason, durationSeconds: 0.3 }));
    const text = await own.write();
    expect(findSample(text, 'zxp_scrapes_total{reason=""}')).toBe(2);
    for (const reason of failureReasons) expect(findSample(text, `zxp_scrapes_total{reason="${reason}"}`)).toBe(1);
    expect(findSample(text, 'zxp_scrape_duration_seconds_bucket{le="0.025"}')).toBe(1);
    expect(findSample(text, 'zxp_scrape_duration_seconds_bucket{le="0.5"}')).toBe(1 + failureReasons.length);
    expect(findSample(text, 'zxp_scrape_duration_seconds_bucket{le="10"}')).toBe(1 + failureReasons.length);
    expect(findSample(text, 'zxp_scrape_duration_seconds_count')).toBe(2 + failureReasons.length);
    expect(findSample(text, 'zxp_samples_dropped_total')).toBe(3);
  });

  test('read the scrapes in flight when they are written', async () => {
    const { own, inFlight } = create();
    inFlight.count = 7;
    expect(findSample(await own.write(), 'zxp_scrapes_in_flight')).toBe(7);
    inFlight.count = 0;
    expect(findSample(await own.write(), 'zxp_scrapes_in_flight')).toBe(0);
  });

  test('keep the time of the last reload that succeeded', async () => {
    const { own } = create();
    own.observeReload(true, 1_700_000_000);
    own.observeReload(false, 1_800_000_000);
    const text = await own.write();
    expect(findSample(text, 'zxp_config_last_reload_successful')).toBe(0);
    expect(findSample(text, 'zxp_config_last_reload_success_timestamp_seconds')).toBe(1_700_000_000);
  });

  test('of two daemons in one process are apart', async () => {
    const [first, second] = [create(), create()];
    first.own.observeScrape(toEvent({}));
    expect(findSample(await second.own.write(), 'zxp_scrapes_total{reason=""}')).toBe(0);
  });
});

describe('/-/metrics of a daemon', () => {
  const document = {
    Gauges: [
      { Name: 'moon', Value: 1 },
      { Name: 'sun', Value: 1, LabelNames: ['a'], LabelValues: [] },
    ],
  };

  test('counts what was scraped, what failed, what was dropped and what was refused', async () => {
    let status = 200;
    const upstream = forThisTest(
      await startStubUpstream((_request, response) => response.writeHead(status).end(JSON.stringify(document))),
    );
    const zxp = await startDaemon({ flags: { upstream: upstream.url } });
    const scrape = async (headers = {}) => (await fetch(`${zxp.url}/metrics`, { headers })).text();
    await scrape();
    await scrape();
    status = 401;
    await scrape();
    status = 302;
    await scrape();
    await scrape({ 'x-prometheus-scrape-timeout-seconds': 'never' });
    const own = await zxp.ownMetrics();
    expect(findSample(own, 'zxp_scrapes_total{reason=""}')).toBe(2);
    expect(findSample(own, 'zxp_scrapes_total{reason="unauthorized"}')).toBe(1);
    expect(findSample(own, 'zxp_scrapes_total{reason="redirect"}')).toBe(1);
    expect(findSample(own, 'zxp_scrape_duration_seconds_count')).toBe(4);
    expect(findSample(own, 'zxp_samples_dropped_total')).toBe(2);
    expect(findSample(own, 'zxp_scrapes_refused_total{cause="request"}')).toBe(1);
    expect(findSample(own, 'zxp_config_last_reload_successful')).toBe(1);
    expect(own).not.toContain('moon');
  });

  test('has the scrape under way', async () => {
    const upstream = forThisTest(await startStubUpstream(() => undefined));
    const zxp = await startDaemon({ flags: { upstream: upstream.url } });
    const connection = forThisTest(await openRawConnection(zxp.url));
    connection.send('GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n');
    await vi.waitUntil(() => upstream.arrived === 1, { timeout: 10_000 });
    expect(findSample(await zxp.ownMetrics(), 'zxp_scrapes_in_flight')).toBe(1);
  });

  test('is about zxp alone: no metric of a scrape is in it, and none of its own is in a scrape', async () => {
    const upstream = forThisTest(
      await startStubUpstream((_request, response) => response.end(JSON.stringify(document))),
    );
    const zxp = await startDaemon({ flags: { upstream: upstream.url } });
    const scraped = await (await fetch(`${zxp.url}/metrics`)).text();
    expect(scraped).toContain('moon 1\n');
    expect(scraped).not.toMatch(/^(zxp|process|nodejs)_/m);
    expect(await zxp.ownMetrics()).not.toMatch(/^(moon|target_)/m);
  });
});

describe('the log of a daemon', () => {
  test('has a failure once, however often the target is scraped, and another cause at once', async () => {
    let status = 401;
    const upstream = forThisTest(
      await startStubUpstream((_request, response) => {
        response.writeHead(status).end();
      }),
    );
    const zxp = await startDaemon({ flags: { upstream: upstream.url } });
    const scrape = async () => (await fetch(`${zxp.url}/metrics`)).text();
    for (let i = 0; i < 5; i++) await scrape();
    status = 403;
    for (let i = 0; i < 5; i++) await scrape();
    const failures = zxp.logged.filter((line) => line.startsWith('warn scrape failed {'));
    expect(failures.map((line) => JSON.parse(line.replace('warn scrape failed ', '')))).toEqual([
      expect.objectContaining({
        target: 'upstream',
        url: `${upstream.url}/metrics`,
        module: 'zot',
        reason: 'unauthorized',
        cause: 'the upstream answered 401',
        status: 401,
      }),
      expect.objectContaining({ reason: 'forbidden' }),
    ]);
  });
});
