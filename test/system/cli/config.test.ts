import { readFileSync } from 'node:fs';
import { stringify as toToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { stringify as toYaml } from 'yaml';
import { type BuiltProgram, startBuilt } from '../../support/built-program.js';
import { runCommandLine } from '../../support/command-line.js';
import { answerGauges, startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

/** The URL of a daemon that has started: the log has * where it listens on every address. */
function findUrl(log: string): string {
  return /listening="?(http:[^" \n]+)/.exec(log)?.[1]?.replace('*', '127.0.0.1') ?? '';
}

async function startConfigCommand(...argv: readonly string[]): Promise<BuiltProgram> {
  return forThisTest(startBuilt(['config', ...argv]));
}

/** An upstream that is up, and the paths of the requests to it. */
async function startRegistry() {
  const paths: (string | undefined)[] = [];
  const upstream = await startStubUpstream((request, response) => {
    paths.push(request.url);
    answerGauges(response, { zot_scheduler_workers_total: 7 });
  });
  const { hostname, port } = new URL(forThisTest(upstream).url);
  return { paths, hostname, port };
}

describe('zxp config FILE', () => {
  test.each([
    ['zot.json', (value: object) => JSON.stringify(value)],
    ['zot.yaml', (value: object) => toYaml(value)],
    ['zot.toml', (value: object) => toToml(value)],
  ])('%s: fetches PROTOCOL://HOST:PORT/metrics and serves it at metrics.path', async (name, write) => {
    const { paths, hostname, port } = await startRegistry();
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write(
      name,
      write({
        Server: { Protocol: 'http', Host: hostname, Port: port },
        Exporter: { Port: '0', Log: { Level: 'info' }, Metrics: { Path: '/zot' } },
      }),
    );
    const zxp = await startConfigCommand(file);
    await zxp.untilSaid('server started');
    const url = findUrl(zxp.stderr);
    const body = await (await fetch(`${url}/zot`)).text();
    expect(body).toContain('\nzot_scheduler_workers_total 7\n');
    expect(body).toContain('\nzot_up 1\n');
    expect(paths).toEqual(['/metrics']);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    zxp.signal('SIGTERM');
    expect(await zxp.untilEnd()).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('logs to the file that log.output names, appending, and to standard error not at all', async () => {
    const { hostname, port } = await startRegistry();
    const folder = forThisTest(makeTemporaryFolder());
    const output = folder.write('zxp.log', 'what was there before\n');
    const file = folder.write(
      'zot.json',
      JSON.stringify({ server: { host: hostname, port }, exporter: { port: 0, log: { output, level: 'info' } } }),
    );
    const zxp = await startConfigCommand(file);
    await expect.poll(() => readFileSync(output, 'utf8'), { timeout: 10_000 }).toContain('server started');
    zxp.signal('SIGTERM');
    expect(await zxp.untilEnd()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe('what was there before');
    expect(lines.at(-1)).toContain('msg="server stopped"');
  });

  test('with a flag beside it takes the flag', async () => {
    const { hostname, port } = await startRegistry();
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('zot.json', JSON.stringify({ Exporter: { port: 1, log: { level: 'error' } } }));
    const flags = [
      '--upstream',
      `http://${hostname}:${port}`,
      '--web.listen-address',
      '127.0.0.1:0',
      '--log.level=info',
    ];
    const zxp = await startConfigCommand(...flags, file);
    await zxp.untilSaid('server started');
    expect(await (await fetch(`${findUrl(zxp.stderr)}/metrics`)).text()).toContain('\ntarget_up 1\n');
  });
});

describe('zxp config refuses', () => {
  test('a file with unknown keys and unreadable values, all told at once', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('zot.yaml', 'Server:\n  hots: registry\n  port: high\nExporter:\n  port: 1\n');
    expect(await runCommandLine(['config', file, '--log.levle=info'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `\
zxp: error: --log.levle: unknown flag
zxp: hint: did you mean --log.level?
zxp: error: ${file}: Server.hots: unknown key of zot's exporter
zxp: hint: did you mean server.host?
zxp: error: ${file}: Server.port: must be a port, not "high"
`,
    });
  });

  test('a CACert that cannot be read', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const server = { protocol: 'https', CACert: '/nowhere/ca.pem' };
    const file = folder.write('zot.json', JSON.stringify({ Server: server, Exporter: { port: 0 } }));
    const { exitCode, stdout, stderr } = await runCommandLine(['config', file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe('zxp: error: --upstream.ca-file /nowhere/ca.pem: cannot be read: no such file or directory\n');
  });

  test('a log file that cannot be opened', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write(
      'zot.json',
      JSON.stringify({ Exporter: { port: 0, log: { output: '/nowhere/zxp.log' } } }),
    );
    expect(await runCommandLine(['config', file])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'zxp: error: the log file /nowhere/zxp.log is in a folder that does not exist\nzxp: hint: create the folder\n',
    });
  });

  test('a file that is not there, or of no known format', async () => {
    expect((await runCommandLine(['config', '/nowhere/zot.json'])).stderr).toContain(
      'zxp: error: /nowhere/zot.json: cannot be read: no such file or directory\n',
    );
    const file = forThisTest(makeTemporaryFolder()).write('zot.conf', '{}');
    expect((await runCommandLine(['config', file])).stderr).toContain(
      `zxp: error: ${file}: the suffix of the file name does not tell its format\nzxp: hint: name it .json, .yaml, .yml or .toml\n`,
    );
  });

  test('a config file of zxp’s own beside it', async () => {
    for (const world of [
      { argv: ['--config.file', 'a.yml'] },
      { argv: [], environment: { ZXP_CONFIG_FILE: 'a.yml' } },
    ]) {
      expect(await runCommandLine(['config', ...world.argv, 'zot.json'], world)).toEqual({
        exitCode: 2,
        stdout: '',
        stderr:
          "zxp: error: zxp config takes a file of zot's exporter in place of --config.file\n" +
          "zxp: hint: for a file of zxp's own: zxp --config.file FILE\n",
      });
    }
  });
});
