import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readPage } from '../docs/pages.js';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { testWith } from '../support/programs.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { type Manifest, readManifests, renderText, runHelm } from './helm.js';
import { validate } from './models.js';

const chart = fileURLToPath(new URL('../../deploy/helm/zxp-proxy', import.meta.url));
const { version }: { readonly version: string } = JSON.parse(
  readFileSync(join(chart, '../../../package.json'), 'utf8'),
);

const CONFIG = {
  tunnel: {
    tls: { cert_file: '/etc/zxp/tls/tls.crt', key_file: '/etc/zxp/tls/tls.key' },
    agents: [{ name: 'warehouse', token_file: '/etc/zxp/agents/warehouse', paths: ['app_*'] }],
    discovery: { enabled: true },
  },
};
const FULL = {
  config: CONFIG,
  tlsSecret: 'tls',
  agentsSecret: 'agents',
  webConfig: { bearer_tokens: [{ name: 'prometheus', sha256: 'a'.repeat(64) }] },
  podMonitor: { enabled: true },
  scrapeConfig: { enabled: true },
};

async function render(values: object): Promise<readonly Manifest[]> {
  return readManifests(await renderText(values, '1.25.0', chart));
}

const find = (manifests: readonly Manifest[], kind: string, name = 'zxp-zxp-proxy'): Manifest | undefined =>
  manifests.find((each) => each.kind === kind && each.metadata.name === name);

describe('the chart of the proxy', () => {
  test('is for the version of zxp that it lies beside', () => {
    expect(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });

  testWith('helm', 'has no fault that helm knows', async () => {
    const file = forThisTest(makeTemporaryFolder()).write('values.json', JSON.stringify(FULL));
    expect(await runHelm('lint', '--strict', '-f', file, chart)).toContain('0 chart(s) failed');
  });

  testWith('helm', 'renders what Kubernetes takes', async () => {
    const manifests = await render(FULL);
    for (const manifest of manifests) validate(manifest);
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      'Deployment',
      'PodDisruptionBudget',
      'PodMonitor',
      'ScrapeConfig',
      'Secret',
      'Service',
      'Service',
    ]);
  });

  testWith('helm', 'runs a proxy whose files zxp takes', async () => {
    const manifests = await render(FULL);
    const secret = find(manifests, 'Secret') as Manifest & { readonly stringData: Readonly<Record<string, string>> };
    const folder = forThisTest(makeTemporaryFolder());
    const local = (text = '') => text.replace(/\/etc\/zxp\/(tls|agents)\//g, `${folder.path}/`);
    folder.write('warehouse', 'token');
    const file = folder.write(
      'proxy.yml',
      local(secret.stringData['proxy.yml']).replace(/^ *tls:\n( +\w+_file:.*\n)+/m, ''),
    );
    const web = folder.write('web.yml', secret.stringData['web.yml'] ?? '');
    const { exitCode, stdout, stderr } = await runCommandLine(['check', file, '--web.config.file', web]);
    // Its certificate is taken out above.
    expect(stderr).toMatch(/^zxp: warning: \S+: the tunnel is not encrypted\nzxp: hint: .*\n$/);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('proxy');
    const text = JSON.stringify(find(manifests, 'Deployment'));
    expect(text).toContain(`"image":"zxp:${version}"`);
    for (const path of ['/etc/zxp/proxy', '/etc/zxp/tls', '/etc/zxp/agents']) {
      expect(text).toContain(`"mountPath":"${path}"`);
    }
  });

  testWith('helm', 'gives agents an address of each replica, ready or not, or one for all', async () => {
    const headless = find(await render({}), 'Service', 'zxp-zxp-proxy-tunnel');
    expect(headless?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    const balanced = find(await render({ tunnelService: { headless: false } }), 'Service', 'zxp-zxp-proxy-tunnel');
    expect(balanced?.spec).toMatchObject({ type: 'LoadBalancer' });
  });

  testWith('helm', 'probes a listener of its own where clients have to authenticate', async () => {
    const probes = async (values: object) => JSON.stringify(find(await render(values), 'Deployment'));
    expect(await probes({})).toContain('"httpGet":{"path":"/-/ready","port":"http-metrics"}');
    const guarded = await probes(FULL);
    expect(guarded).toContain('"httpGet":{"path":"/-/ready","port":"health"}');
    expect(guarded).toContain('--web.health-listen-address=:8086');
  });

  testWith('helm', 'mounts nothing that it is not given', async () => {
    expect(JSON.stringify(find(await render({}), 'Deployment'))).not.toMatch(/"name":"(tls|agents|web)"/);
  });

  testWith('helm', 'refuses what could not work', async () => {
    await expect(render({ config: CONFIG, tlsSecret: 'tls' })).rejects.toThrow('agentsSecret is empty');
    await expect(render({ config: CONFIG, agentsSecret: 'a' })).rejects.toThrow('tlsSecret is empty');
    await expect(render({ scrapeConfig: { enabled: true } })).rejects.toThrow('needs config.tunnel.discovery.enabled');
    await expect(render({ terminationGracePeriodSeconds: 20 })).rejects.toThrow('not more than the drain timeout');
    const config = { tunnel: { listen_addresses: [':1'] } };
    await expect(render({ config })).rejects.toThrow('the container listens on port 50051');
  });

  testWith('helm', 'takes the values of the documentation', async () => {
    const fences = readPage('docs/proxy.md').fences.filter((fence) => fence.options.has('chart'));
    expect(fences).not.toEqual([]);
    for (const fence of fences) expect(find(await render(parse(fence.lines.join('\n'))), 'Deployment')).toBeDefined();
  });
});
