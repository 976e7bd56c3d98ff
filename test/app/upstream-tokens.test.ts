import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { type Answer, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findSample } from '../support/samples.js';
import { startRegistry, startTokenServer, type TokenServer } from '../upstream/token-server.js';

const toBasic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

/** zxp before a zot with bearer authentication whose callers have a gauge each, by their name. */
async function startBefore(tokens: TokenServer, realm = tokens.realm, flags: Readonly<Record<string, string>> = {}) {
  const registry = await startRegistry(() => ({ realm, describe: tokens.describe }), {
    describe: ({ user }) => ({ Gauges: [{ Name: 'caller', Value: 1, LabelNames: ['user'], LabelValues: [user] }] }),
  });
  const config = `module: r\nmodules: { r: { translator: zot, registry_token: { realms: ['${tokens.url}'] } } }`;
  const zxp = await startDaemon({
    config: config,
    flags: { upstream: registry.url, 'web.max-requests': '200', ...flags },
  });
  const scrape = async (headers: Record<string, string> = {}) => (await zxp.ask('/metrics', { headers })).text;
  return { zxp, registry, scrape };
}

const callersIn = (text: string) => [...text.matchAll(/^caller\{user="([^"]*)"\} 1$/gm)].map(([, user]) => user);

describe('the daemon before a registry with a token server', () => {
  test('scrapes with the caller’s user and password, of which the registry sees a token', async () => {
    const tokens = await startTokenServer();
    const { scrape, registry } = await startBefore(tokens);
    const text = await scrape(toBasic('alice', 'wonder'));
    expect(callersIn(text)).toEqual(['alice']);
    expect(findSample(text, 'target_up')).toBe(1);
    expect(registry.requests.map(({ path, allHeaders }) => [path, allHeaders.get('authorization')?.[0]])).toEqual([
      ['/metrics', undefined],
      ['/metrics', 'Bearer token-1-of-alice'],
    ]);
  });

  test('says that a password is wrong, and passes the 401 on where that is asked for', async () => {
    const tokens = await startTokenServer();
    const { scrape } = await startBefore(tokens);
    const text = await scrape(toBasic('alice', 'wrong'));
    expect(findSample(text, 'target_up')).toBe(0);
    expect(findSample(text, 'target_scrape_error{reason="unauthorized"}')).toBe(1);
    expect(findSample(text, 'target_scrape_http_status_code')).toBe(401);
    const strict = await startBefore(tokens, tokens.realm, { 'scrape.fail-status': 'true' });
    expect((await strict.zxp.ask('/metrics', { headers: toBasic('alice', 'wrong') })).status).toBe(401);
    expect((await strict.zxp.ask('/metrics', { headers: toBasic('alice', 'wonder') })).status).toBe(200);
  });

  test('gives 200 callers who come at once each their own, twice', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `user-${i}`);
    const tokens = await startTokenServer({ users: Object.fromEntries(names.map((name) => [name, `pass-${name}`])) });
    const { scrape, registry } = await startBefore(tokens);
    for (const round of [names, names.toReversed()]) {
      const texts = await Promise.all(round.map((name) => scrape(toBasic(name, `pass-${name}`))));
      expect(texts.map(callersIn)).toEqual(round.map((name) => [name]));
    }
    expect(tokens.requests).toHaveLength(200);
    expect(registry.requests).toHaveLength(600);
  });

  test('fetches one token for 50 scrapes of the same caller, and counts the wait as such', async () => {
    const tokens = await startTokenServer();
    const { scrape } = await startBefore(tokens);
    const texts = await Promise.all(Array.from({ length: 50 }, () => scrape(toBasic('alice', 'wonder'))));
    expect(texts.map(callersIn)).toEqual(Array(50).fill(['alice']));
    expect(tokens.requests).toHaveLength(1);
    expect(findSample(texts[0] ?? '', 'target_scrape_phase_duration_seconds{phase="wait"}')).toBeGreaterThan(0);
  });

  test('sends nothing to a realm that is not allowed, and says so', async () => {
    const tokens = await startTokenServer();
    const sink = forThisTest(await startFakeUpstream());
    const { scrape, zxp } = await startBefore(tokens, `${sink.url}/token`);
    const text = await scrape(toBasic('alice', 'wonder'));
    expect(findSample(text, 'target_scrape_error{reason="blocked"}')).toBe(1);
    expect(zxp.logged.join('\n')).toContain(
      `the upstream sends for a token to ${sink.url}, which is not among the realms`,
    );
    expect([sink.accepted, tokens.accepted]).toEqual([0, 0]);
  });

  test('shows in the debug view what the registry saw, without a secret', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens, { describe: () => ({ n: 1 }) });
    const config = `modules:
  m: { allow: ['${registry.url}'], registry_token: { realms: ['${tokens.url}'] }, metrics: [{ name: n, path: '{.n}' }] }
targets: []`;
    const zxp = await startDaemon({ config: config });
    const target = { target: `${registry.url}/x`, module: 'm' };
    const { text } = await zxp.probe({ ...target, debug: 'true' }, toBasic('alice', 'wonder'));
    expect(text).toContain('target_up 1');
    expect(text).not.toMatch(/token-1|wonder|YWxpY2U/);
  });
});

describe('no secret is said anywhere', () => {
  const PAGES = ['/', '/-/metrics', '/-/config', '/-/healthy', '/-/targets', '/-/reload'];
  const CANARY = /canary|Y2FuYXJ5|Q0FOQVJZ/i;

  const answers: readonly (readonly [string, Answer])[] = [
    ['is good', { body: '{"token":"canary-token","n":1}' }],
    ['refuses', { status: 401, headers: { 'www-authenticate': 'Bearer error="canary"' }, body: 'canary' }],
    ['fails', { status: 500, body: '{"error":"canary"}' }],
    ['redirects', { status: 302, headers: { location: 'http://canary:canary@canary.example/' } }],
    ['gives no token', { body: '{"canary":"canary"}' }],
    ['gives a bad token', { body: '{"token":"canary\\ncanary"}' }],
    ['gives no JSON', { body: 'canary' }],
  ];

  test.each(answers)('by a token server that %s', async (_, answer) => {
    const tokens = forThisTest(await startFakeUpstream(() => answer));
    const registry = await startRegistry(() => ({ realm: `${tokens.url}/token`, describe: () => undefined }));
    const zxp = await startDaemon({
      config: `module: r\nmodules: { r: { translator: zot, registry_token: { realms: ['${tokens.url}'] } } }`,
      flags: { upstream: registry.url, 'log.level': 'debug' },
    });
    const headers = toBasic('canary-user', 'canary-password');
    const replies = [
      await zxp.ask('/metrics', { headers }),
      await zxp.probe({ target: registry.url, debug: 'true' }, headers),
    ];
    for (const page of PAGES) replies.push(await zxp.ask(page, { headers }));
    expect(tokens.requests[0]?.allHeaders.get('authorization')?.[0]).toBe(headers.authorization);
    expect(
      [...replies.map((reply) => JSON.stringify(reply)), ...zxp.logged].filter((text) => CANARY.test(text)),
    ).toEqual([]);
  });

  test.each(answers)('by a login that %s', async (_, answer) => {
    const api = forThisTest(await startFakeUpstream(({ path }) => (path === '/login' ? answer : { body: '{"n":1}' })));
    const login = `login: { url: /login, username: canary-user, password_file: canary, token: { path: '{.token}' },
      body: '{{ .username }}:{{ .password }}', headers: { X-Key: '{{ .password }}' }, send: { header: X-Session } }`;
    const zxp = await startDaemon({
      config: `targets: [{ name: t, url: '${api.url}/stock', module: m }]\nmodules: { m: { ${login}, metrics: [{ name: n, path: '{.n}' }] } }`,
      files: { canary: 'canary-password' },
      flags: { 'log.level': 'debug' },
    });
    const replies = [await zxp.probe({ target: 't' }), await zxp.probe({ target: 't', debug: 'true' })];
    for (const page of PAGES) replies.push(await zxp.ask(page));
    expect(api.requests[0]?.body).toBe('canary-user:canary-password');
    expect(
      [...replies.map((reply) => JSON.stringify(reply)), ...zxp.logged].filter((text) => CANARY.test(text)),
    ).toEqual([]);
  });
});

describe('the daemon before an API with a login', () => {
  test('logs in once for each target, and again after a reload', async () => {
    const startApi = async () =>
      forThisTest(
        await startFakeUpstream(({ path, allHeaders }) => {
          if (path === '/login') return { body: '{"session":"s1"}' };
          return allHeaders.get('x-session')?.[0] === 's1' ? { body: '{"n":7}' } : { status: 401 };
        }),
      );
    const apis = [await startApi(), await startApi()];
    const targets = apis.map(({ url }, i) => `{ name: t${i}, url: '${url}/stock', module: m }`);
    const login = "login: { url: /login, username: u, token: { path: '{.session}' }, send: { header: X-Session } }";
    const zxp = await startDaemon({
      config: `targets: [${targets.join(', ')}]\nmodules: { m: { ${login}, metrics: [{ name: n, path: '{.n}' }] } }`,
    });
    const scrapeAll = async () => {
      for (const target of ['t0', 't1', 't0']) expect(findSample((await zxp.probe({ target })).text, 'n')).toBe(7);
    };
    const countLogins = () => apis.map(({ requests }) => requests.filter(({ path }) => path === '/login').length);
    await scrapeAll();
    expect(countLogins()).toEqual([1, 1]);
    await zxp.reload();
    await scrapeAll();
    expect(countLogins()).toEqual([2, 2]);
  });
});
