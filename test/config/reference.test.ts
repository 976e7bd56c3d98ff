import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parseConfigFile } from '../../src/config/file.js';
import { loadConfiguration } from '../../src/config/load.js';
import { findDefault, settingRows, toVariableName } from '../../src/config/settings.js';
import { parseZotFile, zotFileDefaults } from '../../src/config/zot.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** The cells of the rows below a table's head. */
function readTable(head: string): readonly (readonly string[])[] {
  const lines = page.slice(page.indexOf(head)).split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const examples = [...page.matchAll(/^```(yaml|json)(.*)\n([\s\S]*?)^```$/gm)].map(([, , options = '', text = '']) => ({
  isWrong: options.includes('wrong'),
  text,
}));

const code = (text: string | undefined) => (text === undefined ? '' : `\`${text}\``);

describe('docs/configuration.md', () => {
  test('has a row for each setting with its flag, variable, key, default and meaning, in order, and no other', () => {
    expect(readTable('| flag | variable | key | default | meaning |')).toEqual(
      settingRows.map((row) => [
        code(`--${row.name}`),
        code(toVariableName(row)),
        code(row.key),
        code(findDefault(row)),
        row.help,
      ]),
    );
  });

  test('tells for each key whether it takes effect at a reload', () => {
    const patterns = readTable('| settings | take effect |').flatMap(([cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(
        ([, key = '']) => new RegExp(`^${key.replace('.', '\\.').replace('*', '.+')}$`),
      ),
    );
    for (const { key } of settingRows) {
      if (key !== undefined)
        expect(
          patterns.filter((pattern) => pattern.test(key)),
          key,
        ).toHaveLength(1);
    }
  });

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
    expect([right.length, wrong.length]).toEqual([2, 1]);
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
