import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { presets } from '../../src/model/presets.js';
import { checkFile } from './mapping-pages.js';
import { listLinks, readPage, repository } from './pages.js';

const page = readPage('docs/presets.md');
const examples = page.fences.filter(({ language, lines }) => language === 'yaml' && lines[0] === 'targets:').slice(1);

test('every preset has an example on the page, in the order of zxp modules', () => {
  const used = examples.map(({ lines }) => /module: (\S+) }/.exec(lines.join('\n'))?.[1]);
  expect(used).toEqual(presets.map((name) => `preset/${name}`));
});

test.each(presets.map((name, i) => [name, examples[i]] as const))(
  'the example of %s is valid, and the samples below are those of its exposition',
  async (name, example) => {
    const { problems, warnings, configuration } = await checkFile(example?.lines.join('\n') ?? '');
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(configuration?.targets.map(({ module }) => module)).toEqual([`preset/${name}`]);
    const links = listLinks(page).map(({ target }) => target);
    expect(links).toEqual(
      expect.arrayContaining([`../fixtures/presets/${name}.json`, `../fixtures/presets/${name}.prom`]),
    );
    const exposition = readFileSync(join(repository, `fixtures/presets/${name}.prom`), 'utf8').split('\n');
    const quoted = example === undefined ? undefined : page.fences[page.fences.indexOf(example) + 1];
    expect(quoted?.lines.length).toBeGreaterThan(0);
    expect(exposition).toEqual(expect.arrayContaining([...(quoted?.lines ?? [])]));
  },
);
