import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  PodMonitor,
  Probe,
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { ScrapeConfig } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Secret, Service, ServiceAccount } from 'kubernetes-models/v1';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import type { Manifest } from './helm.js';

const OPERATOR = '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Where the type of each kind comes from, and what validates a document of it. */
const models: Readonly<Record<string, { readonly from: string; validate(manifest: Manifest): void }>> = {
  'apps/v1 Deployment': model('kubernetes-models/apps/v1', Deployment),
  'autoscaling/v2 HorizontalPodAutoscaler': model('kubernetes-models/autoscaling/v2', HorizontalPodAutoscaler),
  'v1 ConfigMap': model('kubernetes-models/v1', ConfigMap),
  'v1 Secret': model('kubernetes-models/v1', Secret),
  'v1 Service': model('kubernetes-models/v1', Service),
  'v1 ServiceAccount': model('kubernetes-models/v1', ServiceAccount),
  'networking.k8s.io/v1 NetworkPolicy': model('kubernetes-models/networking.k8s.io/v1', NetworkPolicy),
  'policy/v1 PodDisruptionBudget': model('kubernetes-models/policy/v1', PodDisruptionBudget),
  'monitoring.coreos.com/v1 PodMonitor': model(OPERATOR, PodMonitor),
  'monitoring.coreos.com/v1 Probe': model(OPERATOR, Probe),
  'monitoring.coreos.com/v1 PrometheusRule': model(OPERATOR, PrometheusRule),
  'monitoring.coreos.com/v1 ServiceMonitor': model(OPERATOR, ServiceMonitor),
  'monitoring.coreos.com/v1alpha1 ScrapeConfig': model(`${OPERATOR}alpha1`, ScrapeConfig),
};

interface Model {
  // Documents are what is to be found out about, so they come as anything.
  new (data: never): { validate(): void };
}

function model(from: string, Kind: Model) {
  return { from, validate: (manifest: Manifest) => new Kind(manifest as never).validate() };
}

function findModel(manifest: Manifest) {
  const found = models[`${manifest.apiVersion} ${manifest.kind}`];
  if (found === undefined) throw new Error(`no model of ${manifest.apiVersion} ${manifest.kind}`);
  return found;
}

/** Throws where a value of a document is not of the schema of its kind. Keys that the schema does not know pass. */
export function validate(manifest: Manifest): void {
  findModel(manifest).validate(manifest);
}

/** Compiles each document as a literal of its kind's interface, and gives the errors: of those, keys that it does not know. */
export async function compile(manifests: readonly Manifest[]): Promise<string> {
  const folder = makeTemporaryFolder();
  try {
    symlinkSync(join(repository, 'node_modules'), join(folder.path, 'node_modules'));
    folder.write('package.json', '{ "type": "module" }');
    const literals = manifests.map((manifest, i) => {
      const type = `import('${findModel(manifest).from}').I${manifest.kind}`;
      return `export const document${i}: ${type} = ${JSON.stringify(manifest, null, 1)};\n`;
    });
    folder.write('manifests.ts', literals.join('\n'));
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
    const tsc = join(repository, 'node_modules/.bin/tsc');
    await promisify(execFile)(tsc, [...options, 'manifests.ts'], { cwd: folder.path });
    return '';
  } catch (thrown) {
    return thrown instanceof Error && 'stdout' in thrown && thrown.stdout !== ''
      ? String(thrown.stdout)
      : String(thrown);
  } finally {
    folder.close();
  }
}
