import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { loadConfiguration } from '../../src/config/load.js';
import { listGeneratedFiles } from '../../src/config/reference.js';
import { settingRows } from '../../src/config/settings.js';
import { parseZotFile, zotFileDefaults } from '../../src/config/zot.js';
import { parseConfigFile } from '../support/read-config.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

const examples = [...page.matchAll(/^```(yaml|json)(.*)\n([\s\S]*?)^```$/gm)].map(([, , options = '', text = '']) => ({
  isWrong: options.includes('wrong'),
  text,
}));

describe('the reference', () => {
  test.each(listGeneratedFiles().map(({ path, render }) => [path, render] as const))(
    'what is generated of %s is up to date: npm run reference',
    (path, render) => {
      const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
      if (path.endsWith('.json')) expect(JSON.parse(text)).toEqual(JSON.parse(render(text)));
      else expect(text).toBe(render(text));
    },
  );

  test('has words for every word that a setting may be', () => {
    const words = settingRows.flatMap((row) => (row.placeholder === undefined ? [] : (row.kind.words ?? [])));
    expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
  });
});

describe('the examples of docs/configuration.md', () => {
  const own = examples.filter(({ text }) => !/^Server:/m.test(text));
  const load = (text: string) =>
    loadConfiguration({ flags: new Map(), environment: {}, file: parseConfigFile('zxp.yml', text) });

  test('load, but for those that are shown for their mistakes', () => {
    const [right, wrong] = [own.filter(({ isWrong }) => !isWrong), own.filter(({ isWrong }) => isWrong)];
    expect([right.length, wrong.length]).toEqual([3, 1]);
    for (const { text } of right) expect(load(text).upstream.url?.href).toBe('http://registry:8080/metrics');
    for (const { text } of wrong) expect(() => load(text)).toThrow('the configuration has 2 problems');
  });

  test('that of zot’s exporter shows every default of it', () => {
    const zot = examples.find(({ text }) => /^Server:/m.test(text))?.text ?? '';
    const sources = { flags: new Map(), environment: {} };
    const configuration = loadConfiguration({ ...sources, file: parseZotFile('zot.yaml', zot) });
    expect(configuration).toEqual(loadConfiguration({ ...sources, file: zotFileDefaults() }));
    const { Server, Exporter } = parseYaml(zot);
    expect(Object.keys(Server)).toEqual(['protocol', 'host', 'port', 'CACert']);
    expect(Object.keys(Exporter)).toEqual(['port', 'readTimeout', 'writeTimeout', 'log', 'metrics']);
  });
});
