import { describe, expect, test } from 'vitest';
import { presetNames } from '../../src/model/presets.js';
import { readModuleText } from '../../src/modules/presets/presets.js';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

function writeFile(text: string): string {
  return forThisTest(makeTemporaryFolder()).write('zxp.yml', text);
}

/** Names, each with what is said of it. */
async function list(...argv: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { exitCode, stdout, stderr } = await runCommandLine(['modules', ...argv]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return new Map(
    stdout
      .trimEnd()
      .split('\n')
      .map((line): [string, string] => [line.replace(/ .*/, ''), line.replace(/^\S+ +/, '')]),
  );
}

describe('zxp modules', () => {
  test('lists built-in modules and presets with what they are for', async () => {
    const modules = await list();
    expect([...modules.keys()]).toEqual(['flatten', 'zot', ...presetNames]);
    for (const [name, description] of modules) expect(description, name).toMatch(/^\S.{20,160}\.$/);
  });

  test('lists those of the config file with their places, in place of the built-in ones that they replace', async () => {
    const file = writeFile(`targets: []\nmodules:\n  stock: { ${METRICS} }\n  zot: { ${METRICS} }\n`);
    const modules = await list('--config.file', file);
    expect([...modules.keys()]).toEqual(['flatten', ...presetNames, 'stock', 'zot']);
    expect(modules.get('stock')).toBe(`in ${file}:3:3`);
  });

  test('reports a config file that is not valid', async () => {
    const file = writeFile('targets: []\nmodles: {}\n');
    expect(await runCommandLine(['modules', '--config.file', file])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/zxp\.yml:2:1: modles: unknown key\n.*\n.*\nzxp: hint: did you mean modules\?\n$/),
    });
  });
});

describe('zxp modules show', () => {
  test.each(['preset/vault-health', 'flatten'])('prints the file of %s, which zxp check takes', async (name) => {
    const { exitCode, stdout, stderr } = await runCommandLine(['modules', 'show', name]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(await readModuleText(name));
    const checked = await runCommandLine(['check', writeFile(stdout)]);
    expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('offers the nearest preset, with or without its prefix', async () => {
    for (const [name, meant] of [
      ['expvra', 'expvar'],
      ['preset/expvra', 'preset/expvar'],
    ] as const) {
      expect((await runCommandLine(['modules', 'show', name])).stderr).toContain(`zxp: hint: did you mean ${meant}?\n`);
    }
    const { stderr } = await runCommandLine(['scrape', '--module', 'expvar', '-']);
    expect(stderr).toContain('zxp: hint: did you mean preset/expvar?\n');
  });

  test('takes the name of a preset without its prefix', async () => {
    expect((await runCommandLine(['modules', 'show', 'expvar'])).stdout).toBe(await readModuleText('preset/expvar'));
  });

  test('says where a module of the config file is', async () => {
    const file = writeFile(`targets: []\nmodules: { expvar: { ${METRICS} } }\n`);
    expect(await runCommandLine(['modules', '--config.file', file, 'show', 'expvar'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `zxp: error: the module expvar is one of the configuration\nzxp: hint: edit ${file}:2:12\n`,
    });
  });

  test.each([
    [['show'], 'show needs the name of a module', 'zxp modules lists them'],
    [['list'], 'unknown action "list"', 'zxp modules, or zxp modules show NAME'],
    [['show', 'preset/expva'], 'there is no module "preset/expva"', 'did you mean preset/expvar?'],
    [['show', 'constructor'], 'there is no module "constructor"', 'zxp modules lists them'],
  ])('%j is refused', async (words, message, hint) => {
    expect(await runCommandLine(['modules', ...words])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `zxp: error: ${message}\nzxp: hint: ${hint}\n`,
    });
  });
});
