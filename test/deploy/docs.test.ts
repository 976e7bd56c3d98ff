import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Fence, listPages, readPage, repository } from '../docs/pages.js';
import { testWith } from '../support/programs.js';
import { chart, render, runHelm } from './helm.js';

const pages = [...listPages(), readPage('deploy/helm/zxp/README.md')];
const fences = pages.flatMap((page) => page.fences);

describe('values in the docs', () => {
  const examples = fences.filter((fence) => fence.options.has('values'));

  test('are there to be looked at', () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  for (const fence of examples) {
    testWith('helm', `${fence.where}: the chart takes them`, async () => {
      const manifests = await render(parse(fence.lines.join('\n'), { merge: true }));
      expect(manifests.map(({ kind }) => kind)).toContain('Deployment');
    });
  }
});

describe('commands in the docs', () => {
  const examples = fences.flatMap((fence, i) =>
    listInstalls(fence).map((args) => ({ fence, args, next: fences[i + 1] })),
  );

  for (const { fence, args, next } of examples) {
    testWith('helm', `${fence.where}: helm install ${args.join(' ')}`, async () => {
      const rendered = runHelm('template', 'zxp', chart, ...args, '--kube-version', '1.25.0');
      if (!fence.options.has('wrong')) {
        expect(await rendered).toContain('kind: Deployment');
        return;
      }
      const lines = (next?.lines ?? []).filter((line) => line.startsWith('* '));
      expect(lines).not.toEqual([]);
      await expect(rendered).rejects.toThrow(`the values contradict each other:\n${lines.join('\n')}\n`);
    });
  }
});

test('every file of deploy/ that a page names is there', () => {
  // What was renamed is named by its old names there.
  const current = pages.filter(({ path }) => path !== 'docs/upgrading.md');
  const named = current.flatMap((page) =>
    page.lines.flatMap((line) => line.match(/(?<![\w/])deploy\/[\w/.-]*\w/g) ?? []),
  );
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});

/** The arguments behind the chart of each `helm install`. */
function listInstalls(fence: Fence): readonly (readonly string[])[] {
  if (fence.language !== 'sh') return [];
  return fence.lines
    .join('\n')
    .replaceAll('\\\n', '')
    .split('\n')
    .flatMap((line) => /^helm install zxp deploy\/helm\/zxp (.*)$/.exec(line)?.[1] ?? [])
    .map((args) => args.split(/\s+/));
}
