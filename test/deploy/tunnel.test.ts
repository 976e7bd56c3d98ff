import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readAgentFile, readProxyFile } from '../../src/config/tunnel/tunnel-file.js';
import { programPath } from '../support/built-program.js';
import { forThisTest } from '../support/for-this-test.js';
import { testWith } from '../support/programs.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { validate } from './models.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<'target' | 'agent' | 'proxy' | 'prometheus', Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const read = (path: string) => readFileSync(join(deploy, path), 'utf8');
const run = promisify(execFile);
const { services, networks }: ComposeFile = parse(read('tunnel/compose.yaml'));
const { version }: { readonly version: string } = JSON.parse(read('../package.json'));
const source = (name: string) => ({ name, text: read(`tunnel/compose/${name}`), environment: {}, include: () => [] });

describe('the Compose file of the tunnel', () => {
  test('keeps target and Prometheus apart: they share no network, and the target has no way out', () => {
    const shared = services.target.networks.filter((network) => services.prometheus.networks.includes(network));
    expect(shared).toEqual([]);
    expect(services.target.networks.map((network) => networks[network]?.internal)).toEqual([true]);
    expect(services.agent.ports).toBeUndefined();
  });

  test('publishes on loopback alone, and names this version of the image', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect([services.agent.image, services.proxy.image]).toEqual([`zxp:${version}`, `zxp:${version}`]);
  });

  test('gives agent and proxy files that fit each other', () => {
    const agent = readAgentFile(source('agent.yml'));
    const proxy = readProxyFile(source('proxy.yml'));
    expect([agent.problems, proxy.problems]).toEqual([[], []]);
    expect(agent.spec.proxies).toEqual([{ host: 'proxy', port: 50_051 }]);
    expect(proxy.spec.listenAddresses[0]?.port).toBe(50_051);
    expect(proxy.spec.agents[0]?.paths).toEqual(agent.spec.paths.map(({ path }) => path));
    const tokens = [agent.spec.token, proxy.spec.agents[0]?.token];
    expect(tokens).toEqual([{ file: '/run/secrets/agent-token' }, { file: '/run/secrets/agent-token' }]);
  });

  test('mounts files that exist', () => {
    const mounted = Object.values(services).flatMap((service) => service.volumes ?? []);
    const files = mounted.filter((volume) => volume.startsWith('.')).map((volume) => volume.split(':')[0] ?? '');
    for (const file of files) expect(read(join('tunnel', file)).length).toBeGreaterThan(0);
    expect(files.length).toBe(4);
  });
});

testWith('promtool', 'the configuration of Prometheus has no fault that promtool knows', async () => {
  const { stdout } = await run('promtool', [
    'check',
    'config',
    '--syntax-only',
    join(deploy, 'tunnel/compose/prometheus.yml'),
  ]);
  expect(stdout).toContain('SUCCESS');
});

describe('the manifests for Kubernetes', () => {
  interface Document {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    // biome-ignore lint/suspicious/noExplicitAny: each kind has another shape, and the models have checked it
    readonly [key: string]: any;
  }
  const documents: readonly Document[] = parseAllDocuments(read('tunnel/kubernetes.yaml')).map((each) => each.toJS());
  const find = (kind: string, name: string): Document =>
    documents.find((each) => each.kind === kind && each.metadata.name === name)!;

  test.each(documents.map((document) => [`${document.kind} ${document.metadata.name}`, document] as const))(
    '%s is one that Kubernetes takes',
    (_name, document) => {
      expect(() => validate(document as never)).not.toThrow();
    },
  );

  test('give agents an address of each proxy, ready or not', () => {
    expect(find('Service', 'zxp-proxy-tunnel').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
  });

  test('have a configuration that zxp takes, with files that are mounted', () => {
    const text: string = find('ConfigMap', 'zxp-proxy').data['proxy.yml'];
    const { problems, spec } = readProxyFile({ ...source('proxy.yml'), text });
    expect(problems).toEqual([]);
    const [container] = find('Deployment', 'zxp-proxy').spec.template.spec.containers;
    const mounts: readonly string[] = container.volumeMounts.map((mount: { mountPath: string }) => mount.mountPath);
    const files = [spec.tls?.cert, spec.tls?.key, ...spec.agents.map(({ token }) => token)];
    for (const file of files) {
      expect(mounts.some((mount) => file !== undefined && 'file' in file && file.file.startsWith(`${mount}/`))).toBe(
        true,
      );
    }
    expect(container.image).toBe(`zxp:${version}`);
  });
});

describe.each(['proxy', 'agent'])('the unit of the %s', (side) => {
  const unit = read(`systemd/zxp-${side}.service`);

  test('is that of the daemon but for its description and its command', () => {
    const lines = read('systemd/zxp.service').split('\n');
    const others = unit.split('\n').filter((line) => !lines.includes(line));
    expect(others).toEqual([
      expect.stringMatching(/^Description=/),
      `EnvironmentFile=-/etc/default/zxp-${side}`,
      `ExecStart=/usr/local/bin/zxp ${side} --config.file=/etc/zxp/${side}.yml $ARGS`,
    ]);
  });

  testWith('systemd-analyze', 'has no fault that systemd knows', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write(`zxp-${side}.service`, unit.replace('/usr/local/bin/zxp', programPath));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', file], { cwd: dirname(file) });
    expect(stdout + stderr).toBe('');
  });
});
