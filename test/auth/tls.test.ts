import { execFile } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { makeAuthority } from '../support/certificate-authority.js';
import { type DaemonOptions, startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';

const authority = makeAuthority();
const server = authority.issue('zxp');

/** zxp over TLS with these keys in tls_server_config. */
function start(keys: Readonly<Record<string, unknown>> = {}, more: DaemonOptions = {}) {
  const tls = { cert_file: 'tls.crt', key_file: 'tls.key', ...keys };
  return startDaemon({
    web: `${JSON.stringify({ tls_server_config: tls })}\n`,
    tls: { ca: authority.cert },
    ...more,
    files: { 'tls.crt': server.cert, 'tls.key': server.key, 'ca.crt': authority.cert, ...more.files },
    flags: { upstream: 'http://127.0.0.1:9', ...more.flags },
  });
}

/** Shakes hands, and gives what came of it: protocol, cipher and curve, or the code of the error. */
function shakeHands(url: string, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), ca: authority.cert, ...options }, () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().name} ${describeCurve(socket)}`);
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
}

function describeCurve(socket: TLSSocket): string {
  const info = socket.getEphemeralKeyInfo();
  return info !== null && 'name' in info ? String(info.name) : 'none';
}

describe('a listener with a certificate', () => {
  test('speaks https, and says so', async () => {
    const zxp = await start();
    expect(zxp.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await zxp.ask('/-/healthy')).toMatchObject({ status: 200, text: 'ok\n' });
    expect(zxp.healthUrl).toBeUndefined();
  });

  test('tells a client of plain HTTP that it needs https, and counts it', async () => {
    const zxp = await start();
    const { port } = new URL(zxp.url);
    const socket = forThisTest(openSocket(Number(port)));
    socket.socket.write('GET /-/healthy HTTP/1.1\r\nHost: zxp\r\n\r\n');
    await socket.untilClosed;
    expect(socket.received()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text\/plain/);
    expect(socket.received()).toContain('error: the client sent plain HTTP to a TLS port\nhint: use https');
    const { text } = await zxp.ask('/-/metrics');
    expect(text).toContain('zxp_web_requests_refused_total{cause="plain_http"} 1\n');
    expect(zxp.logged).toContainEqual(
      expect.stringMatching(/^warn request rejected .*"reason":"plain_http","client":"127\.0\.0\.1"/),
    );
  });

  test('is one that openssl is content with', async () => {
    const zxp = await start();
    const { host } = new URL(zxp.url);
    const output = await runOpenssl([
      's_client',
      '-connect',
      host,
      '-CAfile',
      `${zxp.folder.path}/ca.crt`,
      '-verify_return_error',
    ]);
    expect(output).toContain('Verify return code: 0 (ok)');
    expect(output).toContain('TLSv1.3');
  });

  test('shows when its certificate expires', async () => {
    const { text } = await (await start()).ask('/-/metrics');
    const seconds = Number(/^zxp_web_certificate_expiry_timestamp_seconds (\d+)$/m.exec(text)?.[1]);
    const inDays = (seconds - Date.now() / 1000) / 86_400;
    expect(inDays).toBeGreaterThan(1.9);
    expect(inDays).toBeLessThanOrEqual(2);
    expect(text).not.toMatch(/^zxp_web_client_ca_expiry_timestamp_seconds/m);
  });
});

describe('versions', () => {
  const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

  test.each([
    ['nothing', {}, ['TLSv1.2', 'TLSv1.3']],
    ['TLS13 at least', { min_version: 'TLS13' }, ['TLSv1.3']],
    ['TLS12 at most', { max_version: 'TLS12' }, ['TLSv1.2']],
    ['TLS11 to TLS12', { min_version: 'TLS11', max_version: 'TLS12' }, ['TLSv1.1', 'TLSv1.2']],
    ['TLS10 at least', { min_version: 'TLS10' }, [...versions]],
  ])('where the file says %s', async (_what, keys, expected) => {
    const zxp = await start(keys);
    const spoken = await Promise.all(
      versions.map(async (version) => {
        const ciphers = 'DEFAULT:@SECLEVEL=0';
        const made = await shakeHands(zxp.url, { minVersion: version, maxVersion: version, ciphers });
        return made.startsWith(`${version} `) ? [version] : [];
      }),
    );
    expect(spoken.flat()).toEqual(expected);
  });
});

describe('cipher suites and curves', () => {
  const TLS12 = { maxVersion: 'TLSv1.2' } as const;

  test('are those of the file', async () => {
    const zxp = await start({
      max_version: 'TLS12',
      cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
      curve_preferences: ['CurveP384'],
    });
    const made = await shakeHands(zxp.url, {
      ...TLS12,
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
    });
    expect(made).toBe('TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384 secp384r1');
    const other = await shakeHands(zxp.url, { ...TLS12, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' });
    expect(other).toMatch(/ALERT_HANDSHAKE_FAILURE$/);
    const curve = await shakeHands(zxp.url, { ...TLS12, ecdhCurve: 'prime256v1' });
    expect(curve).toMatch(/ALERT_HANDSHAKE_FAILURE$/);
  });

  test('are taken in the order of the client where the file leaves it to them', async () => {
    const suites = ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'];
    const keys = { max_version: 'TLS12', cipher_suites: suites };
    const ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384';
    const byServer = await start(keys);
    expect(await shakeHands(byServer.url, { ...TLS12, ciphers })).toContain('AES256');
    const byClient = await start({ ...keys, prefer_server_cipher_suites: false });
    expect(await shakeHands(byClient.url, { ...TLS12, ciphers })).toContain('AES128');
  });

  test('do not turn TLS 1.3 off', async () => {
    const zxp = await start({ cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] });
    expect(await shakeHands(zxp.url, {})).toMatch(/^TLSv1\.3 /);
  });
});

describe('handshakes that come to nothing', () => {
  test('are counted, and said once in the log', async () => {
    const zxp = await start({ min_version: 'TLS13' });
    for (let i = 0; i < 3; i++) await shakeHands(zxp.url, { maxVersion: 'TLSv1.2' });
    await zxp.untilLogged('request rejected');
    await eventually('all are counted', async () =>
      (await zxp.ask('/-/metrics')).text.includes('zxp_web_requests_refused_total{cause="tls"} 3\n'),
    );
    expect(zxp.logged.filter((line) => line.includes('request rejected'))).toEqual([
      'warn request rejected {"reason":"tls","client":"127.0.0.1","cause":"ERR_SSL_UNSUPPORTED_PROTOCOL"}',
    ]);
  });

  test('of clients who say nothing are cut off after the read timeout, and hold up no shutdown', async () => {
    const zxp = await start({}, { flags: { 'web.read-timeout': '300ms' } });
    const silent = forThisTest(openSocket(Number(new URL(zxp.url).port)));
    await silent.untilClosed;
    expect(silent.received()).toBe('');
    // Left open: the end of the test closes zxp with it.
    const other = forThisTest(openSocket(Number(new URL(zxp.url).port)));
    other.socket.write(Buffer.of(0x16, 0x03));
  });

  test('of clients who only look whether the port is open are not counted', async () => {
    const zxp = await start();
    const socket = openSocket(Number(new URL(zxp.url).port));
    await socket.untilOpen;
    await socket.close();
    expect((await zxp.ask('/-/metrics')).text).toContain('zxp_web_requests_refused_total{cause="tls"} 0\n');
    expect(zxp.logged.join('\n')).not.toContain('rejected');
  });
});

describe('the start is refused', () => {
  const other = authority.issue('other');
  test.each([
    ['a certificate that is not there', { 'tls.crt': undefined }, /cert_file \S+tls\.crt, which is unavailable/],
    ['an empty certificate', { 'tls.crt': '' }, /cert_file \S+tls\.crt, which is empty/],
    ['no certificate in the file', { 'tls.crt': server.key }, /cert_file \S+tls\.crt without a PEM certificate/],
    [
      'a certificate that is cut off',
      { 'tls.crt': server.cert.replace(/\n.{10}/, '\n') },
      /cert_file \S+tls\.crt with a certificate that cannot be parsed/,
    ],
    ['an empty key', { 'tls.key': '\n' }, /key_file \S+tls\.key, which is empty/],
    ['no key in the file', { 'tls.key': server.cert }, /key_file \S+tls\.key without a private key that can be read/],
    ['the key of another', { 'tls.key': other.key }, /key_file \S+tls\.key that is not the key of cert_file/],
    ['an empty CA', { 'ca.crt': '' }, /client_ca_file \S+ca\.crt, which is empty/],
    ['no certificate in the CA', { 'ca.crt': 'canary' }, /client_ca_file \S+ca\.crt without a PEM certificate/],
    [
      'a CA that is cut off behind a good one',
      { 'ca.crt': authority.cert + authority.cert.replace(/\n.{10}/, '\n') },
      /client_ca_file \S+ca\.crt with a certificate that cannot be parsed/,
    ],
    ['an empty file of tokens', { tokens: '' }, /tokens:? has no token/],
    ['a file of tokens that is not there', { tokens: undefined }, /tokens:? cannot be read: no such file/],
    ['a file of tokens with a bad line', { tokens: 'canary canary' }, /tokens:1:? has more than a token/],
  ])('by %s', async (_what, files, message) => {
    const all = { 'tls.crt': server.cert, 'tls.key': server.key, 'ca.crt': authority.cert, tokens: 'token', ...files };
    const tls = {
      cert_file: 'tls.crt',
      key_file: 'tls.key',
      client_ca_file: 'ca.crt',
      client_auth_type: 'RequireAndVerifyClientCert',
    };
    const web = JSON.stringify({ tls_server_config: tls, bearer_tokens_file: 'tokens' });
    const there = Object.entries(all).flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
    const flags = { upstream: 'http://127.0.0.1:9' };
    const thrown = await startDaemon({ web, files: Object.fromEntries(there), flags }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'config', problems: [{ hint: expect.any(String) }] });
    expect(JSON.stringify(thrown)).not.toContain('canary');
    expect(describeThrown(thrown)).toMatch(message);
  });
});

function describeThrown(thrown: unknown): string {
  const { problems } = thrown as { readonly problems: readonly { readonly where: string; readonly message: string }[] };
  return problems.map(({ where, message }) => `${where} ${message}`).join('\n');
}

function openSocket(port: number) {
  const socket: Socket = createConnection({ host: '127.0.0.1', port });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const untilClosed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    socket,
    received: () => received,
    untilOpen: new Promise<void>((resolve) => socket.once('connect', () => resolve())),
    untilClosed,
    close: () => {
      socket.destroy();
      return untilClosed;
    },
  };
}

function runOpenssl(words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('openssl', words, (_error, stdout, stderr) => resolve(stdout + stderr));
    child.stdin?.end('Q\n');
  });
}
