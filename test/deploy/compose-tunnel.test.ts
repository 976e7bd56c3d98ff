import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCommandLine } from '../support/command-line.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<'zot' | 'agent' | 'proxy' | 'prometheus', Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const folder = fileURLToPath(new URL('../../deploy', import.meta.url));
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const { services, networks, secrets }: ComposeFile = parse(read('compose.tunnel.yaml'));
const { version }: { readonly version: string } = JSON.parse(read('../package.json'));

describe('the Compose file of a tunnel', () => {
  test('has nothing in common between Prometheus and zot but the tunnel', () => {
    const shared = (one: Service, other: Service) => one.networks.filter((network) => other.networks.includes(network));
    const { zot, agent, proxy, prometheus } = services;
    expect(shared(zot, prometheus)).toEqual([]);
    expect(shared(zot, proxy)).toEqual([]);
    expect(shared(agent, prometheus)).toEqual([]);
    expect(shared(agent, proxy)).toEqual(['tunnel']);
    expect([networks.inside, networks.tunnel]).toEqual([{ internal: true }, { internal: true }]);
  });

  test('can be reached from this machine alone, and inside not at all', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect([services.zot.ports, services.agent.ports]).toEqual([undefined, undefined]);
  });

  test('is for this version, and mounts files that are there', () => {
    expect([services.agent.image, services.proxy.image]).toEqual([`zxp:${version}`, `zxp:${version}`]);
    const files = [
      ...Object.values(services).flatMap(({ volumes = [] }) => volumes.map((each) => each.split(':')[0] ?? '')),
      ...Object.values(secrets).map(({ file }) => file),
    ].filter((file) => file.startsWith('.'));
    expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
  });

  test.each([
    ['agent.yml', 'agent, paths 1, proxies 1, mode all'],
    ['proxy.yml', "proxy, plaintext, agents' tokens 1"],
  ])('has a %s that zxp takes', async (name, description) => {
    const { exitCode, stdout } = await runCommandLine(['check', join(folder, 'compose/tunnel', name)]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(description)]);
  });
});
