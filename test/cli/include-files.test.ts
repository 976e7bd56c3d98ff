import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readIncludedFiles } from '../../src/cli/include-files.js';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

function makeFolder() {
  const folder = forThisTest(makeTemporaryFolder());
  mkdirSync(join(folder.path, 'modules.d'));
  for (const name of ['b.yml', 'a.yml', '.hidden.yml', 'c.yaml', 'a.yml.bak', 'a+b.yml']) {
    folder.write(`modules.d/${name}`, `# ${name}\n`);
  }
  return folder;
}

describe('an include pattern', () => {
  test.each([
    ['modules.d/*.yml', ['a+b.yml', 'a.yml', 'b.yml']],
    ['modules.d/*', ['a+b.yml', 'a.yml', 'a.yml.bak', 'b.yml', 'c.yaml']],
    ['modules.d/a*', ['a+b.yml', 'a.yml', 'a.yml.bak']],
    ['modules.d/*+*', ['a+b.yml']],
    ['modules.d/a.yml', ['a.yml']],
    ['modules.d/.hidden.yml', ['.hidden.yml']],
    ['./modules.d/../modules.d/b.yml', ['b.yml']],
    ['modules.d/*.json', []],
  ])('%s names %j, relative to the config file', async (pattern, names) => {
    const { path } = makeFolder();
    const files = await readIncludedFiles(join(path, 'zxp.yml'), pattern);
    expect(files).toEqual(names.map((name) => ({ name: join(path, 'modules.d', name), text: `# ${name}\n` })));
  });

  test('reads more files than a process may open, in order, with as many open as it takes', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const names = Array.from({ length: 500 }, (_, i) => `m${String(i).padStart(3, '0')}.yml`);
    for (const name of names) folder.write(name, `# ${name}`);
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    let most = 0;
    const look = setInterval(() => {
      most = Math.max(most, open());
    }, 0);
    const files = await readIncludedFiles(join(folder.path, 'zxp.yml'), '*.yml');
    clearInterval(look);
    expect(files).toEqual(names.map((name) => ({ name: join(folder.path, name), text: `# ${name}` })));
    expect(most).toBeLessThan(before + 100);
  });

  test('may be absolute', async () => {
    const { path } = makeFolder();
    expect(await readIncludedFiles('elsewhere/zxp.yml', join(path, 'modules.d/c.*'))).toHaveLength(1);
  });

  test('of a file that is not there, a folder, or a folder that is not there says what is wrong', async () => {
    const { path } = makeFolder();
    const read = (pattern: string) => readIncludedFiles(join(path, 'zxp.yml'), pattern);
    expect(await read('nope.yml')).toEqual([{ name: join(path, 'nope.yml'), problem: 'no such file or directory' }]);
    expect(await read('modules.d')).toEqual([{ name: join(path, 'modules.d'), problem: 'not a regular file' }]);
    expect(await read('nope.d/*.yml')).toEqual([{ name: join(path, 'nope.d'), problem: 'no such file or directory' }]);
  });
});

test('zxp check names the included file and the line of what is wrong in it', async () => {
  const folder = makeFolder();
  folder.write('modules.d/a.yml', 'modules:\n  a:\n    metrics:\n      - { name: n, paht: x }\n');
  const file = folder.write('zxp.yml', 'include: [modules.d/*.yml, nope.yml]\n');
  const { exitCode, stderr } = await runCommandLine(['check', file]);
  expect(exitCode).toBe(2);
  expect(stderr.replaceAll(`${folder.path}/`, '')).toBe(`\
zxp: error: modules.d/a.yml:4:20: modules.a.metrics[0].paht: unknown key
   4 |       - { name: …, paht: … }
     |                    ^
zxp: hint: did you mean path?
zxp: error: zxp.yml:1:28: include[1]: nope.yml cannot be read: no such file or directory
   1 | include: […, …]
     |              ^
zxp: zxp.yml is a config file of zxp's own: it has include at the top
`);
});

test.each([
  ['[inc/1.yml, ./inc/1.yml]', 'zxp.yml:2:22: include[1]: inc/1.yml is included twice', 'keep one'],
  ['["inc/*.yml", "inc/*.yml"]', 'zxp.yml:2:24: include[1]: inc/1.yml is included twice', 'keep one'],
  ['[zxp.yml]', 'zxp.yml:2:11: include[0]: zxp.yml includes itself', 'remove it'],
])('a file that is included twice is one problem: %s', async (include, problem, hint) => {
  const folder = forThisTest(makeTemporaryFolder());
  mkdirSync(join(folder.path, 'inc'));
  for (const name of ['1', '2']) {
    folder.write(`inc/${name}.yml`, `modules: { m${name}: { metrics: [{ name: n, path: '{.n}' }] } }\n`);
  }
  const file = folder.write('zxp.yml', `targets: []\ninclude: ${include}\n`);
  const { stderr } = await runCommandLine(['check', file]);
  const lines = stderr.replaceAll(`${folder.path}/`, '').split('\n');
  expect(lines.filter((line) => /error|hint/.test(line))).toEqual([`zxp: error: ${problem}`, `zxp: hint: ${hint}`]);
});

test('a file of paths that an agent includes twice is one problem', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  folder.write('1.yml', 'paths: [{ path: a, url: "http://127.0.0.1:9" }]\n');
  const file = folder.write('agent.yml', 'tunnel: { proxies: ["p:1"], include: [1.yml, ./1.yml] }\n');
  const { stderr } = await runCommandLine(['check', file]);
  expect(stderr.replaceAll(`${folder.path}/`, '')).toContain('agent.yml: tunnel.include names 1.yml twice');
});
