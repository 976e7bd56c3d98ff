import { spawn } from 'node:child_process';
import { compareSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { programPath } from '../../support/built-program.js';
import { runCommandLine } from '../../support/command-line.js';
import { eventually } from '../../support/eventually.js';
import { forThisTest } from '../../support/for-this-test.js';
import { testWith } from '../../support/programs.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const hash = (stdin: string) => runCommandLine(['hash-password'], { stdin });

describe('zxp hash-password', () => {
  test.each(['looking-glass', 'a b:c', 'pässwörd', 'x'.repeat(72)])('prints a hash of %j', async (password) => {
    const { exitCode, stdout, stderr } = await hash(password);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^\$2b\$10\$[./A-Za-z0-9]{53}\n$/);
    expect(compareSync(password, stdout.trim())).toBe(true);
  });

  test.each(['\n', '\r\n'])('leaves the end of the line %j out', async (end) => {
    expect(compareSync('looking-glass', (await hash(`looking-glass${end}`)).stdout.trim())).toBe(true);
  });

  test('prints another one each time, and one that a web config file takes', async () => {
    const [first, second] = [await hash('looking-glass'), await hash('looking-glass')];
    expect(first.stdout).not.toBe(second.stdout);
    const folder = forThisTest(makeTemporaryFolder());
    const web = folder.write('web.yml', `basic_auth_users:\n  prometheus: ${first.stdout}`);
    const listen = ['--web.listen-address', '127.0.0.1:8081'];
    expect(await runCommandLine(['check', '--web.config.file', web, ...listen])).toEqual({
      exitCode: 0,
      stdout: 'zxp: configuration is valid: authentication basic\n',
      stderr: '',
    });
  });

  test.each([
    ['nothing', '', 'the password is empty'],
    ['an empty line', '\n', 'the password is empty'],
    ['two lines', 'canary\ncanary\n', 'the password has a control character'],
    ['a tab', 'canary\t', 'the password has a control character'],
    ['73 bytes', 'canary'.padEnd(72, 'ä'), 'the password is over 72 bytes'],
  ])('refuses %s, and does not repeat it', async (_what, stdin, message) => {
    const { exitCode, stdout, stderr } = await hash(stdin);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^zxp: error: ${message}\nzxp: hint: .+\n$`));
  });

  testWith('script', 'asks at a terminal, which does not show what is typed', async () => {
    const terminal = spawn('script', ['-qec', `'${process.execPath}' '${programPath}' hash-password`, '/dev/null']);
    forThisTest({ close: () => void terminal.kill() });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    await eventually('zxp asks', () => shown.includes('password: '), 15_000);
    terminal.stdin.write('canarz\x7fy\r');
    await eventually('zxp answers', () => /\$2b\$\S{56,}\s/.test(shown), 15_000);
    expect(shown).not.toContain('canar');
    expect(compareSync('canary', /\$2b\$\S{56}/.exec(shown)?.[0] ?? '')).toBe(true);
  });
});
