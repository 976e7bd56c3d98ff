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

const chart = fileURLToPath(new URL('../../deploy/helm/zxp-agent', import.meta.url));
const { version }: { readonly version: string } = JSON.parse(
  readFileSync(join(chart, '../../../package.json'), 'utf8'),
);

const CONFIG = {
  tunnel: { proxies: ['proxy.example:50051'], paths: [{ path: 'app', url: 'http://app:9100/metrics' }] },
};

async function render(values: object): Promise<ReadonlyMap<string, Manifest>> {
  const manifests = readManifests(await renderText(values, '1.25.0', chart));
  return new Map(manifests.map((manifest) => [manifest.kind, manifest]));
}

describe('the chart of the agent', () => {
  test('is for the version of zxp that it lies beside', () => {
    expect(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });

  testWith('helm', 'has no fault that helm knows', async () => {
    const file = forThisTest(makeTemporaryFolder()).write(
      'values.json',
      JSON.stringify({ config: CONFIG, podMonitor: { enabled: true } }),
    );
    expect(await runHelm('lint', '--strict', '-f', file, chart)).toContain('0 chart(s) failed');
  });

  testWith('helm', 'runs an agent whose file zxp takes', async () => {
    const manifests = await render({
      config: CONFIG,
      tokenSecret: 'token',
      tlsSecret: 'tls',
      podMonitor: { enabled: true },
    });
    expect([...manifests.keys()].sort()).toEqual(['Deployment', 'PodMonitor', 'Secret']);
    const secret = manifests.get('Secret') as Manifest & { readonly stringData: Readonly<Record<string, string>> };
    const file = forThisTest(makeTemporaryFolder()).write('agent.yml', secret.stringData['agent.yml'] ?? '');
    const { exitCode, stdout } = await runCommandLine(['check', file]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('agent, paths 1, proxies 1, mode all')]);
    const text = JSON.stringify(manifests.get('Deployment'));
    expect(text).toContain(`"image":"zxp:${version}"`);
    for (const path of ['/etc/zxp/agent', '/etc/zxp/token', '/etc/zxp/tls'])
      expect(text).toContain(`"mountPath":"${path}"`);
    expect(text).toContain('"strategy":{"type":"Recreate"}');
  });

  testWith('helm', 'mounts nothing that it is not given', async () => {
    const text = JSON.stringify((await render({ config: CONFIG })).get('Deployment'));
    expect(text).not.toMatch(/"name":"(token|tls)"/);
  });

  testWith('helm', 'refuses what could not work', async () => {
    await expect(render({})).rejects.toThrow('config.tunnel.proxies is empty');
    await expect(render({ config: { tunnel: { proxies: ['p:1'] } } })).rejects.toThrow('config.tunnel.paths is empty');
    await expect(render({ config: CONFIG, replicas: 2 })).rejects.toThrow('replicas is above 1');
    const shared = { tunnel: { ...CONFIG.tunnel, consolidated: true } };
    expect(await render({ config: shared, replicas: 2 })).toHaveProperty('size', 2);
  });

  testWith('helm', 'takes the values of the documentation', async () => {
    const fences = readPage('docs/agent.md').fences.filter((fence) => fence.options.has('chart'));
    expect(fences).not.toEqual([]);
    for (const fence of fences) expect((await render(parse(fence.lines.join('\n')))).has('Deployment')).toBe(true);
  });
});
