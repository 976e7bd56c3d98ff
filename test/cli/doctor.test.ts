import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { type Answer, findClosedPort, reply, startHostileUpstream } from '../support/hostile-upstream.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { makeThrowawayCertificates, type ThrowawayCertificates } from '../support/throwaway-certificates.js';
import { startConnectProxy } from '../upstream/connect-proxy.js';

/** An upstream on the loopback with this answer to every request. */
async function startUpstream(answer: Answer) {
  const upstream = forThisTest(await startHostileUpstream());
  upstream.behave({ answer });
  return upstream;
}

const answering =
  (...parts: Parameters<typeof reply>): Answer =>
  (socket) =>
    socket.write(reply(...parts));

/** What `--format json` says, less the times. */
async function diagnose(argv: readonly string[]) {
  const { exitCode, stdout, stderr } = await runCommandLine(['doctor', '--format', 'json', ...argv]);
  const report = JSON.parse(stdout);
  const steps: { step: string; status: string; seen: string; warnings: { message: string }[] }[] = report.steps;
  return { exitCode, stderr, report, steps, find: (name: string) => steps.find(({ step }) => step === name) };
}

function writeConfig(text: string): string {
  return forThisTest(makeTemporaryFolder()).write('zxp.yml', text);
}

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

describe('each reason belongs to a step', () => {
  let certificates: ThrowawayCertificates;
  beforeAll(() => {
    certificates = makeThrowawayCertificates();
  });
  afterAll(() => certificates.remove());

  interface Failing {
    readonly reason: string;
    readonly step: string;
    readonly start: () => Promise<readonly string[]>;
    readonly hint: RegExp;
  }
  const failing =
    (answer: Answer, ...flags: readonly string[]) =>
    async () => [`${(await startUpstream(answer)).url}/metrics`, ...flags];
  const withModule = (keys: string, document: string) => async () => {
    const { url } = await startUpstream(answering(document));
    return ['--config.file', writeConfig(`modules: { m: { allow: [], ${keys} } }\ntargets: []`), '--module', 'm', url];
  };
  const cases: readonly Failing[] = [
    {
      reason: 'config',
      step: 'configuration',
      start: async () => {
        const folder = forThisTest(makeTemporaryFolder());
        const key = 'http_client_config: { authorization: { credentials_file: token } }';
        const file = folder.write('zxp.yml', `modules: { m: { allow: [], ${key}, ${METRICS} } }\ntargets: []`);
        return ['--config.file', file, '--module', 'm', 'http://127.0.0.1:9'];
      },
      hint: /./,
    },
    { reason: 'dns', step: 'resolve', start: async () => ['http://registry.invalid'], hint: /spelling|name server/ },
    { reason: 'blocked', step: 'resolve', start: async () => ['http://169.254.169.254'], hint: /targets or in allow/ },
    {
      reason: 'connect',
      step: 'connect',
      start: async () => [`http://127.0.0.1:${await findClosedPort()}`],
      hint: /is it running/,
    },
    {
      reason: 'connect',
      step: 'proxy',
      start: async () => {
        const proxy = forThisTest(await startConnectProxy({ authorization: 'Basic x' }));
        const http = `http_client_config: { proxy_url: '${proxy.url}' }`;
        const file = writeConfig(`modules: { m: { allow: [], ${http}, ${METRICS} } }\ntargets: []`);
        return ['--config.file', file, '--module', 'm', 'https://far.example'];
      },
      hint: /it requires credentials: proxy_url/,
    },
    {
      reason: 'tls',
      step: 'tls',
      start: async () => {
        const upstream = forThisTest(await startHostileUpstream({ tls: certificates.good }));
        return [upstream.url];
      },
      hint: /--upstream.ca-file/,
    },
    {
      reason: 'tls',
      step: 'tls',
      start: async () => {
        const upstream = forThisTest(await startHostileUpstream());
        upstream.behave({ accept: (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') });
        return [upstream.url.replace('http:', 'https:')];
      },
      hint: /http:\/\//,
    },
    {
      reason: 'timeout',
      step: 'tls',
      start: async () => {
        const upstream = forThisTest(await startHostileUpstream());
        upstream.behave({ accept: () => undefined });
        return [upstream.url.replace('http:', 'https:'), '--scrape.timeout', '600ms'];
      },
      hint: /scrape.timeout/,
    },
    {
      reason: 'timeout',
      step: 'request',
      start: failing(() => undefined, '--scrape.timeout', '600ms'),
      hint: /scrape.timeout/,
    },
    {
      reason: 'timeout',
      step: 'decode',
      start: failing(
        (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'),
        '--scrape.timeout',
        '600ms',
      ),
      hint: /scrape.timeout/,
    },
    {
      reason: 'unauthorized',
      step: 'credentials',
      start: failing(answering('', ['WWW-Authenticate: Basic realm="r"'], '401 Unauthorized')),
      hint: /no credentials were sent: -u NAME:PASSWORD/,
    },
    {
      reason: 'unauthorized',
      step: 'credentials',
      start: failing(answering('', ['WWW-Authenticate: Bearer realm="https://a/token"'], '401 Unauthorized')),
      hint: /registry_token/,
    },
    {
      reason: 'unauthorized',
      step: 'credentials',
      start: failing(answering('', [], '401 Unauthorized'), '-u', 'a:canary'),
      hint: /check the credentials/,
    },
    {
      reason: 'forbidden',
      step: 'credentials',
      start: failing(answering('', [], '403 Forbidden'), '-u', 'a:canary'),
      hint: /may do/,
    },
    { reason: 'closed', step: 'status', start: failing((socket) => socket.end()), hint: /logs/ },
    { reason: 'protocol', step: 'status', start: failing((socket) => socket.end('SSH-2.0-x\r\n')), hint: /port/ },
    {
      reason: 'redirect',
      step: 'status',
      start: failing(answering('', ['Location: https://there.example/login'], '302 Found')),
      hint: /^it redirects to another origin, https:\/\/there.example\/login: name that URL only if the credentials may go there$/,
    },
    { reason: 'status', step: 'status', start: failing(answering('', [], '404 Not Found')), hint: /path/ },
    { reason: 'status', step: 'status', start: failing(answering('', [], '503 Busy')), hint: /log of the upstream/ },
    {
      reason: 'too_large',
      step: 'decode',
      start: failing(answering(`{"Gauges":[],"x":"${'x'.repeat(2000)}"}`), '--limits.body-size', '1kB'),
      hint: /limits.body_size/,
    },
    { reason: 'encoding', step: 'decode', start: failing(answering('{}', ['Content-Encoding: gzip'])), hint: /proxy/ },
    { reason: 'decode', step: 'decode', start: failing(answering('<html>')), hint: /curl/ },
    {
      reason: 'content',
      step: 'content',
      start: withModule(`fail_if: [{ path: '{.status}', not: [ok] }], ${METRICS}`, '{"status":"bad","n":1}'),
      hint: /fail_if/,
    },
    { reason: 'schema', step: 'translate', start: failing(answering('{"n":1}')), hint: /zot/ },
    {
      reason: 'limit',
      step: 'translate',
      start: failing(answering('{"Gauges":[{"Name":"a","Value":1},{"Name":"b","Value":1}]}'), '--limits.series', '1'),
      hint: /limits.series/,
    },
  ];

  test.each(cases.map((each) => [`${each.reason}: ${each.step}, ${each.hint}`, each] as const))(
    '%s',
    async (_, { reason, step, start, hint }) => {
      const { exitCode, stderr, report, steps } = await diagnose(await start());
      expect({ exitCode, stderr }).toEqual({ exitCode: step === 'configuration' ? 2 : 1, stderr: '' });
      expect(report).toMatchObject({ ok: false, failed_step: step, reason, hint: expect.stringMatching(hint) });
      const failed = steps.findIndex(({ status }) => status === 'failed');
      expect(steps[failed]).toMatchObject({ step, seen: report.message });
      expect(steps.slice(failed + 1).every(({ status, seen }) => status === 'skipped' && seen === 'not checked')).toBe(
        true,
      );
      expect(JSON.stringify(report)).not.toContain('canary');
    },
  );

  test('a connection that is made, and speaks no TLS in time, is one that cannot be made: the report says how far it came', async () => {
    const upstream = forThisTest(await startHostileUpstream());
    upstream.behave({ accept: () => undefined });
    const url = upstream.url.replace('http:', 'https:');
    const { report } = await diagnose([url, '--upstream.connect-timeout', '300ms']);
    expect(report).toMatchObject({
      failed_step: 'connect',
      reason: 'connect',
      message: expect.stringContaining(`127.0.0.1:${upstream.port} took the connection and did not finish the TLS`),
    });
  });

  test('a good reply of which no path finds anything fails the translation', async () => {
    const { exitCode, report } = await diagnose(await withModule(METRICS, '{"other":1}')());
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({
      failed_step: 'translate',
      reason: null,
      message: 'nothing matched: n ({.n})',
      hint: expect.stringContaining('is this the document'),
    });
  });
});

describe('what is not the upstream itself', () => {
  test('a token endpoint that refuses fails the credentials, and nothing before them was reached', async () => {
    const { url } = await startUpstream(answering('{"error":"invalid_client"}', [], '401 Unauthorized'));
    const oauth2 = `http_client_config: { oauth2: { client_id: c, client_secret: canary, token_url: '${url}/token' } }`;
    const file = writeConfig(`modules: { m: { allow: ['http://127.0.0.1:9'], ${oauth2}, ${METRICS} } }\ntargets: []`);
    const { exitCode, report, find } = await diagnose(['--config.file', file, '--module', 'm', 'http://127.0.0.1:9']);
    expect({ exitCode, step: report.failed_step }).toEqual({ exitCode: 1, step: 'credentials' });
    expect(report.message).toMatch(/token/);
    expect(find('connect')).toMatchObject({ status: 'skipped', seen: 'not reached' });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  test('a file that is not there cannot be opened', async () => {
    const { report } = await diagnose(['file:///nowhere/metrics.json']);
    expect(report).toMatchObject({
      failed_step: 'connect',
      reason: 'connect',
      hint: 'is there such a file, and is its folder mounted into the container?',
    });
  });

  test('another module is what a document of another kind needs', async () => {
    const { url } = await startUpstream(answering('{"n":1}'));
    const file = writeConfig(
      `modules: { stock: { ${METRICS} } }\ntargets: [{ name: a, url: "${url}/", module: stock }]`,
    );
    const { report } = await diagnose(['--config.file', file, `${url}/`]);
    expect(report).toMatchObject({ failed_step: 'translate', hint: expect.stringContaining('--module') });
    expect((await diagnose(['--config.file', file, 'a'])).exitCode).toBe(0);
  });

  test('an auth that may not go to a URL is a wrong command line', async () => {
    const auths = 'auths: { a: { allow: ["http://a.example"], bearer_token: canary } }';
    const file = writeConfig(`${auths}\nmodules: { m: { auth: a, ${METRICS} } }\ntargets: []`);
    const argv = ['doctor', '--config.file', file, '--module', 'm', 'http://127.0.0.1:9/'];
    expect(await runCommandLine(argv)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('the auth a'),
    });
  });
});

describe('a target that is well', () => {
  test('passes every step, named by its URL', async () => {
    const upstream = await startUpstream(
      answering('{"Gauges":[{"Name":"a","Value":1}]}', ['Content-Type: application/json']),
    );
    const { exitCode, stdout, stderr } = await runCommandLine(['doctor', '-u', 'a:canary', `${upstream.url}/metrics`]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const text = stdout.replaceAll(upstream.url, 'http://registry').replaceAll(`127.0.0.1:${upstream.port}`, 'ADDRESS');
    expect(text.replace(/, [\d.]+ ms/g, '').replace(/\d+ bytes of text/, 'N bytes of text')).toBe(`\
http://registry/metrics by module zot

  ok    configuration  no file, built-in module zot
  -     resolve        not needed: the URL has an address
  ok    connect        ADDRESS
  -     proxy          none is used
  -     tls            not used: http
  ok    credentials    the scraper's own Authorization
  ok    request        GET http://registry/metrics
  ok    status         200, application/json
  ok    decode         35 bytes
  -     content        the module has no fail_if
  ok    translate      1 sample
  ok    exposition     target_up 1, N bytes of text

`);
    expect(upstream.heads).toHaveLength(1);
  });

  test('is named by the configuration, with its module, credentials and checks', async () => {
    const { url } = await startUpstream(answering('{"n":1,"l":[{"v":1},{}]}'));
    const file = writeConfig(`
targets: [{ name: north, url: "${url}/x", module: m }]
modules:
  m:
    http_client_config: { basic_auth: { username: a, password: canary } }
    fail_if: [{ path: '{.n}', not: [1] }]
    metrics:
      - { name: n, path: '{.n}' }
      - { name: none, path: '{.other}' }
      - { name: v, type: object, path: '{.l[*]}', value: '{.v}' }
`);
    const { exitCode, report, find } = await diagnose(['--config.file', file, '-u', 'b:canary-two', 'north']);
    expect({ exitCode, url: report.url, module: report.module }).toEqual({ exitCode: 0, url: `${url}/x`, module: 'm' });
    expect(find('credentials')).toMatchObject({
      status: 'warning',
      seen: 'of the configuration: basic',
      warnings: [{ message: 'the Authorization of the command line does not go to the target' }],
    });
    expect(find('content')?.seen).toBe('1 condition of fail_if passed');
    expect(find('translate')).toMatchObject({
      status: 'warning',
      seen: '2 samples',
      warnings: [
        { message: expect.stringMatching(/modules.m.metrics\[1\]: none has no sample: \{.other\}/) },
        { message: expect.stringMatching(/^2 samples dropped for missing/) },
      ],
    });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  test('with an auth that forwards has the credentials of the command line, or none', async () => {
    const upstream = await startUpstream(answering('{"n":1}'));
    const file = writeConfig(`
auths: { fwd: { allow: ['${upstream.url}'], forward: true } }
targets: [{ name: south, url: '${upstream.url}/x', module: m }]
modules: { m: { http_client_config: { basic_auth: { username: a, password: canary } }, ${METRICS} } }
`);
    const argv = ['--config.file', file, '--auth', 'fwd', 'south'];
    const given = await diagnose(['-u', 'a:b', ...argv]);
    expect(given.find('credentials')).toMatchObject({ status: 'ok', seen: "the scraper's own Authorization" });
    expect(String(upstream.heads.at(-1))).toContain(`Basic ${btoa('a:b')}`);
    const without = await diagnose(argv);
    expect(without.find('credentials')).toMatchObject({ status: 'ok', seen: 'none were sent' });
    expect(String(upstream.heads.at(-1)).toLowerCase()).not.toContain('authorization');
  });

  test('shows the certificate, and warns of one that is not verified', async () => {
    const certificates = makeThrowawayCertificates();
    forThisTest({ close: () => certificates.remove() });
    const upstream = forThisTest(await startHostileUpstream({ tls: certificates.good }));
    const verified = await diagnose([upstream.url, '--upstream.ca-file', certificates.caFile]);
    expect(verified.find('tls')).toMatchObject({
      seen: expect.stringMatching(/^TLSv1.3, certificate valid until \d{4}-/),
    });
    const keys = `http_client_config: { tls_config: { insecure_skip_verify: true } }, translator: zot`;
    const file = writeConfig(`modules: { m: { allow: ['${upstream.url}'], ${keys} } }\ntargets: []`);
    const unverified = await diagnose(['--config.file', file, '--module', 'm', upstream.url]);
    expect(unverified.find('tls')).toMatchObject({
      status: 'warning',
      warnings: expect.arrayContaining([
        expect.objectContaining({
          message: expect.stringContaining('the certificate is not verified, and would not pass'),
        }),
      ]),
    });
  });

  test('shows the proxy that it is requested through', async () => {
    const { port } = await startUpstream(answering('{"n":1}'));
    const proxy = forThisTest(await startConnectProxy({ hosts: { 'far.example': port } }));
    const http = `http_client_config: { proxy_url: '${proxy.url}' }`;
    const file = writeConfig(`modules: { m: { allow: [], ${http}, ${METRICS} } }\ntargets: []`);
    const { exitCode, find } = await diagnose(['--config.file', file, '--module', 'm', 'http://far.example/x']);
    expect(exitCode).toBe(0);
    expect(find('proxy')).toMatchObject({ status: 'ok', seen: `through ${new URL(proxy.url).host}` });
    expect(find('configuration')).toMatchObject({
      warnings: [{ message: '/probe: the module m may not request this target' }],
    });
  });

  test('shows headers of the command line that the daemon would not forward', async () => {
    const { url } = await startUpstream(answering('{"Gauges":[{"Name":"a","Value":1}]}'));
    const { find } = await diagnose(['-H', 'X-Key: canary', url]);
    expect(find('configuration')).toMatchObject({
      warnings: [{ message: expect.stringContaining('x-key: the daemon forwards this header only if') }],
    });
  });
});

describe('what an upstream says', () => {
  test('cannot move the cursor, and does not show the credentials that it repeats', async () => {
    const { url } = await startUpstream((socket, head) => {
      const [, sent = ''] = /authorization: (.*)/i.exec(head) ?? [];
      socket.write(reply(JSON.stringify({ status: `\u001b[2J\u202e${sent}`, n: 1 })));
    });
    const check = "fail_if: [{ path: '{.status}', not: [ok] }]";
    const file = writeConfig(`modules: { m: { allow: [], ${check}, ${METRICS} } }\ntargets: []`);
    const argv = ['doctor', '--config.file', file, '--module', 'm', '-H', 'Authorization: Bearer canary-7261', url];
    const { exitCode, stdout, stderr } = await runCommandLine(argv);
    expect(exitCode).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(`${stdout}${stderr}`).not.toMatch(/canary|[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

test('a terminal shows how each step went in color, unless NO_COLOR is set', async () => {
  const { url } = await startUpstream(answering('', [], '401 Unauthorized'));
  const run = (environment: Record<string, string>) =>
    runCommandLine(['doctor', url], { environment, isTerminal: true });
  const { stdout } = await run({});
  for (const mark of ['\u001b[32mok  \u001b[39m', '\u001b[31mFAIL\u001b[39m']) expect(stdout).toContain(mark);
  expect((await run({ NO_COLOR: '1' })).stdout).not.toContain('\u001b');
});

describe('the command line', () => {
  test('an invalid configuration is the step that fails: every problem with its line, exit code 2', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('zxp.yml', 'modules: { m: { metrics: [{ name: n, pth: x }] } }\ntargets: [{}]\n');
    const { exitCode, stdout, stderr } = await runCommandLine(['doctor', '--config.file', file, 'north']);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('  FAIL  configuration  the configuration has');
    expect(stderr.replaceAll(`${folder.path}/`, '')).toMatch(/zxp: error: zxp\.yml:1:\d+: .*unknown key/);
    const json = await diagnose(['--config.file', file, 'north']);
    expect(json.report.problems).toContainEqual(
      expect.objectContaining({ where: expect.stringContaining('zxp.yml:2:') }),
    );
  });

  test.each([
    [['nort'], 'did you mean north?'],
    [['south-east'], 'a URL, or one of north'],
    [['--module', 'zot', 'north'], 'leave --module out'],
  ])('%j is a wrong command line, with a hint', async (argv, hint) => {
    const file = writeConfig(`modules: { m: { ${METRICS} } }\ntargets: [{ name: north, url: "http://a", module: m }]`);
    const { exitCode, stdout, stderr } = await runCommandLine(['doctor', '--config.file', file, ...argv]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^zxp: error: .+\nzxp: hint: .+\n$/);
    expect(stderr).toContain(hint);
  });
});

describe('what is masked', () => {
  test('a challenge shows its realm without user, password and telling parameters, and what comes behind it', async () => {
    const challenge =
      'Bearer realm="https://u:CANARY@auth.example/token?key=CANARY",service="reg",error="invalid_token"';
    const { url } = await startUpstream(answering('', [`WWW-Authenticate: ${challenge}`], '401 Unauthorized'));
    const shown = 'Bearer realm="https://<secret>@auth.example/token?key=<secret>",service="reg",error="invalid_token"';
    const target = `${url}/m?to=http%3A%2F%2Fh%2Fcb%3Ftoken%3DCANARY`;
    const { stdout, stderr } = await runCommandLine(['doctor', target]);
    expect(stderr).toContain(`it asks for ${shown}`);
    const scraped = await runCommandLine(['scrape', '--debug', target]);
    expect(scraped.stderr.toLowerCase()).toContain(`www-authenticate: ${shown.toLowerCase()}`);
    expect(scraped.stderr).toContain('/m?to=http%3A%2F%2Fh%2Fcb%3Ftoken%3D<secret>');
    expect(stdout + stderr + scraped.stdout + scraped.stderr).not.toContain('CANARY');
  });

  test('secrets that are words are not masked in words of zxp, media types and public headers of the request', async () => {
    const { url } = await startUpstream(answering('{"n": "metric"}', ['Content-Type: application/json']));
    const file = writeConfig(`modules:
  m:
    allow: ["${url}"]
    headers: { Cookie: 'a=1; b=metric', X-Key: application, Accept: application/json }
    metrics: [{ name: n, path: '{.n}' }, { name: o, path: '{.o}' }]
targets: []`);
    const argv = ['--config.file', file, '--module', 'm', `${url}/metrics`];
    const { stdout } = await runCommandLine(['doctor', ...argv]);
    expect(stdout).toContain(`GET ${url}/metrics`);
    expect(stdout).toContain('200, application/json');
    const { stderr } = await runCommandLine(['scrape', '--debug', ...argv]);
    expect(stderr).toContain('modules.m.metrics[1]');
    expect(stderr).toMatch(/^ {2}accept: application\/json$/im);
    expect(stderr).toMatch(/^ {2}x-key: <secret>$/im);
    expect(stdout + stderr).not.toMatch(/<secret>[/s]/);
  });

  test('what a condition found shows no user, password and telling parameter of a URL', async () => {
    const { url } = await startUpstream(answering('{"n": "http://u:CANARY@h/?token=CANARY&a=1"}'));
    const file = writeConfig(
      `modules: { m: { allow: [], fail_if: [{ path: '{.n}', exists: true }], ${METRICS} } }\ntargets: []`,
    );
    const { stdout, stderr } = await runCommandLine(['doctor', '--config.file', file, '--module', 'm', url]);
    expect(stderr).toContain('found "http://<secret>@h/?token=<secret>&a=1"');
    expect(stdout + stderr).not.toContain('CANARY');
  });
});

describe('a redirect', () => {
  test('is shown without user, password, telling parameters and fragment, and nothing of it acts on a terminal', async () => {
    const location = 'http://u:CANARY@evil.example/\x9b2Jx?a=1&token=CANARY;session=CANARY#access_token=CANARY';
    const { url } = await startUpstream(answering('', [`Location: ${location}`], '302 Found'));
    const { stdout, stderr } = await runCommandLine(['doctor', `${url}/m`]);
    expect(stderr).toContain(
      'zxp: hint: it redirects to another origin, http://<secret>@evil.example/%C2%9B2Jx?a=1&token=<secret>: name that',
    );
    const { report } = await diagnose([`${url}/m`]);
    const scraped = await runCommandLine(['scrape', '--debug', `${url}/m`]);
    expect(scraped.stderr).toContain('zxp: hint: it redirects to another origin, http://<secret>@evil.example/');
    expect(scraped.stderr).toContain('  location: http://<secret>@evil.example/');
    const all = stdout + stderr + JSON.stringify(report) + scraped.stdout + scraped.stderr;
    expect(all).not.toMatch(/CANARY|access_token|\x9b/);
  });

  test('within the origin is a URL to name', async () => {
    const { url } = await startUpstream(answering('', ['Location: /there\x9b2J'], '301 Moved'));
    const { stderr } = await runCommandLine(['scrape', '--debug', `${url}/m`]);
    expect(stderr).toContain('  location: /there\\u009b2J\n');
    expect(stderr).toContain('zxp: hint: it redirects to /there\\u009b2J: name that URL\n');
  });
});

describe('credentials that cannot be fetched', () => {
  test.each([
    [
      'login',
      'login: { url: "/session?key=CANARY", token: { path: "{.token}" } }',
      '/session?key=<secret>',
      'url of login',
    ],
    [
      'oauth2',
      'oauth2: { client_id: a, client_secret: b, token_url: "URL/token?key=CANARY" }',
      '/token?key=<secret>',
      'token_url of oauth2',
    ],
  ])('by %s are the step that fails, and the target was not requested', async (kind, keys, path, key) => {
    const upstream = await startUpstream(answering('', [], '404 Not Found'));
    const credential = `http_client_config: { ${keys.replace('URL', upstream.url)} }`;
    const module = kind === 'login' ? keys : credential;
    const file = writeConfig(`modules: { m: { allow: [], ${module}, ${METRICS} } }\ntargets: []`);
    const argv = ['--config.file', file, '--module', 'm', `${upstream.url}/stock`];
    const { report, steps, find } = await diagnose(argv);
    const request = `${upstream.url}${path}`;
    expect(report).toMatchObject({ failed_step: 'credentials', reason: 'status' });
    expect(report.message).toContain(`answered 404 (POST ${request})`);
    expect(report.hint).toBe(`request ${request} with curl and look at the response, and check ${key}`);
    expect(find('request')).toMatchObject({ status: 'skipped', seen: 'not checked' });
    expect(steps.some(({ seen }) => seen.includes('/stock'))).toBe(false);
    const { stderr } = await runCommandLine(['scrape', '--debug', ...argv]);
    expect(stderr).toContain(`  (its credentials failed: POST ${request})\n`);
    expect(stderr + JSON.stringify(report)).not.toContain('CANARY');
    expect(upstream.heads.some((head) => head.includes('/stock'))).toBe(false);
  });

  test('by registry_token are the step that fails, after a target that wants them', async () => {
    const upstream = forThisTest(await startHostileUpstream());
    const challenge = `WWW-Authenticate: Bearer realm="${upstream.url}/token",service="s"`;
    upstream.behave({
      answer: (socket, head) =>
        socket.write(
          head.includes('/stock') ? reply('', [challenge], '401 Unauthorized') : reply('', [], '404 Not Found'),
        ),
    });
    const keys = 'registry_token: {}';
    const file = writeConfig(`modules: { m: { allow: [], ${keys}, ${METRICS} } }\ntargets: []`);
    const { report } = await diagnose(['--config.file', file, '--module', 'm', `${upstream.url}/stock`]);
    expect(report).toMatchObject({ failed_step: 'credentials', reason: 'status' });
    expect(report.message).toContain(`(GET ${upstream.url}/token?service=s)`);
    expect(report.hint).toBe(`request ${upstream.url}/token?service=s with curl and look at the response`);
  });
});

test.each([
  ['localhost:18080/stock?token=CANARY', 'a URL has a scheme: http://localhost:18080/stock?token=<secret>'],
  ['upstream', 'no upstream is configured: set --upstream URL, or name a URL'],
])('%s is not a target, and the hint says what is', async (target, hint) => {
  const { exitCode, stderr } = await runCommandLine(['doctor', target]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`zxp: hint: ${hint}\n`);
  expect(stderr).not.toContain('CANARY');
});

test('credentials without a scheme are a warning', async () => {
  const { url } = await startUpstream(answering('{"Gauges":[{"Name":"a","Value":1}]}'));
  const path = forThisTest(makeTemporaryFolder()).write('token', 'CANARY\n');
  const argv = ['--authorization-file', path, `${url}/m`];
  const { find, report } = await diagnose(argv);
  expect(find('configuration')?.warnings).toEqual([
    { message: 'Authorization: the credentials have no scheme', hint: 'for a token, write: Bearer TOKEN' },
  ]);
  const { stderr } = await runCommandLine(['scrape', ...argv]);
  expect(stderr).toBe(
    'zxp: warning: Authorization: the credentials have no scheme\nzxp: hint: for a token, write: Bearer TOKEN\n',
  );
  expect(JSON.stringify(report)).not.toContain('CANARY');
});
