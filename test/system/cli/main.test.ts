import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { environmentWithoutSettings, programPath, runBuilt, startBuilt } from '../../support/built-program.js';
import { answerGauges, startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { testWith } from '../../support/programs.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

const everySample = JSON.stringify({
  Gauges: Array.from({ length: 20_000 }, (_, i) => ({ Name: 'g', Value: i, LabelNames: ['i'], LabelValues: [`${i}`] })),
});

describe('the program itself', () => {
  test('says its version, that of the package', async () => {
    const { exitCode, stdout, stderr } = await runBuilt(['--version']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    // A single executable has a Node of its own.
    const node = process.env.TEST_EXECUTABLE === undefined ? process.version : /node (v[\d.]+)/.exec(stdout)?.[1];
    expect(stdout).toBe(`zxp ${version} (node ${node})\n`);
  });

  test('exits with 2 and an error on standard error, without a stack trace', async () => {
    expect(await runBuilt(['--upstream'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'zxp: error: --upstream: has no value\nzxp: hint: --upstream URL\n',
    });
    const unset = await runBuilt([]);
    expect(unset).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unset.stderr).toContain('zxp: error: --upstream: is not set\n');
  });

  test('takes settings from its environment, and refuses those that it does not know', async () => {
    const right = await runBuilt(['check'], { environment: { ZXP_UPSTREAM: 'http://registry' } });
    expect(right).toMatchObject({ exitCode: 0, stderr: '' });
    const wrong = await runBuilt(['check'], { environment: { ZXP_UPSTRAEM: 'http://registry' } });
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toContain('zxp: hint: did you mean ZXP_UPSTREAM?\n');
  });

  test('takes its working folder for relative paths', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    folder.write('zxp.yml', 'upstream: http://registry\n');
    expect(await runBuilt(['check', 'zxp.yml'], { folder: folder.path })).toMatchObject({ exitCode: 0 });
  });

  test('scrapes what standard input has', async () => {
    const { exitCode, stdout, stderr } = await runBuilt(['scrape', '-'], { stdin: everySample });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('\ng{i="19999"} 19999\n');
    expect(stdout).toContain('\ntarget_scrape_samples 20000\n');
  });
});

describe('output that nobody reads', () => {
  testWith('bash', 'ends a scrape quietly, as head does', async () => {
    const command = `"$0" "$1" scrape - | head -n 1; echo "exit \${PIPESTATUS[0]}"`;
    const shell = spawn('bash', ['-c', command, process.execPath, programPath], { env: environmentWithoutSettings() });
    forThisTest({ close: () => void shell.kill('SIGKILL') });
    let said = '';
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    shell.stdin.end(everySample);
    await once(shell, 'close');
    expect(said).toMatch(/^# HELP g .*\nexit 0\n$/);
  });

  test.skipIf(!existsSync('/dev/full'))('is an error where the output cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    const { exitCode, stderr } = await runBuilt(['--help'], { stdio: ['ignore', full, 'pipe'] });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^zxp: error: the output cannot be written: ENOSPC.*\n$/);
  });

  test('does not stop the daemon, where it is the log', async () => {
    const upstream = forThisTest(await startStubUpstream((_request, response) => response.writeHead(500).end()));
    const argv = ['--upstream', upstream.url, '--web.listen-address', '127.0.0.1:0'];
    const zxp = forThisTest(startBuilt(argv));
    await zxp.untilSaid('server started');
    const url = /listening="?(http:[^" \n]+)/.exec(zxp.stderr)?.[1];
    zxp.dropStderr();
    for (let i = 0; i < 3; i++) {
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('target_scrape_error{reason="status"} 1');
    }
    zxp.signal('SIGTERM');
    expect((await zxp.untilEnd()).exitCode).toBe(0);
  });
});

describe('a reload', () => {
  test('by SIGHUP takes level and upstream from the file, and names once what needs a restart', async () => {
    const gauges = (value: number) => startStubUpstream((_request, response) => answerGauges(response, { value }));
    const [one, two] = [forThisTest(await gauges(1)), forThisTest(await gauges(2))];
    const folder = forThisTest(makeTemporaryFolder());
    const web = { listen_addresses: ['127.0.0.1:0'] };
    const file = folder.write('zxp.yml', JSON.stringify({ upstream: one.url, web }));
    const zxp = forThisTest(startBuilt(['--config.file', file]));
    await zxp.untilSaid('server started');
    const url = /listening="?(http:[^" \n]+)/.exec(zxp.stderr)?.[1];
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nvalue 1\n');
    const log = { output: 'elsewhere.log', format: 'json' };
    folder.write('zxp.yml', JSON.stringify({ upstream: two.url, web: { ...web, max_requests: 3 }, log }));
    zxp.signal('SIGHUP');
    await zxp.untilSaid('configuration reloaded');
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nvalue 2\n');
    const waiting = (zxp.stderr + zxp.stdout).split('\n').filter((line) => line.includes('need a restart'));
    expect(waiting).toEqual([expect.stringContaining('settings="web.max_requests log.output"')]);
    folder.write('zxp.yml', 'upstrem: 7\n');
    zxp.signal('SIGHUP');
    await zxp.untilSaid('keeping the previous configuration');
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nvalue 2\n');
  });
});
