import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import bcrypt from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startDemoRegistry } from '../../src/app/demo-registry.js';
import { startBuiltDaemon } from '../support/built-program.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';
import { testWith } from '../support/programs.js';
import { startPrometheus } from '../support/prometheus-tools.js';
import { dashboard } from './dashboard-file.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly ports: readonly string[];
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface ComposeFile {
  readonly services: Readonly<Record<'zot' | 'zxp' | 'prometheus' | 'grafana', Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const folder = fileURLToPath(new URL('../../deploy', import.meta.url));
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const { services, secrets, volumes }: ComposeFile = parse(read('compose.yaml'));
const { version }: { readonly version: string } = JSON.parse(read('../package.json'));

describe('the Compose file', () => {
  test('starts a registry, zxp and Prometheus, and Grafana where it is asked for', () => {
    expect(Object.keys(services)).toEqual(['zot', 'zxp', 'prometheus', 'grafana']);
    expect(Object.values(services).map(({ profiles }) => profiles)).toEqual([
      undefined,
      undefined,
      undefined,
      ['grafana'],
    ]);
  });

  test('names one version of an image, of zxp this one, and has zot told', () => {
    for (const { image } of [services.prometheus, services.grafana]) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
    expect(services.zxp.image).toBe(`zxp:${version}`);
    expect(services.zot.image).toMatch(/^\$\{ZOT_IMAGE:\?.+\}$/);
  });

  test('mounts files that are there, and volumes that it has', () => {
    const sources = Object.values(services).flatMap((service) =>
      (service.volumes ?? []).map((each) => each.split(':')[0] ?? ''),
    );
    const files = [
      ...sources.filter((source) => source.startsWith('.')),
      ...Object.values(secrets).map(({ file }) => file),
    ];
    expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
    expect(sources.filter((source) => !source.startsWith('.')).sort()).toEqual(Object.keys(volumes).sort());
    expect(services.prometheus.secrets).toEqual(Object.keys(secrets));
  });

  test('can be reached from this machine alone', () => {
    for (const port of Object.values(services).flatMap(({ ports }) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('takes from zxp what it does not need', () => {
    expect(services.zxp).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('gives zot the user whose password Prometheus sends', () => {
    const [name = '', hash = ''] = read('compose/htpasswd').trim().split(':');
    expect(JSON.parse(read('compose/zot.json')).http.auth.htpasswd.path).toBe('/etc/zot/htpasswd');
    const [job] = parse(read('compose/prometheus.yml')).scrape_configs;
    expect(job.basic_auth).toEqual({ username: name, password_file: '/run/secrets/registry-password' });
    expect(bcrypt.compareSync(read('compose/registry-password'), hash)).toBe(true);
  });

  test('shows the dashboard at first in a Grafana that has the data source of its own', () => {
    const path = services.grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
    expect(services.grafana.volumes).toContain('./grafana:/var/lib/grafana/dashboards:ro');
    expect(path).toBe(`/var/lib/grafana/dashboards/${dashboard.uid}.json`);
    expect(parse(read('compose/grafana/dashboards.yml')).providers[0].options.path).toBe('/var/lib/grafana/dashboards');
    expect(parse(read('compose/grafana/datasources.yml')).datasources[0].url).toBe('http://prometheus:9090');
  });

  testWith('promtool', 'gives Prometheus a configuration without fault', async () => {
    const path = join(folder, 'compose/prometheus.yml');
    const { stdout } = await promisify(execFile)('promtool', ['check', 'config', '--syntax-only', path]);
    expect(stdout).toContain('SUCCESS');
  });
});

describe('with a real Prometheus', () => {
  test('the services of the Compose file work together', async () => {
    const registry = forThisTest(await startDemoRegistry(() => performance.now()));
    const args = (services.zxp.command ?? []).map((arg) => arg.replace('http://zot:5000', registry.url));
    const zxp = forThisTest(await startBuiltDaemon(...args));
    const config = read('compose/prometheus.yml')
      .replace(/^[\s\S]*scrape_configs:\n/, '')
      .replaceAll('zxp:8081', new URL(zxp.url).host)
      .replaceAll('scrape_interval: 15s', 'scrape_interval: 1s')
      .replaceAll('/run/secrets/registry-password', join(folder, secrets['registry-password']?.file ?? ''));
    const prometheus = forThisTest(await startPrometheus(config));
    for (const promql of ['target_up{job="registry"} == 1', 'up{job="zxp"} == 1']) {
      await eventually(promql, async () => (await prometheus.query(promql)).length > 0, 15_000);
    }
  });
});
