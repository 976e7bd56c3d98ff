import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { type Authority, makeAuthority } from '../upstream/authority.js';

const METRIC = "metrics: [{ name: n, path: '{.n}' }]";
const CANARY = 'Bearer canary-5d1c';

const facts = (text: string) => text.split('\n').filter((line) => /^(n|target_up|target_scrape_error)\b/.test(line));
const failed = (reason: string) => ['target_up 0', `target_scrape_error{reason="${reason}"} 1`];

describe('a redirect', () => {
  const start = async () => forThisTest(await startFakeUpstream());

  test.each([
    ['without follow_redirects', ''],
    ['with it', 'http_client_config: { follow_redirects: true },'],
  ])('to another origin takes no packet there, and no credential of the caller: %s', async (_, config) => {
    const sink = await start();
    for (const host of ['127.0.0.1', 'localhost', '127.0.0.2', '[::1]']) {
      for (const status of [301, 302, 303, 307, 308]) {
        const headers = { location: `http://${host}:${sink.port}/`, 'www-authenticate': 'Basic realm="x"' };
        const upstream = forThisTest(await startFakeUpstream(() => ({ status, headers })));
        const zxp = await startDaemon({
          config: `targets: [{ name: box, url: '${upstream.url}', module: m }]
modules: { m: { ${config} forward_headers: [x-scope-orgid], ${METRIC} } }`,
        });
        const reply = await zxp.probe({ target: 'box' }, { Authorization: CANARY, 'X-Scope-OrgID': CANARY });
        expect(facts(reply.text)).toEqual(failed('redirect'));
        expect(upstream.requests).toHaveLength(1);
        expect(`${reply.text}${JSON.stringify(reply.headers)}${zxp.logged.join()}`).not.toContain('canary');
      }
    }
    expect(sink.accepted).toBe(0);
  });

  test('that the module lists among its good statuses is followed nowhere either', async () => {
    const sink = await start();
    const upstream = forThisTest(
      await startFakeUpstream(() => ({ status: 302, headers: { location: sink.url }, body: '{"n": 1}' })),
    );
    const zxp = await startDaemon({
      config: `targets: [{ name: box, url: '${upstream.url}', module: m }]
modules: { m: { valid_status_codes: [302], ${METRIC} } }`,
    });
    expect(facts((await zxp.probe({ target: 'box' })).text)).toEqual(['n 1', 'target_up 1']);
    expect(sink.accepted).toBe(0);
  });
});

test('a caller’s credential never meets that of the module, on one connection or another', async () => {
  const upstream = forThisTest(await startFakeUpstream());
  const zxp = await startDaemon({
    config: `targets:
  - { name: own, url: '${upstream.url}/own', module: own }
  - { name: passed, url: '${upstream.url}/passed', module: passed }
modules:
  own: { http_client_config: { authorization: { credentials: module } }, ${METRIC} }
  passed: { ${METRIC} }`,
  });
  for (const target of ['own', 'passed', 'own', 'passed']) await zxp.probe({ target }, { Authorization: CANARY });
  await zxp.probe({ target: 'passed' });
  const shown = upstream.requests.map(({ path, allHeaders }) => [path, allHeaders.get('authorization')]);
  const [own, passed] = [
    ['/own', ['Bearer module']],
    ['/passed', [CANARY]],
  ];
  expect(shown).toEqual([own, passed, own, passed, ['/passed', undefined]]);
});

describe('mutual TLS to an upstream', () => {
  const withAuthority = (): Authority => forThisTest(makeAuthority());

  test('takes certificates that change on disk, without a reload, and keeps the old ones while the new cannot be used', async () => {
    const authority = withAuthority();
    const upstream = forThisTest(
      await startFakeUpstream(undefined, {
        ...authority.issue('here'),
        ca: authority.cert,
        requestCert: true,
        rejectUnauthorized: true,
      }),
    );
    const [one, two] = [authority.issue('client one'), authority.issue('client two')];
    const zxp = await startDaemon({
      config: `targets: [{ name: box, url: '${upstream.url}', module: m }]
modules: { m: { http_client_config: { tls_config: { ca_file: ca, cert_file: cert, key_file: key } }, ${METRIC} } }`,
      files: { ca: authority.cert, cert: one.cert, key: one.key },
    });
    const ask = async () => facts((await zxp.probe({ target: 'box' })).text);
    const client = () => upstream.requests.at(-1)?.tls?.client;
    expect(await ask()).toEqual(['n 1', 'target_up 1']);
    expect(client()).toBe('client one');
    zxp.folder.write('cert', 'half a');
    expect(await ask()).toEqual(['n 1', 'target_up 1']);
    expect(client()).toBe('client one');
    zxp.folder.write('cert', two.cert);
    zxp.folder.write('key', two.key);
    expect(await ask()).toEqual(['n 1', 'target_up 1']);
    expect(client()).toBe('client two');
    zxp.folder.write('ca', withAuthority().cert);
    expect(await ask()).toEqual(failed('tls'));
    expect(zxp.logged.join('\n')).not.toContain('PRIVATE KEY');
  });

  test('tells the version and the expiry with each scrape, also with one that is refused', async () => {
    const authority = withAuthority();
    const upstream = forThisTest(
      await startFakeUpstream(({ path }) => ({ status: path === '/' ? 200 : 403 }), authority.issue('here')),
    );
    const zxp = await startDaemon({
      config: `targets:
  - { name: box, url: '${upstream.url}', module: m }
  - { name: shut, url: '${upstream.url}/shut', module: m }
modules: { m: { http_client_config: { tls_config: { ca_file: ca } }, ${METRIC} } }`,
      files: { ca: authority.cert },
    });
    for (const target of ['box', 'box', 'shut']) {
      const { text } = await zxp.probe({ target });
      expect(text).toContain('\ntarget_tls_version_info{version="TLS 1.3"} 1\n');
      expect(text).toMatch(/\ntarget_tls_certificate_expiry_timestamp_seconds \d{10}\n/);
    }
    const { text } = await zxp.probe({ target: 'box', debug: 'true' });
    expect(text).toMatch(/\nTLSv1\.3: its first certificate expires \d{4}-\d\d-\d\dT/);
  });
});

describe('secrets in files', () => {
  test('are those of the moment, in every place that has them', async () => {
    const upstream = forThisTest(await startFakeUpstream());
    const zxp = await startDaemon({
      config: `targets: [{ name: box, url: '${upstream.url}', module: m }]
modules:
  m: { http_client_config: { basic_auth: { username_file: user, password_file: password }, http_headers: { X-Key: { files: [key] } } }, ${METRIC} }`,
      files: { user: 'one\n', password: 'p1\n', key: 'k1\n' },
    });
    const shown = async () => {
      await zxp.probe({ target: 'box' });
      const headers = upstream.requests.at(-1)?.allHeaders;
      return [headers?.get('authorization'), headers?.get('x-key')].flat();
    };
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    expect(await shown()).toEqual([basic('one:p1'), 'k1']);
    zxp.folder.write('password', 'p2');
    zxp.folder.write('key', 'k2');
    expect(await shown()).toEqual([basic('one:p2'), 'k2']);
    zxp.folder.write('user', 'two');
    expect(await shown()).toEqual([basic('two:p2'), 'k2']);
  });
});
