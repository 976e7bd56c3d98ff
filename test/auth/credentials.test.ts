import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { basic, bearer } from '../support/ask.js';
import { startDaemon } from '../support/daemon.js';
import { startJsonUpstream } from '../support/fake-upstream.js';
import { exchangeRaw } from '../support/raw-connection.js';

const hash = hashSync('wonderland', 4);
const USERS = `basic_auth_users: { alice: "${hash}" }\n`;
const GUARDED = ['/metrics', '/probe', '/', '/-/targets', '/-/metrics', '/-/config', '/-/reload', '/nothing'];
const HEALTH = ['/-/healthy', '/healthz', '/-/ready', '/readyz'];

async function start(web: string, files: Readonly<Record<string, string>> = {}) {
  const upstream = await startJsonUpstream({ Gauges: [] });
  const flags = { upstream: upstream.url, 'web.enable-lifecycle': 'true' };
  return { upstream, zxp: await startDaemon({ web, files, flags }) };
}

const policies = [
  ['a password', USERS, basic('alice', 'wonderland'), ['Basic realm="zxp", charset="UTF-8"']],
  ['a token', 'bearer_tokens_file: tokens\n', bearer('looking-glass'), ['Bearer realm="zxp"']],
  [
    'either, by a password',
    `${USERS}bearer_tokens_file: tokens\n`,
    basic('alice', 'wonderland'),
    ['Bearer realm="zxp"', 'Basic realm="zxp", charset="UTF-8"'],
  ],
  [
    'either, by a token',
    `${USERS}bearer_tokens_file: tokens\n`,
    bearer('looking-glass'),
    ['Bearer realm="zxp"', 'Basic realm="zxp", charset="UTF-8"'],
  ],
] as const;
const files = { tokens: 'other\nlooking-glass name=alice\n' };

describe.each(policies)('access by %s', (_what, web, right, challenges) => {
  test('is rejected without credentials, on every path but those of health', async () => {
    const { zxp, upstream } = await start(web, files);
    for (const path of GUARDED) {
      const reply = await zxp.ask(path, { method: path === '/-/reload' ? 'POST' : 'GET' });
      expect(reply, path).toMatchObject({ status: 401, text: expect.stringMatching(/^error: .*\nhint: .*\n$/) });
      expect(reply.headers['www-authenticate'], path).toBe(challenges.join(', '));
    }
    for (const path of HEALTH) expect(await zxp.ask(path), path).toMatchObject({ status: 200, text: 'ok\n' });
    expect(upstream.requests).toEqual([]);
  });

  test('is allowed with the right one, again and again', async () => {
    const { zxp, upstream } = await start(web, files);
    for (const path of ['/metrics', '/', '/-/targets', '/-/metrics', '/-/config', '/metrics']) {
      expect((await zxp.ask(path, { headers: right })).status, path).toBe(200);
    }
    expect((await zxp.ask('/nothing', { headers: right })).status).toBe(404);
    expect((await zxp.ask('/-/reload', { method: 'POST', headers: right })).status).toBe(200);
    expect(upstream.requests).toHaveLength(2);
  });

  test.each([
    ['another password', basic('alice', 'Wonderland')],
    ['another user', basic('bob', 'wonderland')],
    ['a user that every object has', basic('__proto__', 'wonderland')],
    ['no password', basic('alice', '')],
    ['the hash', basic('alice', hash)],
    ['another token', bearer('looking-glas')],
    ['the password as a token', bearer('wonderland')],
    ['a scheme that there is not', { authorization: 'Digest username="alice"' }],
    ['nothing behind the scheme', { authorization: 'Basic' }],
  ])('is rejected with %s', async (_wrong, headers) => {
    const { zxp, upstream } = await start(web, files);
    for (const path of ['/metrics', '/-/config']) {
      const { status, text } = await zxp.ask(path, { headers });
      expect({ status, text }).toEqual({ status: 401, text: expect.stringContaining('invalid credentials') });
    }
    expect(upstream.requests).toEqual([]);
  });

  test.each(['http://[::1/metrics', 'http://there/metrics', '*'])(
    'is rejected for the request target %s',
    async (target) => {
      const { zxp, upstream } = await start(web, files);
      const method = target === '*' ? 'OPTIONS' : 'GET';
      const answer = await exchangeRaw(
        zxp.url,
        `${method} ${target} HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 401 Unauthorized');
      expect(upstream.requests).toEqual([]);
    },
  );

  test('is rejected with two headers, one of them right', async () => {
    const { zxp, upstream } = await start(web, files);
    const line = `Authorization: ${right.authorization}\r\n`;
    const answer = await exchangeRaw(
      zxp.url,
      `GET /metrics HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\n${line}${line}\r\n`,
    );
    expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 400 Bad Request');
    const long = { authorization: `Bearer ${'x'.repeat(8192)}` };
    expect((await zxp.ask('/metrics', { headers: long })).status).toBe(400);
    expect(upstream.requests).toEqual([]);
  });

  test('has rejected clients in the log and the metrics, and nothing of what they sent', async () => {
    const { zxp } = await start(web, files);
    await zxp.ask('/metrics');
    for (const headers of [basic('canary', 'canary'), bearer('canary')]) await zxp.ask('/metrics', { headers });
    const { text } = await zxp.ask('/-/metrics', { headers: right });
    expect(text).toContain('zxp_web_requests_refused_total{cause="no_credential"} 1\n');
    expect(text).toContain('zxp_web_requests_refused_total{cause="wrong_credential"} 2\n');
    const lines = zxp.logged.filter((line) => line.includes('request rejected'));
    expect(lines).toEqual([
      'warn request rejected {"reason":"no_credential","client":"127.0.0.1"}',
      'warn request rejected {"reason":"wrong_credential","client":"127.0.0.1"}',
    ]);
    expect(zxp.logged.join('\n') + text).not.toContain('canary');
  });
});

describe('a token', () => {
  test('that is wrong, and one that has expired, are told apart as RFC 6750 defines', async () => {
    const { zxp } = await start('bearer_tokens_file: tokens\n', { tokens: 'old expires=2020-01-01T00:00:00Z\nnew\n' });
    const challenge = async (token: string) =>
      (await zxp.ask('/metrics', { headers: bearer(token) })).headers['www-authenticate'];
    const error = 'Bearer realm="zxp", error="invalid_token", error_description=';
    expect(await challenge('other')).toBe(`${error}"invalid token"`);
    expect(await challenge('old')).toBe(`${error}"the token has expired"`);
    expect((await zxp.ask('/metrics', { headers: bearer('new') })).status).toBe(200);
  });

  test('of the web config file gets in by its digest alone', async () => {
    const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    const { zxp } = await start(`bearer_tokens: [{ name: a, sha256: ${sha256} }]\n`);
    expect((await zxp.ask('/metrics', { headers: bearer('test') })).status).toBe(200);
    expect((await zxp.ask('/metrics', { headers: bearer(sha256) })).status).toBe(401);
  });

  test('shows when it expires', async () => {
    const tokens = 'first expires=2030-01-01T00:00:00Z\nsecond name=b expires=2031-01-01T00:00:00Z\nthird\n';
    const { zxp } = await start('bearer_tokens_file: tokens\n', { tokens });
    const { text } = await zxp.ask('/-/metrics', { headers: bearer('third') });
    const samples = text.split('\n').filter((line) => line.startsWith('zxp_web_token_expiry'));
    expect(samples).toEqual([
      `zxp_web_token_expiry_timestamp_seconds{name="${zxp.folder.path}/tokens:1"} 1893456000`,
      'zxp_web_token_expiry_timestamp_seconds{name="b"} 1924992000',
    ]);
  });
});

describe('the five headers', () => {
  test('are in every response, beside those of zxp', async () => {
    const headers = { 'X-Frame-Options': 'deny', 'Content-Security-Policy': "frame-ancestors 'none'" };
    const { zxp } = await start(`${USERS}http_server_config: { headers: ${JSON.stringify(headers)} }\n`);
    const right = basic('alice', 'wonderland');
    for (const path of ['/metrics', '/', '/-/config', '/nothing', '/-/healthy']) {
      for (const shown of [right, {}]) {
        const reply = await zxp.ask(path, { headers: shown });
        expect(reply.headers, path).toMatchObject({
          'x-frame-options': 'deny',
          'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
        });
      }
    }
    const { headers: ofLanding } = await zxp.ask('/', { headers: right });
    expect(ofLanding['content-security-policy']).toMatch(
      /^frame-ancestors 'none', default-src 'none'; style-src 'self'; /,
    );
  });
});
