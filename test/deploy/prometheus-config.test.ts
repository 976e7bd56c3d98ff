import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type DemoRegistry, startDemoRegistry } from '../../src/app/demo-registry.js';
import { startBuiltDaemon } from '../support/built-program.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';
import { testWith } from '../support/programs.js';
import { startPrometheus } from '../support/prometheus-tools.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { makeAuthority } from './authority.js';
import { prometheusFolder } from './rules-file.js';

interface Job {
  readonly job_name: string;
}

const text = readFileSync(join(prometheusFolder, 'prometheus.yml'), 'utf8');
const { scrape_configs: jobs }: { readonly scrape_configs: readonly Job[] } = parse(text);
const namesOfJobs = jobs.map(({ job_name: name }) => name);
/** That of "example". */
const passwordHash = '$2b$10$aFaXyz1rkkr7jIcUi33ePu2RZVgxW737KhgQgJ29c9dWZc0sqOb1G';

/** The folder with the files of secrets that the example names. */
function writeSecrets(): TemporaryFolder {
  const folder = forThisTest(makeTemporaryFolder());
  const authority = makeAuthority();
  const own = authority.issue('localhost');
  const prometheus = authority.issue('prometheus.example');
  cpSync(prometheusFolder, folder.path, { recursive: true });
  mkdirSync(join(folder.path, 'secrets'));
  const secrets = {
    'registry-password': 'wonderland',
    'zxp-password': 'example',
    'zxp-token': 'the-token',
    'ca.crt': own['ca.crt'],
    'prometheus.crt': prometheus['tls.crt'],
    'prometheus.key': prometheus['tls.key'],
  };
  for (const [name, content] of Object.entries(secrets)) folder.write(`secrets/${name}`, content);
  folder.write('zxp.crt', own['tls.crt']);
  folder.write('zxp.key', own['tls.key']);
  return folder;
}

testWith('promtool', 'the example has no fault, with the files that it names', async () => {
  const folder = writeSecrets();
  const { stdout } = await promisify(execFile)('promtool', ['check', 'config', join(folder.path, 'prometheus.yml')]);
  expect(stdout).toContain('SUCCESS: 1 rule files found');
});

test('the example has a job for each way of authenticating, for probes, for discovery, and for zxp itself', () => {
  expect(namesOfJobs).toEqual([
    'registry',
    'registry-basic',
    'registry-bearer',
    'registry-mtls',
    'apis',
    'apis-bearer',
    'shops',
    'zxp',
  ]);
});

describe('with a real Prometheus', () => {
  test('every job of the example scrapes a zxp that is configured as it says', { timeout: 90_000 }, async () => {
    const registry = forThisTest(await startDemoRegistry(() => performance.now()));
    const folder = writeSecrets();
    const addresses = await startAll(folder, registry);
    const config = stringify(jobs.map((job) => readdress(job, addresses, registry.url)));
    const prometheus = forThisTest(await startPrometheus(config.replaceAll('secrets/', `${folder.path}/secrets/`)));
    for (const name of namesOfJobs) {
      await eventually(`up of ${name}`, async () => isAll(await prometheus.query(`up{job="${name}"}`), 1), 20_000);
      if (name === 'zxp') continue;
      expect(isAll(await prometheus.query(`target_up{job="${name}"}`), 1), name).toBe(true);
    }
    const [instance] = await prometheus.query('target_up{job="apis"}');
    expect(instance?.labels.instance).toBe('warehouse');
  });
});

/** A zxp for each way of authenticating, by the jobs that scrape it. */
async function startAll(folder: TemporaryFolder, registry: DemoRegistry): Promise<Readonly<Record<string, string>>> {
  const tls = { cert_file: 'zxp.crt', key_file: 'zxp.key' };
  const mtls = { ...tls, client_ca_file: 'secrets/ca.crt', client_auth_type: 'RequireAndVerifyClientCert' };
  const start = async (name: string, credentials: object, ...args: readonly string[]) => {
    const file = folder.write(`${name}.yml`, writeZxpConfig(registry.url, credentials));
    const zxp = forThisTest(await startBuiltDaemon('--config.file', file, ...args));
    return new URL(zxp.url).host.replace('127.0.0.1', 'localhost');
  };
  const own = { http_client_config: { basic_auth: { username: 'alice', password: 'wonderland' } } };
  const web = (name: string, content: object) => ['--web.config.file', folder.write(name, stringify(content))];
  const plain = await start('plain', {});
  const basic = await start(
    'basic',
    own,
    ...web('basic-web.yml', { tls_server_config: tls, basic_auth_users: { prometheus: passwordHash } }),
  );
  const bearer = await start(
    'bearer',
    own,
    ...web('bearer-web.yml', { tls_server_config: tls }),
    '--web.auth.token-file',
    join(folder.path, 'secrets/zxp-token'),
  );
  const certificate = await start(
    'mtls',
    {},
    ...web('mtls-web.yml', { mode: 'mtls', tls_server_config: mtls }),
    '--web.health-listen-address',
    '127.0.0.1:0',
  );
  return {
    registry: plain,
    'registry-basic': basic,
    'registry-bearer': bearer,
    'registry-mtls': certificate,
    apis: plain,
    'apis-bearer': bearer,
    shops: plain,
    zxp: plain,
  };
}

/** One upstream, one named target and one module that is probed by URL, all of them the registry. */
function writeZxpConfig(url: string, credentials: object): string {
  const metrics = [{ name: 'counters', path: '{.Counters}', length: true }];
  const whole = { http_client_config: { basic_auth: { username: 'alice', password: 'wonderland' } } };
  return stringify({
    upstream: url,
    module: 'registry',
    targets: [{ name: 'warehouse', url: `${url}/metrics`, module: 'counters' }],
    modules: {
      registry: { translator: 'zot', ...credentials },
      counters: { ...whole, metrics },
      stock: { ...whole, allow: [url], metrics },
    },
  });
}

function readdress(job: Job, addresses: Readonly<Record<string, string>>, registryUrl: string): unknown {
  const moved = JSON.stringify(job)
    .replaceAll(/zxp(\.example)?:8081/g, addresses[job.job_name] ?? '')
    .replaceAll(/https:\/\/\w+\.shop\.example\/stock/g, `${registryUrl}/metrics`);
  return JSON.parse(moved);
}

function isAll(results: readonly { readonly value: number }[], value: number): boolean {
  return results.length > 0 && results.every((result) => result.value === value);
}
