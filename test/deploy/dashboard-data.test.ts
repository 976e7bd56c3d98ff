import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startBuilt, startBuiltDaemon } from '../support/built-program.js';
import { eventually } from '../support/eventually.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { findFreePort } from '../support/free-port.js';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-tools.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { makeAuthority } from './authority.js';
import { queries } from './dashboard-file.js';

const TOKEN = 'the-token';

describe('the dashboard shows zxp demo, a zxp with TLS, one with modules and a tunnel, with a real Prometheus', () => {
  const resources: { close(): Promise<void> | void }[] = [];
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    const folder = open(makeTemporaryFolder());
    const certificate = makeAuthority().issue('localhost');
    for (const [name, text] of Object.entries(certificate)) folder.write(name, text);
    const demo = open(startBuilt(['demo']));
    await demo.untilSaid('Ctrl-C ends it.');
    const [, address = ''] = /zxp in front of it on http:\/\/(127\.0\.0\.1:\d+)/.exec(demo.stdout) ?? [];
    const guarded = open(
      await startBuiltDaemon(
        '--upstream',
        'http://127.0.0.1:9',
        '--web.config.file',
        folder.write('web.yml', webConfig),
      ),
    );
    const { port } = new URL(guarded.url);
    const before = open(
      await startBuiltDaemon('--upstream', `https://localhost:${port}`, '--upstream.ca-file', `${folder.path}/ca.crt`),
    );
    const job = (name: string, target: string, settings: object) => ({
      job_name: name,
      static_configs: [{ targets: [target] }],
      ...settings,
    });
    const modules = new URL(await startModules(folder));
    const [proxy, agent] = await startTunnel(folder, `http://${address}/-/metrics`);
    prometheus = open(
      await startPrometheus(
        stringify([
          job('registry', address, { basic_auth: { username: 'alice', password: 'wonderland' } }),
          job('guess', address, { basic_auth: { username: 'alice', password: 'guess' } }),
          job('zxp', address, { metrics_path: '/-/metrics' }),
          job('guarded', `localhost:${port}`, {
            metrics_path: '/-/metrics',
            scheme: 'https',
            authorization: { credentials: TOKEN },
            tls_config: { ca_file: `${folder.path}/ca.crt` },
          }),
          job('before', new URL(before.url).host, {}),
          job('devices', modules.host, { metrics_path: '/probe', params: { target: ['devices'] } }),
          job('queue', modules.host, { metrics_path: '/probe', params: { target: ['queue'] } }),
          job('budgeted', modules.host, { metrics_path: '/probe', params: { target: ['second'] } }),
          job('modules', modules.host, { metrics_path: '/-/metrics' }),
          job('proxy', new URL(proxy).host, { metrics_path: '/-/metrics' }),
          job('agent', new URL(agent).host, { metrics_path: '/-/metrics' }),
        ]),
      ),
    );
  });

  afterAll(async () => {
    for (const resource of resources.reverse()) await resource.close();
  });

  /** Modules with follow-up requests, a request budget that is used up, a failure by content, and discovery. */
  async function startModules(folder: TemporaryFolder): Promise<string> {
    const api = open(
      await startStubUpstream((request, response) => {
        if (request.url === '/devices/2') response.writeHead(500).end();
        else response.end('{"ids": [1, 2], "state": "degraded"}');
      }),
    );
    const config = stringify({
      targets: [
        { name: 'devices', url: `${api.url}/devices`, module: 'devices' },
        { name: 'queue', url: `${api.url}/queue`, module: 'queue' },
        { name: 'first', url: `${api.url}/first`, module: 'budgeted' },
        { name: 'second', url: `${api.url}/second`, module: 'budgeted' },
      ],
      modules: {
        devices: {
          min_interval: '2s',
          follow: { each: '{.ids[*]}', url: 'devices/{{ . }}', on_error: 'skip' },
          discover: { each: '{.ids[*]}', target: `${api.url}/{@}` },
          metrics: [],
        },
        queue: { fail_if: [{ path: '{.state}', not: ['ok'] }], metrics: [] },
        budgeted: { budget: 'one', metrics: [] },
      },
      budgets: { one: { requests: 1, interval: '1h' } },
    });
    const zxp = open(await startBuiltDaemon('--config.file', folder.write('modules.yml', config)));
    for (const path of ['/discover?module=devices&target=devices', '/probe?target=first']) {
      await (await fetch(zxp.url + path)).text();
    }
    return zxp.url;
  }

  /** A proxy and an agent beside a target; gives where both have their own metrics. */
  async function startTunnel(
    folder: TemporaryFolder,
    target: string,
  ): Promise<readonly [proxy: string, agent: string]> {
    const port = await findFreePort();
    const proxy = open(await startBuiltDaemon('proxy', '--tunnel.listen-address', `127.0.0.1:${port}`));
    const config = stringify({ tunnel: { paths: [{ path: 'demo', url: target }] } });
    const file = folder.write('agent.yml', config);
    const agent = open(await startBuiltDaemon('agent', '--tunnel.proxy', `127.0.0.1:${port}`, '--config.file', file));
    await eventually('a scrape through the tunnel', async () => (await fetch(`${proxy.url}/demo`)).ok, 15_000);
    return [proxy.url, agent.url];
  }

  function open<T extends { close(): Promise<void> | void }>(resource: T): T {
    resources.push(resource);
    return resource;
  }

  test.each(queries)('%s: %s', async (_, expr) => {
    await eventually('a series', async () => (await prometheus.query(fillIn(expr))).length > 0, 30_000);
    expect(await prometheus.query(fillIn(expr))).not.toEqual([]);
  });
});

/** Guards a zxp with everything that ends some day. */
const webConfig = stringify({
  tls_server_config: {
    cert_file: 'tls.crt',
    key_file: 'tls.key',
    client_ca_file: 'ca.crt',
    client_auth_type: 'VerifyClientCertIfGiven',
  },
  bearer_tokens: [
    { name: 'prometheus', sha256: createHash('sha256').update(TOKEN).digest('hex'), expires: '2099-01-01T00:00:00Z' },
  ],
});

/** As Grafana does before it asks: everything chosen, and ranges over a few scrapes. */
function fillIn(expr: string): string {
  return expr
    .replaceAll(/"\$(job|instance)"/g, '".+"')
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$__range', '1m');
}
