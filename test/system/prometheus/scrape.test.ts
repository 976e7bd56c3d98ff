import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startDemoRegistry } from '../../../src/app/demo-registry.js';
import { startBuiltDaemon } from '../../support/built-program.js';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { type PrometheusServer, type QueryResult, startPrometheus } from '../../support/prometheus-tools.js';

/** A job that scrapes zxp as this user. */
function writeJob(name: string, user: { name: string; password: string }, zxpUrl: string): string {
  return `
  - job_name: ${name}
    basic_auth: { username: ${user.name}, password: ${user.password} }
    static_configs: [{ targets: ['${new URL(zxpUrl).host}'] }]
`;
}

const alice = { name: 'alice', password: 'wonderland' };
const bob = { name: 'bob', password: 'builder' };
const aliceGuessing = { name: 'alice', password: 'guess' };

describe('with a real Prometheus', () => {
  const resources: { close(): Promise<void> }[] = [];
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    const registry = open(await startDemoRegistry(() => performance.now()));
    const empty = open(await startStubUpstream((_request, response) => response.writeHead(500).end()));
    const zxp = open(await startBuiltDaemon('--upstream', registry.url));
    const strict = open(await startBuiltDaemon('--upstream', empty.url, '--scrape.fail-status'));
    prometheus = open(
      await startPrometheus(
        [
          writeJob('alice', alice, zxp.url),
          writeJob('bob', bob, zxp.url),
          writeJob('alice-guessing', aliceGuessing, zxp.url),
          writeJob('strict', alice, strict.url),
          `\n  - job_name: zxp-itself\n    metrics_path: /-/metrics\n    static_configs: [{ targets: ['${new URL(zxp.url).host}'] }]\n`,
        ].join(''),
      ),
    );
  });

  afterAll(async () => {
    for (const resource of resources.reverse()) await resource.close();
  });

  function open<T extends { close(): Promise<void> }>(resource: T): T {
    resources.push(resource);
    return resource;
  }

  /** What a query gives once it gives anything. */
  async function untilQueried(promql: string): Promise<readonly QueryResult[]> {
    return vi.waitUntil(
      async () => {
        const results = await prometheus.query(promql);
        return results.length > 0 ? results : undefined;
      },
      { timeout: 15_000, interval: 100 },
    );
  }

  const valuesOf = (results: readonly QueryResult[]) => results.map(({ value }) => value);
  const listRepos = (results: readonly QueryResult[]) => results.map(({ labels }) => labels.repo).sort();

  test('a job with basic_auth reaches an upstream that checks it: target_up is 1 and the samples are there', async () => {
    expect(valuesOf(await untilQueried('target_up{job="alice"} == 1'))).toEqual([1]);
    expect(valuesOf(await untilQueried('zot_up{job="alice"}'))).toEqual([1]);
    expect(valuesOf(await untilQueried('up{job="alice"}'))).toEqual([1]);
    const [downloads] = await untilQueried('sum(zot_repo_downloads_total{job="alice"})');
    expect(downloads?.value).toBeGreaterThan(0);
    const [samples] = await untilQueried('target_scrape_samples{job="alice"}');
    // Prometheus counts the lines that zxp adds, too.
    const [scraped] = await untilQueried('scrape_samples_scraped{job="alice"}');
    expect(scraped?.value).toBeGreaterThan(samples?.value ?? Number.POSITIVE_INFINITY);
    expect(await prometheus.query('target_scrape_error{job="alice"}')).toEqual([]);
  });

  test('a job with a wrong password has target_up 0, the reason unauthorized, and nothing of the upstream', async () => {
    expect(valuesOf(await untilQueried('target_up{job="alice-guessing"}'))).toEqual([0]);
    expect(valuesOf(await untilQueried('zot_up{job="alice-guessing"}'))).toEqual([0]);
    const errors = await untilQueried('target_scrape_error{job="alice-guessing"}');
    expect(errors.map(({ labels, value }) => [labels.reason, value])).toEqual([['unauthorized', 1]]);
    expect(valuesOf(await untilQueried('target_scrape_http_status_code{job="alice-guessing"}'))).toEqual([401]);
    expect(valuesOf(await untilQueried('up{job="alice-guessing"}'))).toEqual([1]);
    expect(await prometheus.query('{__name__=~"zot_.+", __name__!="zot_up", job="alice-guessing"}')).toEqual([]);
  });

  test('two jobs of different users at the same zxp each get what their own user may see', async () => {
    const repos = ['zot_repo_downloads_total{job="alice"}', 'zot_repo_downloads_total{job="bob"}'];
    const [ofAlice, ofBob] = await Promise.all(repos.map((promql) => untilQueried(promql)));
    expect(listRepos(ofAlice ?? [])).toEqual(['data/app', 'data/base', 'web/app', 'web/base']);
    expect(listRepos(ofBob ?? [])).toEqual(['infra/app', 'infra/base']);
    expect(
      await prometheus.query('{job="alice", repo=~"infra/.*"} or {job="bob", repo!~"infra/.*", repo!=""}'),
    ).toEqual([]);
  });

  test('histograms are usable by histogram_quantile', async () => {
    const buckets = 'sum by (le) (zot_http_method_latency_seconds_bucket{job="alice"})';
    const [half] = await untilQueried(`histogram_quantile(0.5, ${buckets})`);
    const [most] = await untilQueried(`histogram_quantile(0.99, ${buckets})`);
    expect(half?.value).toBeGreaterThan(0);
    expect(half?.value).toBeLessThan(0.05);
    expect(most?.value).toBeGreaterThan(0.05);
    expect(most?.value).toBeLessThanOrEqual(5);
  });

  test('summaries have their sums and counts', async () => {
    const mean = 'zot_http_repo_latency_seconds_sum{job="bob"} / zot_http_repo_latency_seconds_count{job="bob"}';
    for (const { value } of await untilQueried(mean)) expect(value).toBeCloseTo(0.004);
  });

  test('with --scrape.fail-status a failed scrape makes its own up fall', async () => {
    expect(valuesOf(await untilQueried('up{job="strict"}'))).toEqual([0]);
    expect(await prometheus.query('target_up{job="strict"}')).toEqual([]);
  });

  test("zxp's own metrics can be scraped beside", async () => {
    const [scrapes] = await untilQueried('zxp_scrapes_total{job="zxp-itself", reason=""} > 0');
    expect(scrapes?.value).toBeGreaterThan(0);
    expect(valuesOf(await untilQueried('zxp_config_last_reload_successful{job="zxp-itself"}'))).toEqual([1]);
  });
});
