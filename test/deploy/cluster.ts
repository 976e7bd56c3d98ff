import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { type BuiltProgram, startBuiltDaemon } from '../support/built-program.js';
import { findFreePort } from '../support/free-port.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { type Manifest, render } from './helm.js';

/** Secrets by name: their keys with what is in them. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string };
}

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface PodSpec {
  readonly containers: readonly [Container];
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
}

/** What the chart renders, with zxp running in the way that its pod would. */
export interface Release {
  readonly manifests: readonly Manifest[];
  readonly zxp: BuiltProgram;
  /** `127.0.0.1:PORT`, in place of the pod's port of this name. */
  addressOf(port: string): string;
  /** The statuses that the kubelet gets, liveness first. */
  askProbes(): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Renders the chart and starts zxp with the arguments and the mounted Secrets that come out of it. */
export async function install(values: object, secrets: Secrets): Promise<Release> {
  const manifests = await render(values);
  const { containers, volumes = [] } = findPodSpec(manifests);
  const [container] = containers;
  const root = makeTemporaryFolder();
  const mounts = container.volumeMounts ?? [];
  const relocate = (text: string) =>
    mounts.reduce((moved, { mountPath }) => moved.replaceAll(mountPath, join(root.path, mountPath)), text);
  const all = { ...readSecrets(manifests), ...secrets };
  for (const { name, mountPath } of mounts) {
    const secretName = volumes.find((volume) => volume.name === name)?.secret?.secretName ?? '';
    const content = all[secretName];
    if (content === undefined) throw new Error(`the pod waits for the Secret ${secretName}`);
    mountSecret(join(root.path, mountPath), content, relocate);
  }
  const addresses = new Map<string, string>();
  for (const { name } of container.ports) addresses.set(name, `127.0.0.1:${await findFreePort()}`);
  const addressOf = (port: string) => addresses.get(port) ?? '';
  const listen = (arg: string) =>
    container.ports.reduce((moved, port) => moved.replace(`=:${port.containerPort}`, ` ${addressOf(port.name)}`), arg);
  const zxp = await startBuiltDaemon(...container.args.flatMap((arg) => relocate(listen(arg)).split(' ')));
  return {
    manifests,
    zxp,
    addressOf,
    askProbes: () =>
      Promise.all(
        [container.livenessProbe, container.readinessProbe].map(({ httpGet }) =>
          askAsKubelet(httpGet, addressOf(httpGet.port)),
        ),
      ),
    close: async () => {
      await zxp.close();
      root.close();
    },
  };
}

function findPodSpec(manifests: readonly Manifest[]): PodSpec {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('there is no Deployment');
  const { spec } = deployment as unknown as { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  return spec.template.spec;
}

function readSecrets(manifests: readonly Manifest[]): Secrets {
  const rendered = manifests.filter(({ kind }) => kind === 'Secret');
  return Object.fromEntries(rendered.map((each) => [each.metadata.name, each.stringData as Record<string, string>]));
}

/** As the kubelet does: files are links through a folder that is swapped as a whole when the Secret changes. */
function mountSecret(
  path: string,
  content: Readonly<Record<string, string>>,
  relocate: (text: string) => string,
): void {
  mkdirSync(join(path, '..2026_01_01'), { recursive: true });
  symlinkSync('..2026_01_01', join(path, '..data'));
  for (const [key, text] of Object.entries(content)) {
    writeFileSync(join(path, '..2026_01_01', key), relocate(text));
    symlinkSync(join('..data', key), join(path, key));
  }
}

/** The kubelet verifies no certificate and has none. */
function askAsKubelet(get: Probe['httpGet'], address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `${get.scheme.toLowerCase()}://${address}${get.path}`;
    const options = { rejectUnauthorized: false, agent: false };
    const sent = get.scheme === 'HTTPS' ? requestHttps(url, options) : requestHttp(url, options);
    sent.once('error', reject);
    sent.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.end();
  });
}
