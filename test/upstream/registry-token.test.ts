import { describe, expect, test } from 'vitest';
import type { RegistryTokenSpec } from '../../src/model/module.js';
import { type Answer, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeAuthority } from './authority.js';
import { inline, openClient, readFailure, withTls } from './open-client.js';
import { startRegistry, startTokenServer, type TokenServer } from './token-server.js';

const toBasic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const alice = { headers: [['authorization', toBasic('alice', 'wonder')]] as const };

const shown = ({ requests }: FakeUpstream) => requests.map(({ allHeaders }) => allHeaders.get('authorization')?.join());

interface Setting {
  readonly spec?: Partial<RegistryTokenSpec>;
  readonly now?: () => number;
}

/** A client of a module with `registry_token`; the token server is an allowed realm unless the spec says otherwise. */
function openFor(tokens: TokenServer, { spec = {}, now }: Setting = {}) {
  const credential: RegistryTokenSpec = { kind: 'registry_token', realms: [tokens.url], basic: undefined, ...spec };
  return openClient({ credential }, now === undefined ? {} : { now });
}

const readCaller = (text: string): unknown => JSON.parse(text).caller;

describe("a caller's user and password", () => {
  test('become a token, which is what the registry sees', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    expect(readCaller(await openFor(tokens).text(`${registry.url}/metrics`, alice))).toBe('alice');
    expect(shown(registry)).toEqual([undefined, 'Bearer token-1-of-alice']);
    expect(tokens.requests).toHaveLength(1);
    expect(tokens.requests[0]).toMatchObject({ method: 'GET', path: '/token?service=zot', body: '' });
    expect([...(tokens.requests[0]?.allHeaders ?? [])].toSorted()).toEqual([
      ['accept', ['application/json']],
      ['authorization', [toBasic('alice', 'wonder')]],
      ['connection', ['keep-alive']],
      ['host', [`127.0.0.1:${tokens.port}`]],
      ['user-agent', ['zxp/0.0.0-test']],
    ]);
  });

  test('are not shown again while the token is good', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const client = openFor(tokens);
    for (let i = 0; i < 3; i++) await client.text(`${registry.url}/metrics`, alice);
    expect(tokens.requests).toHaveLength(1);
    expect(shown(registry)).toEqual([undefined, ...Array<string>(3).fill('Bearer token-1-of-alice')]);
  });

  test('are the configured ones where there are some', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const basic = { username: inline('alice'), password: inline('wonder') };
    expect(readCaller(await openFor(tokens, { spec: { basic } }).text(registry.url))).toBe('alice');
    expect(shown(tokens)).toEqual([toBasic('alice', 'wonder')]);
  });

  test('that are wrong are what the scrape fails for, and tell nobody', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const wrong = { headers: [['authorization', toBasic('alice', 'CANARY')]] as const };
    const asked = openFor(tokens).ask(registry.url, wrong);
    const { code, text } = await readFailure(asked);
    expect(code).toBe('unauthorized');
    expect(text).toContain('the token server refused the user and the password (401)');
    expect(text).not.toMatch(/CANARY|Q0FOQVJZ/);
    await expect(asked).rejects.toMatchObject({ statusCode: 401 });
  });

  test('of one caller are nothing to another: 200 at once each get their own', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `user${i}`);
    const users = Object.fromEntries(names.map((name) => [name, `of-${name}`]));
    const tokens = await startTokenServer({ users });
    const registry = await startRegistry(() => tokens);
    const client = openFor(tokens);
    const scrape = (name: string) =>
      client.text(registry.url, { headers: [['authorization', toBasic(name, `of-${name}`)]] }).then(readCaller);
    expect(await Promise.all(names.map(scrape))).toEqual(names);
    expect(await Promise.all(names.toReversed().map(scrape))).toEqual(names.toReversed());
    expect(tokens.requests).toHaveLength(200);
  });

  test('are not enough where another with the same user has another password', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const client = openFor(tokens);
    await client.text(registry.url, alice);
    const other = { headers: [['authorization', toBasic('alice', 'wonderland')]] as const };
    await expect(client.text(registry.url, other)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(shown(registry).slice(2)).toEqual([undefined]);
  });
});

describe('who else asks', () => {
  test('with a Bearer token has it passed on as it is, and refused as it is', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const { statusCode } = await openFor(tokens).ask(registry.url, { headers: [['authorization', 'Bearer own']] });
    expect(statusCode).toBe(401);
    expect(shown(registry)).toEqual(['Bearer own']);
    expect(tokens.accepted).toBe(0);
  });

  test('without credentials gets a token for nobody, where there is one', async () => {
    const tokens = await startTokenServer({ allowsAnonymous: true });
    const registry = await startRegistry(() => tokens);
    expect(readCaller(await openFor(tokens).text(registry.url))).toBe('');
    expect(shown(tokens)).toEqual([undefined]);
  });

  test('without credentials is told where there is none', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const { code, text } = await readFailure(openFor(tokens).ask(registry.url));
    expect(code).toBe('unauthorized');
    expect(text).toContain('the token server refused a caller without basic credentials (401)');
  });

  test('gets what is there for everybody without a token', async () => {
    const tokens = await startTokenServer();
    const server = forThisTest(await startFakeUpstream(() => ({ body: '{}' })));
    expect(await openFor(tokens).text(server.url, alice)).toBe('{}');
    expect(shown(server)).toEqual([undefined]);
    expect(tokens.accepted).toBe(0);
  });
});

describe('a token', () => {
  test('is fetched once for 50 scrapes that wait for it', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const client = openFor(tokens);
    const texts = await Promise.all(Array.from({ length: 50 }, () => client.text(registry.url, alice)));
    expect(new Set(texts.map(readCaller))).toEqual(new Set(['alice']));
    expect(tokens.requests).toHaveLength(1);
  });

  test('that is refused is refreshed once, although zot has no challenge for it', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const client = openFor(tokens);
    await client.text(registry.url, alice);
    tokens.revoke();
    expect(readCaller(await client.text(registry.url, alice))).toBe('alice');
    expect(tokens.requests).toHaveLength(2);
    expect(shown(registry).slice(2)).toEqual(['Bearer token-1-of-alice', undefined, 'Bearer token-2-of-alice']);
  });

  test('that is refused even when it is new makes the scrape a 401, after one fetch', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => ({ realm: tokens.realm, describe: () => undefined }));
    expect((await openFor(tokens).ask(registry.url, alice)).statusCode).toBe(401);
    expect(tokens.requests).toHaveLength(1);
    expect(registry.requests).toHaveLength(2);
  });

  test.each([
    ['expires_in', { expires_in: 120 }, 110],
    ['expires_in as text', { expires_in: '120' }, 110],
    ['a short expires_in', { expires_in: 8 }, 4],
    ['no expires_in', { expires_in: undefined }, 50],
    ['an expires_in that is none', { expires_in: -1 }, 50],
    ['an expires_in of another kind', { expires_in: { toString: 1 } }, 50],
  ])('with %s is used until shortly before its end', async (_, fields, usefulSeconds) => {
    const tokens = await startTokenServer({ change: (reply) => ({ ...reply, ...fields, issued_at: undefined }) });
    const registry = await startRegistry(() => tokens);
    let nowMs = 1000;
    const client = openFor(tokens, { now: () => nowMs });
    await client.text(registry.url, alice);
    nowMs += usefulSeconds * 1000 - 1;
    await client.text(registry.url, alice);
    expect(tokens.requests).toHaveLength(1);
    nowMs += 1;
    expect(readCaller(await client.text(registry.url, alice))).toBe('alice');
    expect(tokens.requests).toHaveLength(2);
  });

  test.each([
    ['some time ago', '2001-01-01T00:00:00Z', 50],
    ['longer ago than it lives', '2000-01-01T00:00:00Z', 0],
    ['in the future', '2001-01-01T00:09:00Z', 110],
    ['when nobody knows', 'yesterday', 110],
    ['in a manner of its own', { toString: 1 }, 110],
  ])('that was issued %s, by the clock of its server, is used for less long', async (_, issued_at, usefulSeconds) => {
    const tokens = await startTokenServer({
      headers: { date: 'Mon, 01 Jan 2001 00:01:00 GMT' },
      change: (reply) => ({ ...reply, expires_in: 120, issued_at }),
    });
    const registry = await startRegistry(() => tokens);
    let nowMs = 1000;
    const client = openFor(tokens, { now: () => nowMs });
    await client.text(registry.url, alice);
    nowMs += Math.max(0, usefulSeconds * 1000 - 1);
    await client.text(registry.url, alice);
    expect(tokens.requests).toHaveLength(usefulSeconds === 0 ? 2 : 1);
    nowMs += 1;
    await client.text(registry.url, alice);
    expect(tokens.requests).toHaveLength(usefulSeconds === 0 ? 3 : 2);
  });

  test.each([
    ['token alone', (token: unknown) => ({ token })],
    ['access_token alone', (token: unknown) => ({ access_token: token })],
    ['an empty token beside it', (token: unknown) => ({ token: '', access_token: token })],
    ['other fields', (token: unknown) => ({ token, refresh_token: 'x', scope: 'y', expires_in: null })],
  ])('may come as %s', async (_, shape) => {
    const tokens = await startTokenServer({ change: ({ token }) => shape(token) });
    const registry = await startRegistry(() => tokens);
    expect(readCaller(await openFor(tokens).text(registry.url, alice))).toBe('alice');
  });

  test('is of its scopes: one page may want another than the next', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens, {
      challenge: (realm, path) => `Bearer realm="${realm}",service="zot",scope="repository:${path.slice(1)}:pull"`,
    });
    const client = openFor(tokens);
    const readScopes = async (path: string) => JSON.parse(await client.text(`${registry.url}${path}`, alice)).scopes;
    for (const path of ['/a', '/b', '/a', '/b'])
      expect(await readScopes(path)).toEqual([`repository:${path.slice(1)}:pull`]);
    expect(tokens.requests).toHaveLength(2);
  });

  test('is shared by the pages that want the same', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens);
    const client = openFor(tokens);
    for (const path of ['/a', '/b', '/a?x=1', '/c']) await client.text(`${registry.url}${path}`, alice);
    expect(tokens.requests).toHaveLength(1);
  });

  test('goes to the registry that wanted it and to no other, even for the same words', async () => {
    const tokens = await startTokenServer();
    const registries = [await startRegistry(() => tokens), await startRegistry(() => tokens)];
    const client = openFor(tokens);
    for (const { url } of registries) await client.text(url, alice);
    expect(registries.map(shown)).toEqual([
      [undefined, 'Bearer token-1-of-alice'],
      [undefined, 'Bearer token-2-of-alice'],
    ]);
  });
});

describe('a challenge', () => {
  test.each([
    ['several scopes', 'scope="a:b:pull c:d:push,pull"', 'service=zot&scope=a%3Ab%3Apull&scope=c%3Ad%3Apush%2Cpull'],
    ['scope twice', 'scope="a",scope="b"', 'service=zot&scope=a&scope=b'],
    ['no scope', 'error="invalid_token"', 'service=zot'],
    ['an escaped quote', 'scope="a\\"b"', 'service=zot&scope=a%22b'],
  ])('with %s is asked for as the specification says', async (_, params, query) => {
    const tokens = await startTokenServer();
    const challenge = (realm: string) => `Bearer realm="${realm}", service="zot", ${params}`;
    const registry = await startRegistry(() => tokens, { challenge });
    await openFor(tokens).text(registry.url, alice);
    expect(tokens.requests[0]?.path).toBe(`/token?${query}`);
  });

  test.each([
    ['behind another scheme', (realm: string) => `Basic realm="zot", Bearer realm="${realm}"`],
    ['in other letters', (realm: string) => `bEARER REALM="${realm}"`],
    ['without quotes', (realm: string) => `Bearer realm=${realm}`],
    ['before another that has no realm', (realm: string) => `Bearer error="x", Bearer realm="${realm}"`],
  ])('is found %s', async (_, challenge) => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens, { challenge });
    expect(readCaller(await openFor(tokens).text(registry.url, alice))).toBe('alice');
  });

  test.each(['Basic realm="zot"', 'Bearer', 'Bearer realm=""', 'Bearer realm="http://["', ''])(
    'that asks for no token leaves the 401 as it is: %s',
    async (challenge) => {
      const tokens = await startTokenServer();
      const registry = await startRegistry(() => tokens, { challenge: () => challenge });
      expect((await openFor(tokens).ask(registry.url, alice)).statusCode).toBe(401);
      expect(shown(registry)).toEqual([undefined]);
      expect(tokens.accepted).toBe(0);
    },
  );

  test('may stand in a second WWW-Authenticate', async () => {
    const tokens = await startTokenServer();
    const challenges = ['Basic realm="a, b"', `Bearer realm="${tokens.realm}"`];
    const server = forThisTest(
      await startFakeUpstream(({ allHeaders }): Answer => {
        const isShown = tokens.describe(allHeaders.get('authorization')?.[0]?.slice(7) ?? '') !== undefined;
        return isShown ? { body: '{"caller":"ok"}' } : { status: 401, headers: { 'www-authenticate': challenges } };
      }),
    );
    expect(readCaller(await openFor(tokens).text(server.url, alice))).toBe('ok');
  });

  test('may have a realm with a query of its own', async () => {
    const tokens = await startTokenServer();
    const registry = await startRegistry(() => tokens, {
      challenge: (realm) => `Bearer realm="${realm}?a=b#c",scope="d"`,
    });
    await openFor(tokens).text(registry.url, alice);
    expect(tokens.requests[0]?.path).toBe('/token?a=b&scope=d');
  });

  test('may have a realm that is a path at the registry itself, which is always allowed', async () => {
    const server = forThisTest(
      await startFakeUpstream(({ path, allHeaders }): Answer => {
        if (path.startsWith('/auth')) return { body: JSON.stringify({ token: 'here' }) };
        if (allHeaders.get('authorization')?.[0] === 'Bearer here') return { body: '{"caller":"me"}' };
        return { status: 401, headers: { 'www-authenticate': 'Bearer realm="/auth/token",service="s"' } };
      }),
    );
    const client = openClient({ credential: { kind: 'registry_token', realms: [], basic: undefined } });
    expect(readCaller(await client.text(`${server.url}/metrics`, alice))).toBe('me');
    expect(server.requests.map(({ path }) => path)).toEqual(['/metrics', '/auth/token?service=s', '/metrics']);
    expect(shown(server)).toEqual([undefined, alice.headers[0][1], 'Bearer here']);
  });
});

describe('a realm that is not allowed sees nothing', () => {
  const allowed = 'http://auth.example';

  test.each([
    ['another origin', (sink: string) => `${sink}/token`],
    ['an origin that begins like an allowed one', (sink: string) => `http://auth.example@${sink.slice(7)}/token`],
    ['an allowed host and another port', (sink: string) => sink.replace('127.0.0.1', 'auth.example')],
    ['another spelling of the host', (sink: string) => sink.replace('127.0.0.1', '2130706433')],
    ['no scheme', (sink: string) => sink.slice(5)],
    ['another scheme', () => 'file:///etc/passwd'],
  ])('%s', async (_, toRealm) => {
    const sink = forThisTest(await startFakeUpstream());
    const registry = await startRegistry(() => ({ realm: toRealm(sink.url), describe: () => undefined }));
    const credential: RegistryTokenSpec = { kind: 'registry_token', realms: [allowed], basic: undefined };
    const client = openClient({ credential }, { lookup: async () => [{ address: '127.0.0.1', family: 4 }] });
    const { code, text } = await readFailure(client.ask(registry.url, alice));
    expect(code).toBe('blocked');
    expect(text).toContain('the upstream sends for a token to ');
    expect(sink.accepted).toBe(0);
    expect(registry.requests).toHaveLength(1);
  });

  test('a realm without TLS, where the registry has it, even if it is listed', async () => {
    const authority = forThisTest(makeAuthority());
    const sink = forThisTest(await startFakeUpstream());
    const registry = forThisTest(
      await startFakeUpstream(
        () => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="${sink.url}/token"` } }),
        authority.issue('registry'),
      ),
    );
    const credential: RegistryTokenSpec = { kind: 'registry_token', realms: [sink.url], basic: undefined };
    const client = openClient({ credential, tls: withTls({ ca: inline(authority.cert) }) });
    const { code, text } = await readFailure(client.ask(registry.url, alice));
    expect(code).toBe('blocked');
    expect(text).toContain('the upstream sends for a token to a realm without TLS');
    expect(sink.accepted).toBe(0);
  });

  test('and the message says what would allow it', async () => {
    const sink = forThisTest(await startFakeUpstream());
    const registry = await startRegistry(() => ({ realm: `${sink.url}/token?CANARY=1`, describe: () => undefined }));
    const credential: RegistryTokenSpec = { kind: 'registry_token', realms: [allowed], basic: undefined };
    const { text } = await readFailure(openClient({ credential }).ask(registry.url, alice));
    expect(text).toBe(
      `the upstream sends for a token to ${sink.url}, which is not among the realms of the module\n` +
        `registry_token: { realms: ["${sink.url}"] }`,
    );
  });
});

describe('a token server that gives none makes the scrape fail', () => {
  test.each<[string, Answer, string, string]>([
    ['refuses with 403', { status: 403 }, 'unauthorized', 'refused the user and the password (403)'],
    ['redirects', { status: 307, headers: { location: '/CANARY' } }, 'redirect', 'the token server answered 307'],
    ['is down', { status: 503, body: 'CANARY' }, 'status', 'the token server answered 503'],
    ['gives no JSON', { body: '<CANARY>' }, 'decode', 'the token server did not answer with JSON'],
    ['gives a list', { body: '["CANARY"]' }, 'schema', 'the token server answered without a token'],
    ['gives null', { body: 'null' }, 'schema', 'the token server answered without a token'],
    ['gives no token', { body: '{"tokens":"CANARY"}' }, 'schema', 'the token server answered without a token'],
    ['gives a number', { body: '{"token":1}' }, 'schema', 'the token server answered without a token'],
    [
      'gives a token with a line break',
      { body: '{"token":"CANARY\\n"}' },
      'schema',
      'a token that no header can carry',
    ],
    ['gives a token that is too long', { body: `{"token":"${'C'.repeat(16_385)}"}` }, 'schema', 'that no header can'],
    ['says too much', { body: ' '.repeat(1024 * 1024 + 1) }, 'too_large', 'asking for a token: the reply is larger'],
  ])('%s', async (_, answer, expected, words) => {
    const tokens = await startTokenServer();
    tokens.respond(() => answer);
    const registry = await startRegistry(() => tokens);
    const { code, text } = await readFailure(openFor(tokens).ask(registry.url, alice));
    expect(code).toBe(expected);
    expect(text).toContain(words);
    expect(text).not.toContain('CANARY');
    expect(registry.requests).toHaveLength(1);
    expect(tokens.requests).toHaveLength(1);
  });

  test('is not there', async () => {
    const gone = await startFakeUpstream();
    await gone.close();
    const registry = await startRegistry(() => ({ realm: gone.url, describe: () => undefined }));
    const credential: RegistryTokenSpec = { kind: 'registry_token', realms: [gone.url], basic: undefined };
    const { code, text } = await readFailure(openClient({ credential }).ask(registry.url, alice));
    expect(code).toBe('connect');
    expect(text).toContain('asking for a token: the token server cannot be connected to');
  });
});
