import { describe, expect, test } from 'vitest';
import { startDemoRegistry } from '../../src/app/demo-registry.js';
import { makeAuthority } from '../support/certificate-authority.js';
import { runCommandLine, type Transcript } from '../support/command-line.js';
import { startFakeUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { startHostileUpstream } from '../support/hostile-upstream.js';
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

/** The URL of a registry's metrics. */
async function startRegistry(): Promise<string> {
  const registry = forThisTest(await startDemoRegistry(() => 0));
  return `${registry.url}/metrics`;
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
        'zxp: hint: name a target of the config file, a URL, a file, or - for standard input\n',
    });
  });
});

describe('of a URL', () => {
  test('requests the URL as it is', async () => {
    const requested: (string | undefined)[] = [];
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        requested.push(request.url);
        response.end(DOCUMENT);
      }),
    );
    for (const tail of ['', '/', '/other/path?a=b&c', '/x#fragment']) {
      expect(await runCommandLine(['scrape', upstream.url + tail])).toMatchObject({ exitCode: 0 });
    }
    expect(requested).toEqual(['/', '/', '/other/path?a=b&c', '/x']);
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
      expect(stderr).toMatch(/^zxp: error: the source must be an http or https URL .*, without a user\n/);
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

describe('of a configured target', () => {
  const MODULES =
    "modules: { stock: { metrics: [{ name: n, path: '{.n}' }] }, other: { allow: [], metrics: [{ name: m, path: '{.n}' }] } }";

  async function startStock() {
    const requested: (string | undefined)[] = [];
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        requested.push(request.url);
        response.end('{"n": 7}');
      }),
    );
    const folder = forThisTest(makeTemporaryFolder());
    const url = `${upstream.url}/stock?site=north`;
    const file = folder.write('zxp.yml', `targets: [{ name: warehouse, url: '${url}', module: stock }]\n${MODULES}`);
    return { file, folder, requested };
  }

  test('requests its URL by its module', async () => {
    const { file, requested } = await startStock();
    const transcript = await runCommandLine(['scrape', 'warehouse', '--config.file', file]);
    expect(transcript).toMatchObject({ exitCode: 0, stderr: '' });
    expect(samplesOf(transcript)).toContain('n 7');
    expect(requested).toEqual(['/stock?site=north']);
  });

  test('goes before a file of the same name, which a path names', async () => {
    const { file, folder } = await startStock();
    const document = folder.write('warehouse', '{"n": 8}');
    const args = ['--config.file', file, '--module', 'stock'];
    expect(samplesOf(await runCommandLine(['scrape', document, ...args]))).toContain('n 8');
    expect(samplesOf(await runCommandLine(['scrape', 'warehouse', ...args]))).toContain('n 7');
  });

  test('is refused with another module', async () => {
    const { file } = await startStock();
    expect(await runCommandLine(['scrape', 'warehouse', '--config.file', file, '--module', 'other'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'zxp: error: the target warehouse belongs to the module stock\nzxp: hint: leave --module out\n',
    });
  });

  test.each([
    ['warehous', 'did you mean the target warehouse?'],
    ['elsewhere/x.json', 'name a URL, a file, - for standard input, or a target: warehouse'],
    ['registry:5000/metrics', 'a URL has a scheme: http://registry:5000/metrics'],
    ['127.0.0.1', 'a URL has a scheme: http://127.0.0.1'],
    ['localhost/x', 'a URL has a scheme: http://localhost/x'],
  ])('%s, which is none and no file, is a wrong command line', async (source, hint) => {
    const { file } = await startStock();
    const { exitCode, stderr } = await runCommandLine(['scrape', source, '--config.file', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(`zxp: error: ${source}: cannot be read: no such file or directory\nzxp: hint: ${hint}\n`);
  });
});

describe('what was dropped', () => {
  const STOCK =
    "modules: { default: { metrics: [{ name: n, type: object, path: '{.sites[*]}', values: { v: '{.v}' }, labels: { s: '{.s}' } }] } }";
  const stdin = '{"sites": [{"s": "a", "v": 1}, {"v": null}, {"s": "c"}]}';

  test('is on standard error with its element, and makes --strict exit with 1', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('config.yml', STOCK);
    const lenient = await runCommandLine(['scrape', '-', '--config.file', file], { stdin });
    expect(lenient.exitCode).toBe(0);
    expect(lenient.stderr.replaceAll(`${folder.path}/`, '')).toBe(
      [
        'zxp: warning: 2 samples were dropped (missing 1, value 1)',
        'zxp: warning: config.yml:1:33: modules.default.metrics[0]: n_v: sites[1].v is null',
        'zxp: warning: config.yml:1:33: modules.default.metrics[0]: n_v: sites[2].v not found',
        '',
      ].join('\n'),
    );
    const strict = await runCommandLine(['scrape', '-', '--strict', '--config.file', file], { stdin });
    expect(strict.exitCode).toBe(1);
    expect(strict.stdout).toContain('n_v{s="a"} 1\n');
    expect(strict.stderr).toContain('zxp: error: 2 samples were dropped (missing 1, value 1)\n');
  });

  test.each([
    ["date: '%Y-%m-%d'", 'not a date of this format'],
    ['unit: bytes', 'not a number with this unit'],
    ['scale: 2', 'not a number'],
  ])('says what %s wants', async (key, reason) => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('config.yml', `modules: { default: { metrics: [{ name: n, path: '{.n}', ${key} }] } }`);
    const { stderr } = await runCommandLine(['scrape', '-', '--config.file', file], { stdin: '{"n": "2026-02-30"}' });
    expect(stderr).toContain(`: n: n is a text: ${reason}\n`);
  });

  test('is named by its place in a document of zot', async () => {
    const { stderr } = await runCommandLine(['scrape', '-'], { stdin: '{"Gauges": [{"Name": "", "Value": 1}]}' });
    expect(stderr).toBe('zxp: warning: 1 sample was dropped (name 1)\nzxp: warning: Gauges[0]: the name is empty\n');
  });

  test('is cut after 20 reasons', async () => {
    const stdin = JSON.stringify({ Gauges: Array.from({ length: 45 }, () => ({ Name: '', Value: 1 })) });
    const { stderr } = await runCommandLine(['scrape', '-'], { stdin });
    expect(stderr.split('\n')).toHaveLength(23);
    expect(stderr).toContain('zxp: warning: and 25 more reasons; --debug shows them\n');
  });

  test('is nothing where nothing was dropped, and --strict exits with 0', async () => {
    expect(await runCommandLine(['scrape', '-', '--strict'], { stdin: DOCUMENT })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });
});

describe('a failure names what was requested and what to do', () => {
  async function startFailing(statusCode: number) {
    return forThisTest(
      await startStubUpstream((_request, response) => {
        response.writeHead(statusCode).end();
      }),
    );
  }

  async function failOf(source: string, ...flags: readonly string[]) {
    const { exitCode, stderr } = await runCommandLine(['scrape', source, ...flags]);
    expect(exitCode).toBe(1);
    return stderr;
  }

  test('where nothing listens', async () => {
    const registry = await startDemoRegistry(() => 0);
    await registry.close();
    const url = `${registry.url}/metrics?token=s3cr3t&a=b`;
    expect(await failOf(url)).toBe(
      `zxp: error: ${registry.url}/metrics?token=<secret>&a=b: the upstream cannot be connected to (ECONNREFUSED)\n` +
        'zxp: hint: nothing listens there: is it running, on this port, and not on its own loopback alone?\n',
    );
  });

  test.each([
    [401, [], 'send credentials: -u NAME:PASSWORD'],
    [401, ['-u', 'alice:wonderland'], 'check the credentials that the scraper sends'],
    [403, ['-u', 'alice:wonderland'], "check what the scraper's user may do"],
    [400, [], 'request it with curl and look at the response; a port that speaks TLS needs https://'],
    [500, [], 'request it with curl and look at the response'],
  ])('%i with %j', async (statusCode, flags, hint) => {
    const { url } = await startFailing(statusCode);
    expect(await failOf(`${url}/metrics`, ...flags)).toBe(
      `zxp: error: ${url}/metrics: the upstream answered ${statusCode}\nzxp: hint: ${hint}\n`,
    );
  });

  test('where the credentials of the module are rejected', async () => {
    const { url } = await startFailing(401);
    const file = forThisTest(makeTemporaryFolder()).write(
      'zxp.yml',
      `targets: [{ name: own, url: '${url}', module: m }]
modules: { m: { http_client_config: { basic_auth: { username: a, password: b } }, metrics: [{ name: n, path: '{.n}' }] } }`,
    );
    expect(await failOf('own', '--config.file', file, '-u', 'a:b')).toBe(
      'zxp: warning: Authorization: the credentials of the command line are not sent: the module has its own, or forwards none\n' +
        `zxp: error: ${url}/: the upstream answered 401\n` +
        "zxp: hint: the module's own credentials were rejected: check basic_auth\n",
    );
  });

  test('where --module is forgotten, and where the path of zot is', async () => {
    const upstream = forThisTest(await startStubUpstream((_request, response) => void response.end('{"n": 1}')));
    const file = forThisTest(makeTemporaryFolder()).write(
      'zxp.yml',
      "targets: []\nmodules: { stock: { allow: [], metrics: [{ name: n, path: '{.n}' }] } }",
    );
    expect(await failOf(`${upstream.url}/stock`, '--config.file', file)).toContain(
      'zxp: hint: this was module zot, as no --module is given; the config file has stock\n',
    );
    expect(await failOf(upstream.url)).toContain(
      `zxp: hint: zot has its metrics at /metrics: ${upstream.url}/metrics\n`,
    );
  });

  test('where the CA is unknown, and where the scheme is that of the other protocol', async () => {
    const authority = makeAuthority();
    const server = forThisTest(await startFakeUpstream(() => ({}), authority.issue('localhost')));
    expect(await failOf(`${server.url}/metrics`)).toContain(
      'zxp: hint: its CA is unknown: set --upstream.ca-file, or ca_file in tls_config\n',
    );
    const plain = server.url.replace('https:', 'http:');
    expect(await failOf(`${plain}/metrics`)).toContain(
      'zxp: hint: see its logs; a port that speaks TLS needs https://\n',
    );
    const { url } = await startFailing(500);
    const secure = url.replace('http:', 'https:');
    expect(await failOf(`${secure}/metrics`)).toContain('zxp: hint: it may speak plain HTTP: try http://\n');
  });

  test('where something else than HTTP answers, with what the parser says of it', async () => {
    const server = forThisTest(await startHostileUpstream());
    server.behave({ accept: (socket) => socket.end('SSH-2.0-CANARY\r\n') });
    expect(await failOf(`${server.url}/`)).toMatch(
      /: the upstream does not answer in HTTP: Response does not match the HTTP\/1\.1 protocol/,
    );
  });

  test('of a document', async () => {
    const { stderr } = await runCommandLine(['scrape', '-'], { stdin: '{' });
    expect(stderr).toMatch(/^zxp: error: standard input: the response is not JSON/);
  });
});

describe('--header', () => {
  test('sends headers, and warns of those that the daemon would not forward', async () => {
    const seen: (string | undefined)[] = [];
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        seen.push(String(request.headers['x-scope-orgid']), request.headers.authorization);
        response.end(DOCUMENT);
      }),
    );
    const args = ['-H', 'X-Scope-OrgID: north', '--header', 'Authorization: Bearer t0ken'];
    expect(await runCommandLine(['scrape', upstream.url, ...args])).toMatchObject({
      exitCode: 0,
      stderr:
        'zxp: warning: x-scope-orgid: the daemon forwards this header only if forward_headers of the module lists it\n' +
        'zxp: hint: forward_headers: [x-scope-orgid]\n',
    });
    expect(seen).toEqual(['north', 'Bearer t0ken']);
  });
});

test('a setting of the daemon is no flag of one scrape', async () => {
  const { exitCode, stderr } = await runCommandLine(['scrape', '-', '--web.listen-address', ':1']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('zxp: error: --web.listen-address: unknown flag\n');
});
