import { describe, expect, test } from 'vitest';
import { startDemoRegistry } from '../../src/app/demo-registry.js';
import { runCommandLine, type Transcript } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { startStubUpstream } from '../support/stub-upstream.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const DOCUMENT = JSON.stringify({
  Counters: [{ Name: 'zot.repo.downloads', Count: 3, LabelNames: ['repo'], LabelValues: ['a/b'] }],
  Gauges: [{ Name: 'zot.up.since', Value: 1.5, LabelNames: null, LabelValues: null }],
});

/** The samples of an exposition, without how long it took. */
function samplesOf({ stdout }: Transcript): readonly string[] {
  return stdout.split('\n').filter((line) => /^[a-z]/.test(line) && !line.includes('duration_seconds'));
}

const FACTS_OF_TWO_SAMPLES = [
  'target_up 1',
  'target_scrape_http_status_code 200',
  'target_scrape_samples 2',
  expect.stringMatching(/^target_scrape_samples_dropped\{cause="\w+"\} 0$/),
  'zot_up 1',
];

async function startRegistry(): Promise<string> {
  const registry = forThisTest(await startDemoRegistry(() => 0));
  return registry.url;
}

describe('of a document', () => {
  test.each([
    ['a file', async () => ({ source: forThisTest(makeTemporaryFolder()).write('metrics.json', DOCUMENT), stdin: '' })],
    ['standard input', async () => ({ source: '-', stdin: DOCUMENT })],
  ])('%s prints its exposition and exits with 0', async (_name, prepare) => {
    const { source, stdin } = await prepare();
    const transcript = await runCommandLine(['scrape', source], { stdin });
    expect(transcript).toMatchObject({ exitCode: 0, stderr: '' });
    expect(samplesOf(transcript)).toEqual(
      expect.arrayContaining(['zot_repo_downloads_total{repo="a/b"} 3', 'zot_up_since 1.5', ...FACTS_OF_TWO_SAMPLES]),
    );
    expect(transcript.stdout).toContain('# TYPE zot_repo_downloads_total counter\n');
    expect(transcript.stdout).not.toContain('# EOF');
  });

  test('is OpenMetrics with --format openmetrics', async () => {
    const { exitCode, stdout } = await runCommandLine(['scrape', '-', '--format', 'openmetrics'], { stdin: DOCUMENT });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('# TYPE zot_repo_downloads counter\nzot_repo_downloads_total{repo="a/b"} 3\n');
    expect(stdout.endsWith('\n# EOF\n')).toBe(true);
  });

  test('is a list of families with --format json', async () => {
    const { exitCode, stdout } = await runCommandLine(['scrape', '-', '--format=json'], { stdin: DOCUMENT });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining([
        {
          name: expect.stringMatching(/^zot_repo_downloads/),
          type: 'counter',
          help: expect.any(String),
          samples: [{ name: 'zot_repo_downloads_total', labels: { repo: 'a/b' }, value: 3 }],
        },
        expect.objectContaining({ name: 'target_up', type: 'gauge' }),
      ]),
    );
  });

  test.each([
    ['{"Gauges": [', 'decode'],
    ['', 'decode'],
    ['{"Gauges": 7}', 'schema'],
  ])('%j is a target that is down: exit code 1, and the exposition says why', async (stdin, reason) => {
    const transcript = await runCommandLine(['scrape', '-'], { stdin });
    expect(transcript.exitCode).toBe(1);
    expect(samplesOf(transcript)).toEqual(
      expect.arrayContaining(['target_up 0', `target_scrape_error{reason="${reason}"} 1`]),
    );
    expect(transcript.stderr).toMatch(/^zxp: error: \S.*\n(zxp: hint: .*\n)?$/);
  });

  test('is subject to the limits, which flags and variables set', async () => {
    const byFlag = await runCommandLine(['scrape', '-', '--limits.series', '1'], { stdin: DOCUMENT });
    expect(byFlag.exitCode).toBe(1);
    expect(samplesOf(byFlag)).toContain('target_scrape_error{reason="limit"} 1');
    const environment = { ZXP_LIMITS_BODY_SIZE: '20' };
    const byVariable = await runCommandLine(['scrape', '-'], { stdin: DOCUMENT, environment });
    expect(byVariable.exitCode).toBe(1);
    expect(samplesOf(byVariable)).toContain('target_scrape_error{reason="too_large"} 1');
    const folder = forThisTest(makeTemporaryFolder());
    const file = await runCommandLine(['scrape', folder.write('a.json', DOCUMENT), '--limits.body-size=20']);
    expect(samplesOf(file)).toContain('target_scrape_error{reason="too_large"} 1');
  });

  test('that is not there is a wrong command line', async () => {
    expect(await runCommandLine(['scrape', '/nowhere/metrics.json'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'zxp: error: /nowhere/metrics.json: cannot be read: no such file or directory\n' +
        'zxp: hint: name a URL, a file, or - for standard input\n',
    });
  });
});

describe('of a URL', () => {
  test('asks /metrics where the URL has no path, and any other path as it is', async () => {
    const asked: (string | undefined)[] = [];
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        asked.push(request.url);
        response.end(DOCUMENT);
      }),
    );
    for (const tail of ['', '/', '/other/path?a=b&c', '/x#fragment']) {
      expect(await runCommandLine(['scrape', upstream.url + tail])).toMatchObject({ exitCode: 0 });
    }
    await runCommandLine(['scrape', upstream.url, '--upstream.path', '/elsewhere']);
    expect(asked).toEqual(['/metrics', '/metrics', '/other/path?a=b&c', '/x', '/elsewhere']);
  });

  test('with the right password is up, whether it is in a flag or in a file', async () => {
    const url = await startRegistry();
    const folder = forThisTest(makeTemporaryFolder());
    const password = folder.write('password', 'wonderland\n');
    const authorization = folder.write(
      'authorization',
      `Basic ${Buffer.from('alice:wonderland').toString('base64')}\r\n`,
    );
    for (const flags of [
      ['--user', 'alice:wonderland'],
      ['-u', 'alice:wonderland'],
      ['--user', 'alice', '--password-file', password],
      ['--authorization-file', authorization],
    ]) {
      const transcript = await runCommandLine(['scrape', ...flags, url]);
      expect(transcript).toMatchObject({ exitCode: 0, stderr: '' });
      expect(samplesOf(transcript)).toContain('target_up 1');
    }
  });

  test('with a wrong password or none is down: exit code 1, and the exposition is there all the same', async () => {
    const url = await startRegistry();
    for (const flags of [['--user', 'alice:s3cr3t'], []]) {
      const transcript = await runCommandLine(['scrape', url, ...flags]);
      expect(transcript.exitCode).toBe(1);
      expect(samplesOf(transcript)).toEqual(
        expect.arrayContaining([
          'target_up 0',
          'target_scrape_http_status_code 401',
          'target_scrape_error{reason="unauthorized"} 1',
          'zot_up 0',
        ]),
      );
      expect(transcript.stderr).toMatch(/^zxp: error: .*\n(zxp: hint: .*\n)?$/);
      expect(transcript.stderr).not.toContain('s3cr3t');
    }
  });

  test('that nobody listens on is down', async () => {
    const registry = await startDemoRegistry(() => 0);
    await registry.close();
    const transcript = await runCommandLine(['scrape', registry.url]);
    expect(transcript.exitCode).toBe(1);
    expect(samplesOf(transcript)).toContain('target_scrape_error{reason="connect"} 1');
    expect(transcript.stderr).toMatch(/^zxp: error: .*ECONNREFUSED/);
  });

  test.each([
    'http://me:s3cr3t@registry',
    'http://me:s3/cr3t@registry/metrics',
    'http://me:s3?cr3t@registry',
    'http://me:80#s3cr3t@registry',
  ])('%s is refused: credentials have flags', async (url) => {
    const { exitCode, stdout, stderr } = await runCommandLine(['scrape', url, '--scrape.timeout', '600ms']);
    expect({ exitCode: exitCode > 0, stdout: stdout.includes('target_up 1') }).toEqual({
      exitCode: true,
      stdout: false,
    });
    expect(stderr).not.toMatch(/s3\/?cr3t|cr3t/);
  });

  test.each(['ftp://registry', 'http://', 'file://host/x', 'unix://run/x'])(
    '%s is none that zxp can ask',
    async (url) => {
      const { exitCode, stdout, stderr } = await runCommandLine(['scrape', url]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/^zxp: error: the source must be an http or https URL/);
    },
  );
});

describe('invalid headers to send', () => {
  test.each([
    [['--user', 'alice'], '--user: has no password', '--user NAME:PASSWORD, or --password-file FILE'],
    [
      ['--user', 'a:b', '--authorization-file', 'x'],
      '--authorization-file: cannot be combined with --user',
      'keep one',
    ],
    [['--user', 'a:b', '--password-file', 'x'], '--password-file: needs --user NAME', undefined],
    [['--password-file', 'x'], '--password-file: needs --user NAME', undefined],
    [
      ['--user', 'a:b', '-H', 'Authorization: Bearer x'],
      '--header: has credentials beside those of another flag',
      'keep one',
    ],
    [['-H', 'X-Scope-OrgID'], '--header: has no colon', "--header 'NAME: VALUE'"],
    [['-H', 'X Y: s3cr3t'], '--header: invalid header name', "--header 'NAME: VALUE'"],
    [['-H', 'Host: s3cr3t'], '--header: host cannot be set', 'zxp writes it itself'],
    [
      ['-H', 'X-A: s3cr3t\r\nX-B: 1'],
      '--header: the value of x-a is invalid',
      'remove line breaks, control characters and those beyond Latin-1',
    ],
  ])('%j', async (flags, problem, hint) => {
    expect(await runCommandLine(['scrape', '-', ...flags])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: [
        'zxp: error: the headers to send are invalid',
        `zxp: error: ${problem}`,
        ...(hint === undefined ? [] : [`zxp: hint: ${hint}`]),
        '',
      ].join('\n'),
    });
  });

  test('are those in a file that cannot be read', async () => {
    for (const flags of [
      ['--authorization-file', '/nowhere'],
      ['--user', 'alice', '--password-file', '/nowhere'],
    ]) {
      expect(await runCommandLine(['scrape', '-', ...flags])).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: 'zxp: error: /nowhere: cannot be read: no such file or directory\n',
      });
    }
  });
});

test('a setting of the daemon is no flag of one scrape', async () => {
  const { exitCode, stderr } = await runCommandLine(['scrape', '-', '--web.listen-address', ':1']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('zxp: error: --web.listen-address: unknown flag\n');
});
