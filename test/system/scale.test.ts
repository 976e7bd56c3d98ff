import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startBuiltDaemon } from '../support/built-program.js';
import { eventually } from '../support/eventually.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findFreePort } from '../support/free-port.js';
import { startPrometheus } from '../support/prometheus-tools.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const TARGETS = 300;
const proxyConfig = readFileSync(new URL('../../deploy/scale/haproxy.cfg', import.meta.url), 'utf8');

/** An upstream with many documents, which counts the requests for each. */
async function startCountingUpstream() {
  const counts = new Map<string, number>();
  const upstream = forThisTest(
    await startStubUpstream((request, response) => {
      const path = request.url ?? '';
      counts.set(path, (counts.get(path) ?? 0) + 1);
      response.setHeader('content-type', 'application/json').end('{"value": 1}');
    }),
  );
  const targets = Array.from({ length: TARGETS }, (_, i) => `${upstream.url}/${i}`);
  return { counts, targets };
}

/** HAProxy with deploy/scale/haproxy.cfg, its addresses aside, until the test is over. */
async function startProxy(servers: readonly string[]): Promise<string> {
  const port = await findFreePort();
  let config = proxyConfig.replace('bind :8081', `bind 127.0.0.1:${port}`);
  for (const [i, server] of servers.entries()) config = config.replace(`zxp-${i}.zxp:8081`, new URL(server).host);
  const file = forThisTest(makeTemporaryFolder()).write('haproxy.cfg', config);
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  let failed: Error | undefined;
  child.once('error', (error) => {
    failed = error;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  forThisTest({
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/-/healthy`).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually('HAProxy answers', () => failed !== undefined || answers(), 20_000);
  if (failed !== undefined) throw failed;
  return url;
}

/** A job that scrapes each target through the proxy, twice a second and second. */
function writeJob(proxy: string, targets: readonly string[]): string {
  return `
  - job_name: api
    metrics_path: /probe
    params: { module: [api] }
    scrape_interval: 3s
    scrape_timeout: 3s
    static_configs: [{ targets: ${JSON.stringify(targets)} }]
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: '${new URL(proxy).host}' }
`;
}

test('two Prometheus through HAProxy request each target once, and only the share of a zxp that is killed again', {
  timeout: 180_000,
}, async () => {
  const { counts, targets } = await startCountingUpstream();
  const [origin = ''] = targets.map((target) => new URL(target).origin);
  const config = `
modules:
  api:
    allow: ["${origin}"]
    min_interval: 10m
    metrics: [{ name: value, path: '{.value}' }]
log: { level: error }
`;
  const file = forThisTest(makeTemporaryFolder()).write('zxp.yml', config);
  const servers = await Promise.all(
    [0, 1, 2].map(() => startBuiltDaemon('--config.file', file, '--log.level', 'info')),
  );
  for (const server of servers) forThisTest(server);
  const proxy = await startProxy(servers.map(({ url }) => url));
  const prometheus = await Promise.all([0, 1].map(() => startPrometheus(writeJob(proxy, targets))));
  for (const each of prometheus) forThisTest(each);

  const total = async (promql: string) => {
    const results = await Promise.all(prometheus.map((each) => each.query(promql)));
    return results.map(([first]) => first?.value ?? 0);
  };
  const everyTarget = async (scrapes: number) => {
    const enough = await total(`count(sum_over_time(up[5m]) >= ${scrapes})`);
    return enough.every((count) => count === TARGETS);
  };
  await eventually('both have scraped every target twice', () => everyTarget(2), 60_000);
  expect([...counts.values()].reduce((sum, count) => sum + count, 0) / TARGETS).toBe(1);
  expect(await total('sum(1 - min_over_time(up[5m])) or vector(0)')).toEqual([0, 0]);

  const before = new Map(counts);
  const [killed] = servers;
  killed?.signal('SIGKILL');
  const from = Date.now();
  await eventually('both have scraped every target three times more', () => everyTarget(6), 90_000);
  const again = [...counts].filter(([path, count]) => count > (before.get(path) ?? 0));
  // What one of three had, by consistent hashing, and nothing else; once, although two Prometheus scrape it.
  expect(again.length).toBeGreaterThan(0);
  expect(again.length).toBeLessThan(TARGETS * 0.5);
  expect(Math.max(...again.map(([path, count]) => count - (before.get(path) ?? 0)))).toBe(1);
  const seconds = Math.ceil((Date.now() - from) / 1000);
  // A connection that breaks in the middle of a scrape is a scrape that is lost; each target has at most one.
  const lost = await total(`sum(count_over_time(up[${seconds}s]) - sum_over_time(up[${seconds}s]))`);
  expect(Math.max(...lost)).toBeLessThan(TARGETS / 10);
});
