import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noTls } from '../../src/config/modules/tls.js';
import { ZxpError } from '../../src/model/errors.js';
import type { CredentialSpec } from '../../src/model/module.js';
import { eventually } from '../support/eventually.js';
import {
  type Answer,
  type FakeUpstream,
  JSON_BODY,
  type Respond,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { type Authority, makeAuthority } from './authority.js';
import { inline, openClient, readFailure, withTls } from './open-client.js';

type Oauth2 = Extract<CredentialSpec, { kind: 'oauth2' }>;

const start = async (respond?: Respond): Promise<FakeUpstream> => forThisTest(await startFakeUpstream(respond));
const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
const token = (text = 'tok', more = {}): Answer => json({ access_token: text, token_type: 'Bearer', ...more });

const describeClient = (endpoint: FakeUpstream, more: Partial<Oauth2> = {}): Oauth2 => ({
  kind: 'oauth2',
  clientId: 'me',
  clientSecret: inline('s3cret'),
  tokenUrl: new URL(`${endpoint.url}/token`),
  scopes: [],
  endpointParams: [],
  assertion: undefined,
  tls: noTls,
  proxy: undefined,
  ...more,
});

const authorizations = (server: FakeUpstream) =>
  server.requests.map(({ allHeaders }) => allHeaders.get('authorization')?.join());

describe('a token', () => {
  test('is asked for with the client in a Basic header, and shown to the target', async () => {
    const endpoint = await start(() => token());
    const server = await start();
    const credential = describeClient(endpoint, { scopes: ['read', 'write'], endpointParams: [['audience', 'api']] });
    expect(await openClient({ credential }).text(server.url)).toBe(JSON_BODY);
    const [asked] = endpoint.requests;
    expect(asked).toMatchObject({ method: 'POST', path: '/token' });
    expect(asked?.body).toBe('audience=api&grant_type=client_credentials&scope=read+write');
    expect([...(asked?.allHeaders ?? [])].toSorted()).toEqual([
      ['authorization', ['Basic bWU6czNjcmV0']],
      ['connection', ['keep-alive']],
      ['content-length', ['59']],
      ['content-type', ['application/x-www-form-urlencoded']],
      ['host', [`127.0.0.1:${endpoint.port}`]],
      ['user-agent', ['zxp/0.0.0-test']],
    ]);
    expect(authorizations(server)).toEqual(['Bearer tok']);
  });

  test('is asked for with the client in the form where a header is refused, from then on at once', async () => {
    const endpoint = await start((request) =>
      request.allHeaders.has('authorization')
        ? json({ error: 'invalid_client' }, 401)
        : token('t', { expires_in: 0.001 }),
    );
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) }, { now: tick() });
    await client.ask(server.url);
    await client.ask(server.url);
    expect(endpoint.requests.map(({ body }) => body)).toEqual([
      'grant_type=client_credentials',
      'client_id=me&client_secret=s3cret&grant_type=client_credentials',
      'client_id=me&client_secret=s3cret&grant_type=client_credentials',
    ]);
    expect(authorizations(endpoint)).toEqual(['Basic bWU6czNjcmV0', undefined, undefined]);
    expect(authorizations(server)).toEqual(['Bearer t', 'Bearer t']);
  });

  test('is asked for in the header alone once that has worked', async () => {
    const endpoint = await start((_, count) => (count === 1 ? token('t', { expires_in: 1 }) : json({}, 403)));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) }, { now: tick() });
    await client.ask(server.url);
    await expect(client.ask(server.url)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(authorizations(endpoint)).toEqual(['Basic bWU6czNjcmV0', 'Basic bWU6czNjcmV0']);
  });

  test.each([
    ['a secret of none', { clientSecret: undefined }, ['Basic bWU6', 'client_id=me&grant_type=client_credentials']],
    [
      'characters that a form encodes',
      { clientId: 'a:b', clientSecret: inline('ü &') },
      [
        `Basic ${Buffer.from('a%3Ab:%C3%BC+%26').toString('base64')}`,
        'client_id=a%3Ab&client_secret=%C3%BC+%26&grant_type=client_credentials',
      ],
    ],
    [
      'a grant of its own',
      { endpointParams: [['grant_type', 'x']] as const },
      ['Basic bWU6czNjcmV0', 'client_id=me&client_secret=s3cret&grant_type=x'],
    ],
  ])('is asked for with %s', async (_, more, [header, form]) => {
    const endpoint = await start((request) => (request.allHeaders.has('authorization') ? json({}, 400) : token()));
    const server = await start();
    await openClient({ credential: describeClient(endpoint, more) }).ask(server.url);
    expect(authorizations(endpoint)).toEqual([header, undefined]);
    expect(endpoint.requests[1]?.body).toBe(form);
  });

  test.each([
    ['no type', json({ access_token: 'a' }), 'Bearer a'],
    ['a type in other letters', json({ access_token: 'a', token_type: 'bearer' }), 'Bearer a'],
    ['another type', json({ access_token: 'a', token_type: 'DPoP' }), 'DPoP a'],
    ['a status of 201', json({ access_token: 'a' }, 201), 'Bearer a'],
    [
      'a form',
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: 'access_token=a%2Bb&expires_in=9',
      },
      'Bearer a+b',
    ],
    ['a form as text', { headers: { 'content-type': 'text/plain' }, body: 'access_token=a' }, 'Bearer a'],
    ['JSON as text', { headers: { 'content-type': 'text/plain' }, body: '{"access_token":"a"}' }, 'Bearer a'],
    ['JSON without a type', { body: '{"access_token":"a"}' }, 'Bearer a'],
  ])('is read from a reply with %s', async (_, answer, expected) => {
    const endpoint = await start(() => answer);
    const server = await start();
    await openClient({ credential: describeClient(endpoint) }).ask(server.url);
    expect(authorizations(server)).toEqual([expected]);
  });

  test('is not asked for where the request has its own Authorization', async () => {
    const endpoint = await start(() => token());
    const server = await start();
    await openClient({ credential: describeClient(endpoint) }).ask(server.url, { headers: [['authorization', 'x']] });
    expect(authorizations(server)).toEqual(['x']);
    expect(endpoint.accepted).toBe(0);
  });
});

/** A clock that is always a second on. */
function tick(): () => number {
  let ms = 0;
  return () => {
    ms += 1000;
    return ms;
  };
}

describe('a token that is kept', () => {
  /** Milliseconds after the fetch for which a token of this lifetime is used. */
  test.each([
    ['3600 s', { expires_in: 3600 }, 3_590_000],
    ['3600 s as text', { expires_in: '3600' }, 3_590_000],
    ['20 s', { expires_in: 20 }, 10_000],
    ['4 s', { expires_in: 4 }, 2000],
  ])('lives shortly less than it says: %s', async (_, more, usefulMs) => {
    let nowMs = 5000;
    const endpoint = await start((__, count) => token(`t${count}`, more));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) }, { now: () => nowMs });
    await client.ask(server.url);
    nowMs = 5000 + usefulMs - 1;
    await client.ask(server.url);
    expect(endpoint.requests).toHaveLength(1);
    nowMs = 5000 + usefulMs;
    await client.ask(server.url);
    expect(authorizations(server)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
  });

  test.each([
    ['nothing', {}],
    ['null', { expires_in: null }],
    ['0', { expires_in: 0 }],
    ['less than nothing', { expires_in: -5 }],
    ['words', { expires_in: 'soon' }],
    ['an object', { expires_in: { valueOf: 1, toString: 1 } }],
  ])('lives until it is refused where its lifetime says %s', async (_, more) => {
    let nowMs = 0;
    const endpoint = await start(() => token('t', more));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) }, { now: () => nowMs });
    await client.ask(server.url);
    nowMs = 1e12;
    await client.ask(server.url);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('is fetched once for many who wait for it', async () => {
    const held: (() => void)[] = [];
    const endpoint = await start(() => new Promise((resolve) => held.push(() => resolve(token()))));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    const asked = Array.from({ length: 20 }, () => client.ask(server.url));
    await eventually('the endpoint is asked', () => held.length > 0);
    held[0]?.();
    await Promise.all(asked);
    expect(endpoint.requests).toHaveLength(1);
    expect(new Set(authorizations(server))).toEqual(new Set(['Bearer tok']));
    expect(server.requests).toHaveLength(20);
  });

  test('is forgotten when the secret of its client changes', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('secret', 'one\n');
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint, { clientSecret: { file } }) });
    await client.ask(server.url);
    await client.ask(server.url);
    folder.write('secret', 'two\n');
    await client.ask(server.url);
    expect(authorizations(server)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
    expect(authorizations(endpoint)).toEqual(
      ['me:one', 'me:two'].map((pair) => `Basic ${Buffer.from(pair).toString('base64')}`),
    );
  });

  test('is not shared between clients', async () => {
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start();
    await openClient({ credential: describeClient(endpoint) }).ask(server.url);
    await openClient({ credential: describeClient(endpoint) }).ask(server.url);
    expect(authorizations(server)).toEqual(['Bearer t1', 'Bearer t2']);
  });
});

describe('a token that the target refuses', () => {
  const refuseFirst: Respond = ({ allHeaders }) =>
    allHeaders.get('authorization')?.[0] === 'Bearer t1' ? { status: 401 } : {};

  test('is replaced once', async () => {
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    await client.ask(server.url);
    server.respond(refuseFirst);
    expect(await client.text(server.url, { method: 'POST', body: 'q' })).toBe(JSON_BODY);
    expect(await client.text(server.url)).toBe(JSON_BODY);
    expect(authorizations(server)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2', 'Bearer t2']);
    expect(server.requests[2]).toMatchObject({ method: 'POST', body: 'q' });
    expect(endpoint.requests).toHaveLength(2);
  });

  test('is not replaced twice', async () => {
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    await client.ask(server.url);
    server.respond(() => ({ status: 401 }));
    expect((await client.ask(server.url)).statusCode).toBe(401);
    expect(endpoint.requests).toHaveLength(2);
    expect(server.requests).toHaveLength(3);
  });

  test('is not replaced where it was fetched for this very request', async () => {
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start(() => ({ status: 401 }));
    expect((await openClient({ credential: describeClient(endpoint) }).ask(server.url)).statusCode).toBe(401);
    expect(endpoint.requests).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  test('is replaced once for many who are refused at a time', async () => {
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    await client.ask(server.url);
    server.respond(refuseFirst);
    const replies = await Promise.all(Array.from({ length: 10 }, () => client.ask(server.url)));
    expect(replies.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200));
    expect(endpoint.requests).toHaveLength(2);
  });

  test('stays where a 401 is a status that is wanted, and where the answer is 403', async () => {
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    await client.ask(server.url);
    server.respond(() => ({ status: 401 }));
    expect(await client.text(server.url, { validStatusCodes: [401] })).toBe(JSON_BODY);
    server.respond(() => ({ status: 403 }));
    expect((await client.ask(server.url)).statusCode).toBe(403);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('is replaced where a redirect leads to the refusal', async () => {
    const endpoint = await start((_, count) => token(`t${count}`));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint), followRedirects: true });
    await client.ask(`${server.url}/a`);
    server.respond((request, count) =>
      request.path === '/a' ? { status: 302, headers: { location: '/b' } } : refuseFirst(request, count),
    );
    expect(await client.text(`${server.url}/a`)).toBe(JSON_BODY);
    expect(server.requests.slice(1).map(({ path }) => path)).toEqual(['/a', '/b', '/a', '/b']);
  });
});

describe('a token endpoint that gives no token', () => {
  const echo = 'CANARY';
  test.each<[string, Answer, string, string]>([
    ['403 with a known error', json({ error: 'invalid_client' }, 403), 'unauthorized', '(403, invalid_client)'],
    [
      '400 with an error of its own',
      json({ error: echo, error_description: echo }, 400),
      'unauthorized',
      '(400, an error of its own)',
    ],
    ['401 and no JSON', { status: 401, body: echo }, 'unauthorized', '(401)'],
    ['200 with an error', json({ error: 'invalid_scope', access_token: 'x' }), 'unauthorized', '(200, invalid_scope)'],
    ['500', { status: 500, body: echo }, 'status', 'answered 500'],
    ['404', { status: 404, body: echo }, 'status', 'answered 404'],
    [
      '200 and HTML',
      { headers: { 'content-type': 'text/html' }, body: `<p>${echo}` },
      'decode',
      'neither JSON nor a form',
    ],
    ['200 and nothing', { body: '' }, 'decode', 'neither JSON nor a form'],
    ['200 and null', { body: 'null' }, 'decode', 'neither JSON nor a form'],
    ['200 and a list', { body: '[]' }, 'schema', 'without an access_token'],
    ['no access_token', json({ token: echo }), 'schema', 'without an access_token'],
    ['a token that is empty', json({ access_token: '' }), 'schema', 'without an access_token'],
    ['a token that is no text', json({ access_token: { a: echo } }), 'schema', 'without an access_token'],
    ['a token with a line break', json({ access_token: `${echo}\r\nX: y` }), 'schema', 'no header can carry'],
    ['a token with a blank', json({ access_token: `${echo} b` }), 'schema', 'no header can carry'],
    ['a type with a line break', json({ access_token: 'a', token_type: `${echo}\n` }), 'schema', 'no header can carry'],
    ['a type that is no text', json({ access_token: 'a', token_type: 7 }), 'schema', 'no header can carry'],
    ['1 MiB and more', { body: `{"a":"${'x'.repeat(1024 * 1024)}"}` }, 'too_large', 'asking for a token'],
    [
      'a form in gzip that is none',
      { headers: { 'content-encoding': 'gzip' }, body: echo },
      'encoding',
      'asking for a token',
    ],
  ])('fails the scrape without a request to the target: %s', async (_, answer, code, words) => {
    const endpoint = await start(() => answer);
    const server = await start();
    const credential = describeClient(endpoint, { clientSecret: inline(echo) });
    const thrown = await openClient({ credential })
      .ask(server.url)
      .catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ code, statusCode: undefined });
    const { text } = await readFailure(Promise.reject(thrown));
    expect(text).toContain(words);
    expect(text).toContain('token');
    expect(text).not.toContain(echo);
    expect(text).not.toContain('limits.body_size');
    expect(server.accepted).toBe(0);
  });

  test('by a redirect fails, and nobody sees the secret there', async () => {
    const sink = await start();
    const endpoint = await start(() => ({ status: 307, headers: { location: `${sink.url}/token` } }));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint), followRedirects: true });
    await expect(client.ask(server.url)).rejects.toMatchObject({ code: 'redirect', statusCode: undefined });
    expect(endpoint.requests).toHaveLength(1);
    expect(sink.accepted + server.accepted).toBe(0);
  });

  test('because nobody listens fails for connect, and says that it was about a token', async () => {
    const endpoint = await start();
    await endpoint.close();
    const server = await start();
    const { code, text } = await readFailure(openClient({ credential: describeClient(endpoint) }).ask(server.url));
    expect(code).toBe('connect');
    expect(text).toContain('asking for a token: the token endpoint cannot be connected to (ECONNREFUSED)');
    expect(server.accepted).toBe(0);
  });

  test('is asked again by the next scrape', async () => {
    const endpoint = await start((_, count) => (count <= 2 ? json({}, 500) : token()));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    await expect(client.ask(server.url)).rejects.toMatchObject({ code: 'status' });
    expect(await client.text(server.url)).toBe(JSON_BODY);
  });

  test('because the file of the secret is not there fails without a request', async () => {
    const endpoint = await start(() => token());
    const credential = describeClient(endpoint, { clientSecret: { file: '/nowhere/secret' } });
    const { code, text } = await readFailure(openClient({ credential }).ask((await start()).url));
    expect(code).toBe('config');
    expect(text).toContain('/nowhere/secret');
    expect(endpoint.accepted).toBe(0);
  });
});

describe('scrapes that wait for a token', () => {
  const gone = new ZxpError('cancelled', 'gone');

  test('leave alone: the others get theirs', async () => {
    const held: (() => void)[] = [];
    const endpoint = await start(() => new Promise((resolve) => held.push(() => resolve(token()))));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    const controller = new AbortController();
    const leaving = client.ask(server.url, { signal: controller.signal });
    const staying = client.ask(server.url);
    await eventually('the endpoint is asked', () => held.length === 1);
    controller.abort(gone);
    await expect(leaving).rejects.toBe(gone);
    held[0]?.();
    expect((await staying).statusCode).toBe(200);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('end the request to the endpoint when the last one leaves, and the next scrape asks again', async () => {
    const endpoint = await start((_, count) => (count === 1 ? undefined : token()));
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    const controller = new AbortController();
    const leaving = [1, 2].map(() => client.ask(server.url, { signal: controller.signal }));
    await eventually('the endpoint is asked', () => endpoint.requests.length === 1);
    controller.abort(gone);
    for (const asked of leaving) await expect(asked).rejects.toBe(gone);
    await eventually('the connection to the endpoint is gone', () => endpoint.open === 0);
    expect(await client.text(server.url)).toBe(JSON_BODY);
  });

  test('close with the client', async () => {
    const endpoint = await start(() => token());
    const server = await start();
    const client = openClient({ credential: describeClient(endpoint) });
    await client.ask(server.url);
    await client.close();
    await eventually('every connection is gone', () => endpoint.open === 0 && server.open === 0);
  });
});

describe('the tls_config of the token endpoint', () => {
  let authority: Authority;
  let other: Authority;
  beforeAll(() => {
    authority = makeAuthority();
    other = makeAuthority('other');
  });
  afterAll(() => {
    authority.close();
    other.close();
  });

  test("is its own: not the target's", async () => {
    const endpoint = forThisTest(await startFakeUpstream(() => token(), authority.issue('tokens')));
    const server = forThisTest(await startFakeUpstream(undefined, other.issue('target')));
    const tls = withTls({ ca: inline(other.cert) });
    const good = describeClient(endpoint, { tls: withTls({ ca: inline(authority.cert) }) });
    expect(await openClient({ credential: good, tls }).text(server.url)).toBe(JSON_BODY);
    const bad = openClient({ credential: describeClient(endpoint), tls });
    const { code, text } = await readFailure(bad.ask(server.url));
    expect(code).toBe('tls');
    expect(text).toContain('the TLS handshake with the token endpoint failed');
  });
});
