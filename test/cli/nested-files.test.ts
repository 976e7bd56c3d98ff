import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const DEPTH = 400_000;

/** Ways to nest, each with where it begins to be too deep. */
const nestings: readonly (readonly [what: string, text: string])[] = [
  ['open brackets', '['.repeat(DEPTH)],
  ['brackets', '['.repeat(DEPTH) + ']'.repeat(DEPTH)],
  ['maps in braces', '{a: '.repeat(DEPTH)],
  ['lists in one line', `\n  ${'- '.repeat(DEPTH)}`],
  ['keys in one line', `\n  ${'? '.repeat(DEPTH)}`],
  ['indentation', Array.from({ length: 3000 }, (_, i) => `\n${' '.repeat(i + 1)}a:`).join('')],
];

describe('a file that nests far too deep is refused at once, at its place', () => {
  const check = async (name: string, text: string, more: Readonly<Record<string, string>> = {}) => {
    const folder = forThisTest(makeTemporaryFolder());
    for (const [other, content] of Object.entries(more)) folder.write(other, content);
    const startMs = performance.now();
    const { exitCode, stderr } = await runCommandLine(['check', folder.write(name, text)]);
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(exitCode).toBe(2);
    return stderr.replaceAll(`${folder.path}/`, '');
  };
  const tooDeep = (name: string) =>
    expect.stringMatching(new RegExp(`^zxp: error: ${name}:\\d+:\\d+: nest(ed|s) deeper than 64 levels\n`));

  test.each(nestings)('for %s', async (_what, text) => {
    expect(await check('zxp.yml', `modules: ${text}`)).toEqual(tooDeep('zxp.yml'));
  });

  test.each([
    ['web.yml', 'basic_auth_users: '],
    ['tests.yml', 'config_file: zxp.yml\ntests: '],
    ['agent.yml', 'tunnel: { proxies: ["p:1"], paths: '],
    ['proxy.yml', 'tunnel: { listen_addresses: '],
    ['zot.json', '{"Server": '],
  ])('in %s', async (name, start) => {
    expect(await check(name, start + '['.repeat(DEPTH))).toEqual(tooDeep(name));
  });

  test('in a file of prometheus-proxy', async () => {
    expect(await check('agent.conf', `agent ${'{a '.repeat(DEPTH)}`)).toEqual(tooDeep('agent.conf'));
  });

  test('in an included file', async () => {
    const more = { 'more.yml': `modules: ${'['.repeat(DEPTH)}` };
    expect(await check('zxp.yml', 'include: [more.yml]\n', more)).toEqual(tooDeep('more.yml'));
  });
});

test('brackets in texts and comments, and 60 levels, are no problem', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  const brackets = '['.repeat(100_000);
  const text = `# ${brackets}\nx-a: ${'['.repeat(60)}${']'.repeat(60)}\nx-b: "${brackets}"\nx-c: |\n  ${brackets}\nupstream: http://a\n`;
  expect((await runCommandLine(['check', folder.write('zxp.yml', text)])).exitCode).toBe(0);
});
