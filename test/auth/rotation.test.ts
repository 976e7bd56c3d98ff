import { X509Certificate } from 'node:crypto';
import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { ask, basic, bearer } from '../support/ask.js';
import { makeAuthority } from '../support/certificate-authority.js';
import { type Daemon, type DaemonOptions, startDaemon, webLog } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { startJsonUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findSample } from '../support/samples.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const authority = makeAuthority('authority');
const next = makeAuthority('next');
const first = authority.issue('first');
const second = authority.issue('second');
const client = authority.issue('client');

const hashes = { old: hashSync('old', 4), new: hashSync('new', 4) };
const users = (hash: string) => `basic_auth_users: { alice: '${hash}' }\n`;

async function start(options: DaemonOptions): Promise<Daemon> {
  const upstream = await startJsonUpstream({ Gauges: [] });
  return startDaemon({
    ...options,
    flags: { upstream: upstream.url, 'web.health-listen-address': '127.0.0.1:0', ...options.flags },
  });
}

const TLS = 'tls_server_config: { cert_file: tls.crt, key_file: tls.key }\n';
const MTLS = 'mode: mtls\ntls_server_config: { cert_file: tls.crt, key_file: tls.key, client_ca_file: ca.crt }\n';
const tlsFiles = { 'tls.crt': first.cert, 'tls.key': first.key, 'ca.crt': authority.cert };

const statusOf = async (zxp: Daemon, headers: Readonly<Record<string, string>>) =>
  (await zxp.ask('/metrics', { headers })).status;

/** The name in the certificate that zxp shows to whoever comes now. */
function readShownName(url: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), ca: authority.cert, ...client }, () => {
      resolve(socket.getPeerX509Certificate()?.subject);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('a change on disk becomes active by itself', () => {
  test('of a file of tokens: the new one gets in, the one that is gone does not', async () => {
    const zxp = await start({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'old\n' } });
    expect(await statusOf(zxp, bearer('old'))).toBe(200);
    zxp.folder.write('tokens', 'old\nnew\n');
    await zxp.untilLogged(webLog.loaded);
    expect([await statusOf(zxp, bearer('old')), await statusOf(zxp, bearer('new'))]).toEqual([200, 200]);
    zxp.folder.write('tokens', 'new\n');
    await zxp.untilLogged(webLog.loaded, 2);
    expect([await statusOf(zxp, bearer('old')), await statusOf(zxp, bearer('new'))]).toEqual([401, 200]);
  });

  test('of the users, though the old password was right a moment ago', async () => {
    const zxp = await start({ web: users(hashes.old) });
    expect(await statusOf(zxp, basic('alice', 'old'))).toBe(200);
    expect(await statusOf(zxp, basic('alice', 'new'))).toBe(401);
    zxp.folder.write('web.yml', users(hashes.new));
    await zxp.untilLogged(webLog.loaded);
    expect(await statusOf(zxp, basic('alice', 'old'))).toBe(401);
    expect(await statusOf(zxp, basic('alice', 'new'))).toBe(200);
  });

  test('of certificate and key, while an open connection goes on', async () => {
    const zxp = await start({ web: TLS, files: tlsFiles, tls: { ca: authority.cert } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert });
    forThisTest({ close: () => agent.destroy() });
    expect((await zxp.ask('/metrics', { agent })).status).toBe(200);
    expect(await readShownName(zxp.url)).toBe('CN=first');
    // Between these two the pair does not match; nobody is to notice.
    zxp.folder.write('tls.crt', second.cert);
    zxp.folder.write('tls.key', second.key);
    await zxp.untilLogged(webLog.loaded);
    expect(await readShownName(zxp.url)).toBe('CN=second');
    expect((await zxp.ask('/metrics', { agent })).status).toBe(200);
    const expiry = Date.parse(new X509Certificate(second.cert).validTo) / 1000;
    const own = (await zxp.ask('/-/metrics')).text;
    expect(findSample(own, 'zxp_web_certificate_expiry_timestamp_seconds')).toBe(expiry);
  });

  test('of a secret that Kubernetes mounts: a link to a link to a folder', async () => {
    const writeState = (folder: string, name: string, tokens: string) => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'tokens'), tokens);
    };
    const zxp = await start({
      web: 'bearer_tokens_file: tokens\n',
      prepare: ({ path }) => {
        writeState(path, '..1', 'old\n');
        symlinkSync('..1', join(path, '..data'));
        symlinkSync('..data/tokens', join(path, 'tokens'));
      },
    });
    expect(await statusOf(zxp, bearer('old'))).toBe(200);
    const { path } = zxp.folder;
    writeState(path, '..2', 'new\n');
    symlinkSync('..2', join(path, '..data_tmp'));
    renameSync(join(path, '..data_tmp'), join(path, '..data'));
    await zxp.untilLogged(webLog.loaded);
    expect([await statusOf(zxp, bearer('old')), await statusOf(zxp, bearer('new'))]).toEqual([401, 200]);
  });

  test('of nothing but the time of a file is not worth a word', async () => {
    const zxp = await start({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'old\n' } });
    utimesSync(join(zxp.folder.path, 'tokens'), 1000, 1000);
    zxp.folder.write('web.yml', 'bearer_tokens_file: tokens\nrate_limit: { interval: 1ms, burst: 1000 }\n');
    await zxp.untilLogged(webLog.loaded);
    expect(zxp.logged.filter((line) => line.includes('web configuration'))).toHaveLength(1);
  });
});

/** Each takes something away that somebody has to show, or cannot be read. */
const brokenStates: readonly (readonly [what: string, files: Readonly<Record<string, string>>, cause: RegExp])[] = [
  ['an emptied web config file', { 'web.yml': '' }, /web\.yml|no longer requires credentials/],
  [
    'a web config file that is cut off',
    { 'web.yml': 'tls_server_config: { cert_file: tls.crt, key_file: tls.key }\n' },
    /no longer requires credentials/,
  ],
  ['a web config file that is no YAML', { 'web.yml': 'basic_auth_users: [' }, /web\.yml:1/],
  ['a web config file without TLS', { 'web.yml': 'bearer_tokens_file: tokens\n' }, /has no TLS any more/],
  [
    'a web config file with a typing error',
    { 'web.yml': 'bearer_token_file: tokens\n' },
    /bearer_token_file: unknown key/,
  ],
  ['an emptied file of tokens', { tokens: '' }, /tokens: has no token/],
  ['a file of tokens with a bad line', { tokens: 'old\nnew new\n' }, /tokens:2: has more than a token/],
  ['an emptied certificate', { 'tls.crt': '' }, /tls\.crt, which is empty/],
  ['another certificate without its key', { 'tls.crt': second.cert }, /is not the key of cert_file/],
  ['a key that is cut off', { 'tls.key': first.key.slice(0, 100) }, /without a private key that can be read/],
];

describe('an invalid state', () => {
  const web = `${TLS}bearer_tokens_file: tokens\n`;
  const files = { ...tlsFiles, tokens: 'old\n' };

  test.each(brokenStates)('%s keeps the previous one active, and is logged once', async (_what, broken, cause) => {
    const zxp = await start({ web, files, tls: { ca: authority.cert } });
    const look = async () => [
      await statusOf(zxp, {}),
      await statusOf(zxp, bearer('old')),
      await statusOf(zxp, bearer('new')),
    ];
    for (const [name, text] of Object.entries(broken)) zxp.folder.write(name, text);
    await zxp.untilLogged(webLog.notLoaded);
    expect(await look()).toEqual([401, 200, 401]);
    expect(await readShownName(zxp.url)).toBe('CN=first');
    await expect(zxp.reload()).rejects.toMatchObject({ code: 'config' });
    const own = async () => (await zxp.ask('/-/metrics', { headers: bearer('old') })).text;
    expect(findSample(await own(), 'zxp_web_config_last_reload_successful')).toBe(0);
    const told = zxp.logged.filter((line) => line.includes(webLog.notLoaded));
    expect(told).toEqual([expect.stringMatching(cause)]);
    for (const [name, text] of Object.entries({ 'web.yml': web, ...files })) zxp.folder.write(name, text);
    await eventually('it is mended', async () => (await own()).includes('zxp_web_config_last_reload_successful 1\n'));
    expect(await look()).toEqual([401, 200, 401]);
  });

  test('is logged again where another follows', async () => {
    const zxp = await start({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'old\n' } });
    zxp.folder.write('tokens', '');
    await zxp.untilLogged('tokens: has no token');
    zxp.folder.write('tokens', 'new new\n');
    await zxp.untilLogged('tokens:1: has more than a token');
    zxp.folder.write('tokens', '');
    await zxp.untilLogged('tokens: has no token', 2);
    expect(await statusOf(zxp, bearer('old'))).toBe(200);
  });

  test('because of a file that is named and not there yet becomes active when it exists', async () => {
    const zxp = await start({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'old\n' } });
    zxp.folder.write('web.yml', 'bearer_tokens_file: later\n');
    await zxp.untilLogged('later: cannot be read: no such file or directory');
    zxp.folder.write('later', 'new\n');
    await zxp.untilLogged(webLog.loaded);
    expect(await statusOf(zxp, bearer('new'))).toBe(200);
  });

  test.each([
    ['TLS', 'bearer_tokens_file: tokens\n', `${TLS}bearer_tokens_file: tokens\n`, 'TLS is added'],
    [
      'another client_auth_type',
      TLS,
      TLS.replace(' }', ', client_auth_type: RequireAnyClientCert }'),
      'client_auth_type changes',
    ],
    ['mode: mtls', TLS, MTLS, 'the mode changes to or from mtls'],
  ])('%s needs a restart', async (_what, before, after, what) => {
    const zxp = await start({ web: before, files });
    zxp.folder.write('web.yml', after);
    await expect(zxp.reload()).rejects.toMatchObject({
      message: expect.stringContaining('keeping the previous configuration'),
      problems: expect.arrayContaining([
        expect.objectContaining({ message: `needs a restart: ${what}`, hint: 'restart zxp' }),
      ]),
    });
  });

  test('of access control or of the config file keeps all of it as it was: a reload is one snapshot', async () => {
    const config = (name: string) => `targets: []\nmodules: { ${name}: { metrics: [{ name: n, path: '{.n}' }] } }\n`;
    const zxp = await start({
      web: 'bearer_tokens_file: tokens\n',
      files: { tokens: 'old\n' },
      config: config('before'),
    });
    const modules = async (token = 'old') => (await zxp.ask('/-/config', { headers: bearer(token) })).text;
    zxp.folder.write('tokens', '');
    zxp.folder.write('zxp.yml', config('after'));
    await expect(zxp.reload()).rejects.toMatchObject({ problems: [{ message: 'has no token' }] });
    expect(await modules()).toContain('module before');
    zxp.folder.write('tokens', 'new\n');
    zxp.folder.write('zxp.yml', 'modules: [');
    await expect(zxp.reload()).rejects.toMatchObject({ code: 'config' });
    zxp.folder.write('zxp.yml', config('after'));
    await zxp.reload();
    expect(await statusOf(zxp, bearer('old'))).toBe(401);
    expect(await modules('new')).toContain('module after');
  });

  test('a web config file that the config file names again becomes active with it', async () => {
    const config = (file: string) => `upstream: http://127.0.0.1:9\nweb: { config_file: ${file} }\n`;
    const folder = forThisTest(makeTemporaryFolder());
    folder.write('one.yml', 'bearer_tokens_file: one\n');
    folder.write('two.yml', 'bearer_tokens_file: two\n');
    folder.write('one', 'first\n');
    folder.write('two', 'second\n');
    const write = (name: string) => folder.write('zxp.yml', config(join(folder.path, name)));
    const daemon = await startDaemon({
      flags: { 'config.file': write('one.yml'), 'web.listen-address': '127.0.0.1:0' },
    });
    const [url = ''] = daemon.urls;
    const look = async (token: string) => (await ask(`${url}/-/config`, { headers: bearer(token) })).status;
    expect([await look('first'), await look('second')]).toEqual([200, 401]);
    write('two.yml');
    await daemon.reload();
    expect([await look('first'), await look('second')]).toEqual([401, 200]);
  });
});

test('mode: none, where it is set, allows every client', async () => {
  const zxp = await start({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'old\n' } });
  expect(await statusOf(zxp, {})).toBe(401);
  zxp.folder.write('web.yml', 'mode: none\n');
  await zxp.untilLogged(webLog.loaded);
  expect(await statusOf(zxp, {})).toBe(200);
});

test('while certificate, CA, users and tokens change, no allowed client is rejected or disconnected', async () => {
  const web = (hash: string) =>
    `tls_server_config: { cert_file: tls.crt, key_file: tls.key, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert }\n` +
    `bearer_tokens_file: tokens\nbasic_auth_users: { alice: '${hash}' }\n`;
  const states = [
    {
      'web.yml': web(hashes.old),
      'tls.crt': first.cert,
      'tls.key': first.key,
      'ca.crt': authority.cert,
      tokens: 'old\n',
    },
    {
      'web.yml': web(hashes.new),
      'tls.crt': second.cert,
      'tls.key': second.key,
      'ca.crt': next.cert + authority.cert,
      tokens: 'new\nold\n',
    },
  ] as const;
  const tls = { ca: authority.cert, ...client };
  const zxp = await start({ web: web(hashes.old), files: states[0], tls });
  let isOver = false;
  const statuses = new Map<number, number>();
  const scrape = async (agent: Agent | undefined, headers: Readonly<Record<string, string>>) => {
    while (!isOver) {
      const { status } = await zxp.ask('/metrics', { headers, ...(agent === undefined ? {} : { agent }) });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 6, ...tls });
  forThisTest({ close: () => agent.destroy() });
  const right = bearer('old');
  const scrapers = [
    ...Array.from({ length: 6 }, () => scrape(agent, right)),
    scrape(undefined, right),
    scrape(undefined, right),
  ];
  for (let i = 1; i <= 25; i++) {
    for (const [name, text] of Object.entries(states[i % 2] ?? {})) zxp.folder.write(name, text);
    await zxp.reload();
    // A change without scrapes in between would show nothing.
    const before = [...statuses.values()].reduce((sum, count) => sum + count, 0);
    await eventually('scrapes go on', () => [...statuses.values()].reduce((sum, count) => sum + count, 0) > before + 8);
  }
  isOver = true;
  await Promise.all(scrapers);
  expect([...statuses.keys()]).toEqual([200]);
  expect(await statusOf(zxp, bearer('wrong'))).toBe(401);
});
