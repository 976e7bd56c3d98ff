import { expect, test } from 'vitest';
import { createOwnMetrics } from '../../src/telemetry/own-metrics.js';
import { createSharedMetrics } from '../../src/telemetry/shared-metrics.js';
import { findSample } from '../support/samples.js';
import { toEvent } from '../support/scrape-events.js';

/** The metrics of a worker that answered scrapes of so many seconds, and loaded its configuration at that time. */
async function collect(durations: readonly number[], reloadedAt: number, successful: boolean): Promise<unknown> {
  const own = createOwnMetrics({
    version: '1.2.3',
    nodeVersion: 'v20.0.0',
    scrapesInFlight: () => durations.length,
    renderPool: { threads: 1, queued: 0 },
  });
  own.observeReload(true, reloadedAt);
  if (!successful) own.observeReload(false, reloadedAt + 1);
  for (const durationSeconds of durations) {
    own.observeScrape(toEvent({ durationSeconds }));
  }
  return structuredClone(await own.collect());
}

test('counters, histograms and what is under way are sums; a configuration is as old as the oldest', async () => {
  const shared = createSharedMetrics({ workers: () => 2 });
  const text = await shared.write([await collect([0.02, 0.3], 100, false), await collect([0.02], 200, true)]);
  const find = (name: string) => findSample(text, name);
  expect(find('zxp_scrapes_total{reason=""}')).toBe(3);
  expect(find('zxp_scrape_duration_seconds_count')).toBe(3);
  expect(find('zxp_scrape_duration_seconds_bucket{le="0.025"}')).toBe(2);
  expect(find('zxp_scrapes_in_flight')).toBe(3);
  expect(find('zxp_build_info{version="1.2.3",node_version="v20.0.0"}')).toBe(1);
  expect(find('zxp_config_last_reload_successful')).toBe(0);
  expect(find('zxp_config_last_reload_success_timestamp_seconds')).toBe(100);
  expect(find('zxp_workers')).toBe(2);
});

test('the process that starts them counts as a process, and its own start is the start of all', async () => {
  const shared = createSharedMetrics({ workers: () => 0 });
  shared.countRestart();
  const alone = await shared.write([]);
  expect(alone).not.toContain('nodejs_');
  expect(findSample(alone, 'zxp_worker_restarts_total')).toBe(1);
  const together = await shared.write([await collect([], 1, true), 'nothing that a worker would say']);
  expect(together).toContain('nodejs_eventloop_lag_seconds');
  const startedAt = findSample(alone, 'process_start_time_seconds');
  expect(startedAt).toBeGreaterThan(1e9);
  expect(findSample(together, 'process_start_time_seconds')).toBe(startedAt);
  expect(findSample(together, 'process_resident_memory_bytes')).toBeGreaterThan(
    findSample(alone, 'process_resident_memory_bytes') ?? Number.NaN,
  );
});
