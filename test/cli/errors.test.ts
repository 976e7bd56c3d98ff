import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.js';
import { createProgram } from '../../src/cli/program.js';
import { reportError } from '../../src/cli/report-error.js';
import { failureReasons, ZxpError } from '../../src/model/errors.js';
import { createContext } from '../support/cli-context.js';
import { runCommandLine, type World } from '../support/command-line.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { MemoryStream } from '../support/memory-stream.js';

const program = createProgram(createContext(), () => Promise.resolve());
const COMMANDS = `there is ${program.commands.map((command) => command.name()).join(', ')}`;

/** What standard error has of a command line that is wrong; standard output has nothing. */
async function refuse(line: string, world: World = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommandLine(line.split(' ').filter(Boolean), world);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  for (const each of stderr.trimEnd().split('\n')) expect(each).toMatch(/^zxp: (error|hint): \S/);
  return stderr;
}

describe('a command line that is wrong', () => {
  test.each([
    ['sevre', '"sevre" is not a command', 'did you mean serve?'],
    ['frobnicate', '"frobnicate" is not a command', COMMANDS],
    ['http://registry', 'a URL is not a command', 'zxp --upstream URL'],
    ['me:s3cr3t@registry', '"<secret>@registry" is not a command', COMMANDS],
    ['--log.level debug check', '"check" must be the first word', 'zxp check [FLAG...]'],
    [
      'scrape --format tabel -',
      '--format: must be one of text, openmetrics, openmetrics2, protobuf, json, table, not "tabel"',
      'did you mean table?',
    ],
    ['completion zhs', 'SHELL: must be one of bash, zsh, fish, not "zhs"', 'did you mean zsh?'],
    ['--upstream', '--upstream: has no value', '--upstream URL'],
    ['scrape -H', '--header: has no value', '--header NAME:VALUE'],
    ['scrape', 'zxp scrape: missing argument NAME|URL|FILE|-', 'zxp help scrape'],
    ['completion', 'zxp completion: missing argument bash|zsh|fish', 'zxp help completion'],
    ['scrape --auth a --auth b -', '--auth: given 2 times', 'keep one'],
    ['scrape --format json --format json -', '--format: given 2 times', 'keep one'],
    ['demo --onc', "unknown option '--onc'", 'did you mean --once?'],
  ])('%s', async (line, error, hint) => {
    expect(await refuse(line)).toBe(`zxp: error: ${error}\nzxp: hint: ${hint}\n`);
  });

  test.each([
    [
      'scrape --format xml -',
      '--format: must be one of text, openmetrics, openmetrics2, protobuf, json, table, not "xml"',
    ],
    ['completion powershell', 'SHELL: must be one of bash, zsh, fish, not "powershell"'],
    ['completion tcsh', 'SHELL: must be one of bash, zsh, fish, not "tcsh"'],
    ['demo now', "too many arguments for 'demo'. Expected 0 arguments but got 1."],
  ])('%s', async (line, error) => {
    expect(await refuse(line)).toBe(`zxp: error: ${error}\n`);
  });

  test.each([
    ['--upstrem http://u:s3cr3t@a', '--upstrem: unknown flag', 'did you mean --upstream?'],
    ['--upstrem=http://u:s3cr3t@a', '--upstrem: unknown flag', 'did you mean --upstream?'],
    ['--config zxp.yml', '--config: unknown flag', 'did you mean --config.file?'],
    ['--listen-address=:1', '--listen-address: unknown flag', 'did you mean --web.listen-address?'],
    ['--quite-different', '--quite-different: unknown flag', 'see zxp help'],
    ['-x', '-x: unknown flag', 'see zxp help'],
    [
      'serve --web.enable-lifecycle=true',
      '--web.enable-lifecycle: takes no value',
      'use --web.enable-lifecycle or --no-web.enable-lifecycle',
    ],
    [
      'serve --no-web.enable-lifecycle=1',
      '--no-web.enable-lifecycle: takes no value',
      'use --web.enable-lifecycle or --no-web.enable-lifecycle',
    ],
    ['--web.enable-lifecycle --no-web.enable-lifecycle', '--web.enable-lifecycle: given 2 times', 'keep one'],
    ['', '--upstream: is not set', 'zxp --upstream http://registry:8080, or zxp demo to see it work'],
    ['serve', '--upstream: is not set', 'zxp --upstream http://registry:8080, or zxp demo to see it work'],
    ['--upstream http://a --module zto', '--module: names no module: "zto"', 'did you mean zot?'],
  ])('%s', async (line, problem, hint) => {
    expect(await refuse(line)).toBe(`zxp: error: ${problem}\nzxp: hint: ${hint}\n`);
  });

  test('tells every problem of flags, variables and file at once', async () => {
    const world = { environment: { ZXP_LOG_FORMT: 'json', ZXP_MODULE: '' } };
    expect(await refuse('check --scrape.timeout=1 --nope a.yml /nowhere/b.yml', world)).toBe(
      `\
zxp: error: --nope: unknown flag
zxp: hint: see zxp help
zxp: error: ZXP_LOG_FORMT: unknown environment variable
zxp: hint: did you mean ZXP_LOG_FORMAT?
zxp: error: /nowhere/b.yml: cannot be read: no such file or directory
zxp: error: ZXP_MODULE: must be text, not empty
zxp: error: --scrape.timeout: must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "1"
`,
    );
  });

  test('has a password nowhere in what is said of it', async () => {
    const stderr = await refuse('check --upstream http://me:s3cr3t@registry a.yml http://me:s3cr3t@registry');
    expect(stderr).toContain(
      'zxp: error: "http://<secret>@registry": unexpected argument\nzxp: error: a.yml: cannot be read: no such file or directory\nzxp: error: --upstream: must be an http or https URL such as http://registry:8080, without user, query or fragment, not "http://<secret>@registry"\nzxp: hint: zxp forwards the credentials of the scraper: set basic_auth in the Prometheus job instead\n',
    );
    expect(stderr).not.toContain('s3cr3t');
  });
});

describe('exit codes', () => {
  test('are 2 where the command line or the configuration is wrong, and 1 where the work failed', () => {
    const wrong = Object.entries(exitCodeOf).filter(([, code]) => code === 2);
    expect(wrong.map(([code]) => code).sort()).toEqual(['config', 'usage']);
    expect(new Set(Object.values(exitCodeOf))).toEqual(new Set([1, 2]));
    for (const reason of failureReasons) expect(exitCodeOf[reason], reason).toBe(reason === 'config' ? 2 : 1);
  });

  test('of an address that is in use is 1, and it is said in one clear line', async () => {
    const occupant = forThisTest(await startStubUpstream((_request, response) => response.end()));
    const { host } = new URL(occupant.url);
    expect(await runCommandLine(['--upstream', occupant.url, '--web.listen-address', host])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        `zxp: error: cannot listen on ${host}: the address is in use\n` +
        'zxp: hint: stop what listens there, or choose another with --web.listen-address\n',
    });
  });

  test('of a daemon that was told to stop is 0', async () => {
    const argv = ['serve', '--upstream', 'http://127.0.0.1:1', '--web.listen-address', '127.0.0.1:0'];
    const { exitCode, stdout, stderr } = await runCommandLine(argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/msg="server started".*\n.*\n.*msg="server stopped"\n$/);
  });

  test('of what nobody expected is 1, without a stack trace', async () => {
    const stderr = new MemoryStream();
    expect(await reportError(stderr, new TypeError('x is not a function'))).toBe(1);
    expect(stderr.text).toBe('zxp: error: internal error: x is not a function\n');
  });

  test('go with an error, its problems, and their hints', async () => {
    const stderr = new MemoryStream();
    const problems = [
      { where: 'here', message: 'is wrong', hint: 'right it' },
      { where: 'there', message: 'too' },
    ];
    expect(await reportError(stderr, new ZxpError('usage', 'two things', { problems, hint: 'begin again' }))).toBe(2);
    expect(stderr.lines).toEqual([
      'zxp: error: two things',
      'zxp: error: here: is wrong',
      'zxp: hint: right it',
      'zxp: error: there: too',
      'zxp: hint: begin again',
    ]);
  });
});
