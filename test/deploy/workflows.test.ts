import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly needs?: string;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly {
    readonly run?: string;
    readonly uses?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

const folder = fileURLToPath(new URL('../../.github/workflows/', import.meta.url));
const read = (name: string): Workflow => parse(readFileSync(folder + name, 'utf8'));
const listRuns = (job: Job | undefined) => job?.steps?.flatMap((step) => step.run ?? []).join('\n') ?? '';

test('every workflow begins with no permission to write, and its checkouts keep no token', () => {
  for (const name of readdirSync(folder)) {
    const { permissions, jobs } = read(name);
    expect(Object.values(permissions ?? { everything: 'write' }), name).not.toContain('write');
    const checkouts = Object.values(jobs).flatMap(({ steps = [] }) =>
      steps.filter((step) => step.uses?.startsWith('actions/checkout@')),
    );
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  }
});

test('the workflow of a change runs what runs everywhere', () => {
  expect(listRuns(read('ci.yml').jobs.everything)).toMatch(/^\.ci\/run$/m);
});

test('a release is built by deploy/build-release.sh, once the same has passed', () => {
  const { ci, release } = read('release.yml').jobs;
  expect(ci?.uses).toBe('./.github/workflows/ci.yml');
  expect(release?.needs).toBe('ci');
  expect(listRuns(release)).toContain('TAG=$GITHUB_REF_NAME deploy/build-release.sh release\n');
  expect(release?.permissions).toEqual({ attestations: 'write', contents: 'write', 'id-token': 'write' });
});
