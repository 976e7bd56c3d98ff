import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { basic } from '../../support/ask.js';
import { startBuiltDaemon } from '../../support/built-program.js';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { type PrometheusServer, startPrometheus } from '../../support/prometheus-tools.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const resources: { close(): unknown }[] = [];

afterAll(async () => {
  for (const resource of resources.reverse()) await resource.close();
});

function open<T extends { close(): unknown }>(resource: T): T {
  resources.push(resource);
  return resource;
}

async function startZxp(config: string): Promise<URL> {
  const folder = open(makeTemporaryFolder());
  return new URL(open(await startBuiltDaemon('--config.file', folder.write('zxp.yml', config))).url);
}

/** Waits until a query has one result, and gives its value. */
async function untilOne(prometheus: PrometheusServer, query: string): Promise<number> {
  const found = await vi.waitUntil(async () => (await prometheus.query(query))[0], { timeout: 30_000, interval: 100 });
  return found.value;
}

describe('a real Prometheus that names credentials by __param_auth', () => {
  let prometheus: PrometheusServer;
  const seen = new Map<string, Set<string | undefined>>();

  const startApi = async (name: string) => {
    const headers = new Set<string | undefined>();
    seen.set(name, headers);
    return open(
      await startStubUpstream((request, response) => {
        headers.add(request.headers.authorization);
        response.end('{"n": 1}');
      }),
    );
  };

  beforeAll(async () => {
    const [a, b] = [await startApi('a'), await startApi('b')];
    const zxp =
      await startZxp(`modules: { m: { allow: ['${a.url}', '${b.url}'], metrics: [{ name: n, path: '{.n}' }] } }
auths:
  team-a: { allow: ['${a.url}'], basic_auth: { username: zxp, password: of-a } }
  team-b: { allow: ['${b.url}'], authorization: { credentials: of-b } }
`);
    prometheus = open(
      await startPrometheus(`
  - job_name: apis
    metrics_path: /probe
    params: { module: [m] }
    static_configs:
      - { targets: ['${a.url}'], labels: { __param_auth: team-a } }
      - { targets: ['${b.url}'], labels: { __param_auth: team-b } }
      - { targets: ['${b.url}'], labels: { __param_auth: team-a, wrong: 'yes' } }
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: '${zxp.host}' }
`),
    );
  });

  test('has each target scraped with its own, and none with those of another', async () => {
    expect(await untilOne(prometheus, 'count(n == 1) == 2')).toBe(2);
    expect(await untilOne(prometheus, 'up{wrong="yes"} == 0')).toBe(0);
    expect([...(seen.get('a') ?? [])]).toEqual([basic('zxp', 'of-a').authorization]);
    expect([...(seen.get('b') ?? [])]).toEqual(['Bearer of-b']);
  });
});

describe('two real Prometheus before an API that limits requests', () => {
  const state = { isFailing: false, answered: 0, refused: 0, recent: [] as number[] };
  const servers: PrometheusServer[] = [];

  beforeAll(async () => {
    /** No more than 3 requests in any 4 seconds, as GitHub and its kind count. */
    const api = open(
      await startStubUpstream((_request, response) => {
        const now = performance.now();
        state.recent = state.recent.filter((at) => now - at < 4000);
        if (state.recent.length >= 3) {
          state.refused++;
          response.writeHead(429, { 'retry-after': '1' }).end();
          return;
        }
        state.recent.push(now);
        state.answered++;
        response.writeHead(state.isFailing ? 500 : 200).end('{"n": 1}');
      }),
    );
    const zxp = await startZxp(`targets: [{ name: api, url: '${api.url}', module: m }]
modules:
  m:
    max_requests_per: { requests: 1, interval: 2s }
    stale_on_error: 10m
    metrics: [{ name: n, path: '{.n}' }]
`);
    const job = `
  - job_name: api
    metrics_path: /probe
    params: { target: [api] }
    static_configs: [{ targets: ['${zxp.host}'] }]
`;
    servers.push(...(await Promise.all([startPrometheus(job), startPrometheus(job)])).map(open));
  });

  const both = async (query: string) => Promise.all(servers.map((each) => untilOne(each, query)));

  test('never sees more than its budget, and both have the metrics, and how old they are', async () => {
    await both('count_over_time(n[1m]) >= 6');
    expect(await both('min_over_time(target_up[1m])')).toEqual([1, 1]);
    expect(await both('max_over_time(target_scrape_age_seconds[1m]) > 0')).not.toContain(undefined);
    const scrapes = 2 * Math.min(...(await both('count_over_time(n[1m])')));
    expect(state.refused).toBe(0);
    expect(state.answered).toBeLessThan(scrapes);
  });

  test('target_up is 0 while a failure is repeated, with the last good metrics and their age', async () => {
    state.isFailing = true;
    await both('target_up == 0');
    expect(await both('n')).toEqual([1, 1]);
    for (const age of await both('target_scrape_age_seconds > 0')) expect(age).toBeGreaterThan(0);
    expect(state.refused).toBe(0);
    state.isFailing = false;
    expect(await both('target_up == 1')).toEqual([1, 1]);
  });
});
