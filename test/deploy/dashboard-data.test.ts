import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { eventually } from '../support/eventually.js';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-tools.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { startZxpCommand } from '../support/zxp-command.js';
import { startZxpProcess } from '../support/zxp-process.js';
import { makeAuthority } from './authority.js';
import { queries } from './dashboard-file.js';

const TOKEN = 'the-token';

describe('the dashboard shows zxp demo and a zxp with TLS, with a real Prometheus', () => {
  const resources: { close(): Promise<void> | void }[] = [];
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    const folder = open(makeTemporaryFolder());
    const certificate = makeAuthority().issue('localhost');
    for (const [name, text] of Object.entries(certificate)) folder.write(name, text);
    const demo = open(startZxpCommand(['demo']));
    await demo.untilSaid('Ctrl-C ends it.');
    const [, address = ''] = /zxp in front of it on http:\/\/(127\.0\.0\.1:\d+)/.exec(demo.stdout) ?? [];
    const guarded = open(
      await startZxpProcess(
        '--upstream',
        'http://127.0.0.1:9',
        '--web.config.file',
        folder.write('web.yml', webConfig),
      ),
    );
    const { port } = new URL(guarded.url);
    const before = open(
      await startZxpProcess('--upstream', `https://localhost:${port}`, '--upstream.ca-file', `${folder.path}/ca.crt`),
    );
    const job = (name: string, target: string, settings: object) => ({
      job_name: name,
      static_configs: [{ targets: [target] }],
      ...settings,
    });
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
        ]),
      ),
    );
  });

  afterAll(async () => {
    for (const resource of resources.reverse()) await resource.close();
  });

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
