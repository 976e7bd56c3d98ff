import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** A document that the chart renders, as far as every kind has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

export const chart = fileURLToPath(new URL('../../deploy/helm/zxp', import.meta.url));
/** The value sets of `ci/`, by their names. */
export const valueSets = readdirSync(join(chart, 'ci')).map((file) => file.replace(/\.yaml$/, ''));
/** The oldest Kubernetes that the chart takes, and a young one. */
export const kubeVersions = ['1.25.0', '1.34.0'];

const folder = makeTemporaryFolder();
process.once('exit', folder.close);
let written = 0;

export function readValueSet(name: string): Readonly<Record<string, unknown>> {
  return parse(readFileSync(join(chart, 'ci', `${name}.yaml`), 'utf8'));
}

/** Runs helm and gives what it prints; rejects with what it complains of. */
export async function runHelm(...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('helm', args, { maxBuffer: 10_000_000 });
    return stdout;
  } catch (thrown) {
    // Of each file that is a link helm says so.
    throw new Error(String(thrown).replace(/^.*walk\.go.*\n/gm, ''), { cause: thrown });
  }
}

/** The text that the chart renders for values, as the release `zxp` of the namespace `monitoring`. */
export function renderText(values: object, kubeVersion = '1.25.0', from = chart): Promise<string> {
  written += 1;
  const file = folder.write(`values-${written}.json`, JSON.stringify(values));
  return runHelm('template', 'zxp', from, '--namespace', 'monitoring', '--kube-version', kubeVersion, '-f', file);
}

/** The same as documents. */
export async function render(values: object, kubeVersion?: string): Promise<readonly Manifest[]> {
  return readManifests(await renderText(values, kubeVersion));
}

export function readManifests(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => document.toJS()).filter((value) => value !== null);
}

/** What `helm install` says at its end. `helm template` leaves it out, so it goes along as a document here. */
export async function renderNotes(values: object): Promise<string> {
  const copy = makeTemporaryFolder();
  try {
    cpSync(chart, copy.path, { recursive: true, dereference: true });
    const notes = join(copy.path, 'templates', 'NOTES.txt');
    const define = `{{ define "notes" }}${readFileSync(notes, 'utf8')}{{ end }}`;
    writeFileSync(
      join(copy.path, 'templates', 'notes.yaml'),
      `${define}\nkind: Notes\ntext: {{ include "notes" . | toJson }}\n`,
    );
    rmSync(notes);
    const documents = readManifests(await renderText(values, '1.25.0', copy.path));
    return String(documents.find(({ kind }) => kind === 'Notes')?.text);
  } finally {
    copy.close();
  }
}
