import { afterAll, describe, expect, test } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import type { LoginSpec } from '../../src/model/module.js';
import { compileLogin } from '../../src/modules/login.js';
import { type Answer, type FakeUpstream, type SeenRequest, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { makeAuthority } from './authority.js';
import { inline, openClient, readFailure, type TestClient, withTls } from './open-client.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.close());

const where = 'zxp.yml:1: modules.m.login';
const text = (content: string) => ({ text: content, where });

const usual: LoginSpec = {
  kind: 'login',
  where,
  url: '/login',
  method: 'POST',
  headers: [['Content-Type', text('application/json')]],
  body: text('{"user":{{ .username | toJson }},"pass":{{ .password | toJson }}}'),
  username: inline('zxp'),
  password: inline('s3cret'),
  token: { kind: 'path', name: '{.token}', where },
  send: { kind: 'header', name: 'Authorization', prefix: 'Bearer ' },
  ttlMs: undefined,
};

async function openFor(
  more: Partial<LoginSpec> = {},
  options: Parameters<typeof openClient>[1] = {},
): Promise<TestClient> {
  const credential = { ...usual, ...more };
  const problems: unknown[] = [];
  const login = await compileLogin(credential, []);
  expect(problems).toEqual([]);
  return openClient({ credential }, { login, ...options });
}

/** An API whose `/login` gives `t1`, `t2`, ... and whose other pages take the one that it gave last. */
async function startApi(
  give: (token: string, request: SeenRequest) => Answer = (token) => ({ body: JSON.stringify({ token }) }),
): Promise<
  FakeUpstream & { readonly logins: readonly SeenRequest[]; readonly others: readonly SeenRequest[]; expire(): void }
> {
  const logins: SeenRequest[] = [];
  const others: SeenRequest[] = [];
  let isExpired = false;
  const server = await startFakeUpstream((request) => {
    if (request.path.startsWith('/login')) {
      isExpired = false;
      return give(`t${logins.push(request)}`, request);
    }
    others.push(request);
    const shown = ['authorization', 'cookie', 'x-auth-token']
      .flatMap((name) => request.allHeaders.get(name) ?? [])
      .join();
    return !isExpired && shown.includes(`t${logins.length}`) ? { body: '{"n":1}' } : { status: 401 };
  });
  return forThisTest(
    Object.assign(server, {
      logins,
      others,
      expire: () => {
        isExpired = true;
      },
    }),
  );
}

const seen = (requests: readonly SeenRequest[], name: string) =>
  requests.map(({ allHeaders }) => allHeaders.get(name)?.join());

describe('a login', () => {
  test('is a POST of the user and the password, escaped as the template says', async () => {
    const api = await startApi();
    const client = await openFor({ username: inline('"zxp"'), password: { file: folder.write('password', 'a\\b\n') } });
    expect(await client.text(`${api.url}/metrics`)).toBe('{"n":1}');
    const [login] = api.logins;
    expect(login).toMatchObject({ method: 'POST', path: '/login', body: '{"user":"\\"zxp\\"","pass":"a\\\\b"}' });
    expect([...(login?.allHeaders ?? [])].toSorted()).toEqual([
      ['accept', ['application/json']],
      ['connection', ['keep-alive']],
      ['content-length', ['32']],
      ['content-type', ['application/json']],
      ['host', [`127.0.0.1:${api.port}`]],
      ['user-agent', ['zxp/0.0.0-test']],
    ]);
    expect(seen(api.others, 'authorization')).toEqual(['Bearer t1']);
  });

  test('may be a GET with the user in a header, and say what it accepts', async () => {
    const api = await startApi();
    const headers: LoginSpec['headers'] = [
      ['Authorization', text('Basic {{ printf "%s:%s" .username .password | b64enc }}')],
      ['Accept', text('text/json')],
    ];
    const client = await openFor({ method: 'GET', headers, body: undefined, url: '/login?x=1' });
    await client.text(`${api.url}/metrics`);
    expect(api.logins[0]).toMatchObject({ method: 'GET', path: '/login?x=1', body: '' });
    expect(seen(api.logins, 'authorization')).toEqual([`Basic ${Buffer.from('zxp:s3cret').toString('base64')}`]);
    expect(seen(api.logins, 'accept')).toEqual(['text/json']);
  });

  test('gets nothing of the scraper', async () => {
    const api = await startApi();
    const client = await openFor();
    await client.text(`${api.url}/metrics`, {
      headers: [
        ['authorization', 'Basic CANARY'],
        ['x-tenant', 'CANARY'],
      ],
    });
    expect(JSON.stringify(api.logins.map(({ allHeaders }) => [...allHeaders]))).not.toContain('CANARY');
    expect(seen(api.others, 'authorization')).toEqual(['Bearer t1']);
  });

  test('is one for 50 scrapes that wait, and for those that follow', async () => {
    const api = await startApi();
    const client = await openFor();
    await Promise.all(Array.from({ length: 50 }, () => client.text(`${api.url}/metrics`)));
    await client.text(`${api.url}/metrics`);
    expect(api.logins).toHaveLength(1);
    expect(api.others).toHaveLength(51);
  });

  test('is done once more where the target refuses the token, and once for all who wait', async () => {
    const api = await startApi();
    const client = await openFor();
    await client.text(`${api.url}/metrics`);
    api.expire();
    const texts = await Promise.all(Array.from({ length: 10 }, () => client.text(`${api.url}/metrics`)));
    expect(new Set(texts)).toEqual(new Set(['{"n":1}']));
    expect(api.logins).toHaveLength(2);
  });

  test('is not done twice for one scrape, nor for a 403', async () => {
    const api = await startApi(() => ({ body: '{"token":"never good"}' }));
    expect((await (await openFor()).ask(`${api.url}/metrics`)).statusCode).toBe(401);
    expect([api.logins.length, api.others.length]).toEqual([1, 1]);
    const server = forThisTest(
      await startFakeUpstream(({ path }) => (path === '/login' ? { body: '{"token":"t"}' } : { status: 403 })),
    );
    const client = await openFor();
    for (let i = 0; i < 2; i++) expect((await client.ask(`${server.url}/metrics`)).statusCode).toBe(403);
    expect(server.requests.filter(({ path }) => path === '/login')).toHaveLength(1);
  });

  test('is done again when its time is over, shortly before', async () => {
    let nowMs = 0;
    const api = await startApi();
    const client = await openFor({ ttlMs: 60_000 }, { now: () => nowMs });
    await client.text(api.url);
    nowMs = 49_999;
    await client.text(api.url);
    expect(api.logins).toHaveLength(1);
    nowMs = 50_000;
    await client.text(api.url);
    expect(api.logins).toHaveLength(2);
  });

  test('is done again when its password changes', async () => {
    const api = await startApi();
    const client = await openFor({ password: { file: folder.write('changing', 'one') } });
    await client.text(api.url);
    folder.write('changing', 'two');
    await client.text(api.url);
    expect(api.logins.map(({ body }) => JSON.parse(body).pass)).toEqual(['one', 'two']);
  });

  test('is each target’s own where its url is a path', async () => {
    const apis = [await startApi(), await startApi()];
    const client = await openFor();
    for (const { url } of [...apis, ...apis]) await client.text(url);
    expect(apis.map(({ logins }) => logins.length)).toEqual([1, 1]);
  });

  test('is one for all targets where its url is whole', async () => {
    const access = await startApi();
    const targets = [forThisTest(await startFakeUpstream()), forThisTest(await startFakeUpstream())];
    const client = await openFor({ url: new URL(`${access.url}/login`) });
    for (const { url } of targets) await client.text(url);
    expect(access.logins).toHaveLength(1);
    expect(targets.map(({ requests }) => seen(requests, 'authorization'))).toEqual([['Bearer t1'], ['Bearer t1']]);
  });
});

describe('the token of a login', () => {
  test.each<[string, Partial<LoginSpec>, (token: string) => Answer, string, string]>([
    [
      'in JSON, by a query',
      { token: { kind: 'path', name: '$.data[0].id', where } },
      (token) => ({ body: JSON.stringify({ data: [{ id: token }] }) }),
      'authorization',
      'Bearer t1',
    ],
    [
      'as a bare text of JSON',
      { token: { kind: 'path', name: '$', where }, send: { kind: 'header', name: 'X-Auth-Token', prefix: '' } },
      (token) => ({ body: JSON.stringify(token), status: 201 }),
      'x-auth-token',
      't1',
    ],
    [
      'in a header',
      {
        token: { kind: 'header', name: 'X-Subject-Token', where },
        send: { kind: 'header', name: 'X-Auth-Token', prefix: 'Token ' },
      },
      (token) => ({ headers: { 'x-subject-token': token }, status: 204, body: '' }),
      'x-auth-token',
      'Token t1',
    ],
    [
      'in a cookie, beside others and their attributes',
      { token: { kind: 'cookie', name: 'sid', where }, send: { kind: 'cookie', name: 'sid', prefix: '' } },
      (token) => ({
        headers: { 'set-cookie': ['sid=; Max-Age=0', 'lang=en', `sid=${token}; Path=/; HttpOnly`, 'xsid=no'] },
      }),
      'cookie',
      'sid=t1',
    ],
    [
      'in a cookie of a form that redirects',
      { token: { kind: 'cookie', name: 'sid', where }, send: { kind: 'cookie', name: 'session', prefix: '' } },
      (token) => ({ status: 302, headers: { location: 'http://elsewhere.example/', 'set-cookie': `sid=${token}` } }),
      'cookie',
      'session=t1',
    ],
  ])('%s', async (_, more, give, header, expected) => {
    const api = await startApi(give);
    expect(await (await openFor(more)).text(`${api.url}/metrics`)).toBe('{"n":1}');
    expect(seen(api.others, header)).toEqual([expected]);
  });

  test('as a cookie stands beside the others that the scraper sends, in place of one of its name', async () => {
    const api = await startApi();
    const client = await openFor({ send: { kind: 'cookie', name: 'sid', prefix: '' } });
    await client.text(`${api.url}/metrics`, {
      headers: [
        ['cookie', 'a=b; sid=theirs;c=d'],
        ['Cookie', 'e=f'],
      ],
    });
    expect(seen(api.others, 'cookie')).toEqual(['a=b; c=d; e=f; sid=t1']);
  });
});

describe('a login that gives no token makes the scrape fail', () => {
  test.each<[string, Partial<LoginSpec>, Answer, string, string]>([
    ['refuses with 401', {}, { status: 401, body: 'CANARY' }, 'unauthorized', 'the login was refused (401)'],
    ['refuses with 403', {}, { status: 403 }, 'unauthorized', 'the login was refused (403)'],
    ['refuses with 400', {}, { status: 400, body: 'CANARY' }, 'unauthorized', 'the login was refused (400)'],
    ['is down', {}, { status: 502 }, 'status', 'the login answered 502'],
    ['redirects', {}, { status: 302, headers: { location: '/CANARY' } }, 'redirect', 'the login answered 302'],
    ['gives HTML', {}, { body: '<p>CANARY' }, 'decode', 'logging in: the response is not JSON: it looks like HTML'],
    ['gives another shape', {}, { body: '{"CANARY":1}' }, 'schema', 'the login answered without the path {.token}'],
    ['gives an empty text', {}, { body: '{"token":""}' }, 'schema', 'the login answered without the path {.token}'],
    ['gives a line break', {}, { body: '{"token":"CANARY\\n"}' }, 'schema', 'a token that no header can carry'],
    [
      'gives what no cookie can have',
      { send: { kind: 'cookie', name: 'sid', prefix: '' } },
      { body: '{"token":"CANARY;a"}' },
      'schema',
      'a token that no cookie can carry',
    ],
    ['has no header', { token: { kind: 'header', name: 'X-T', where } }, {}, 'schema', 'without the header X-T'],
    [
      'has no cookie',
      { token: { kind: 'cookie', name: 'c', where } },
      { headers: { 'set-cookie': 'C=1' } },
      'schema',
      'the cookie c',
    ],
    ['nests too deep', {}, { body: '['.repeat(100) }, 'limit', 'logging in: the document nests deeper than 64'],
    ['says too much', {}, { body: ' '.repeat(1024 * 1024 + 1) }, 'too_large', 'logging in: the reply is larger'],
  ])('%s', async (_, more, answer, code, words) => {
    const api = await startApi(() => answer);
    const failure = await readFailure((await openFor(more)).ask(`${api.url}/metrics`));
    expect(failure.code).toBe(code);
    expect(failure.text).toContain(words);
    expect(failure.text).not.toMatch(/CANARY|s3cret/);
    expect(api.others).toEqual([]);
  });

  test('is not there', async () => {
    const gone = await startFakeUpstream();
    await gone.close();
    const target = forThisTest(await startFakeUpstream());
    const client = await openFor({ url: new URL(`${gone.url}/login`) });
    const { code, text: said } = await readFailure(client.ask(target.url));
    expect(code).toBe('connect');
    expect(said).toContain('logging in: the login cannot be connected to');
    expect(target.accepted).toBe(0);
  });

  test.each([
    [
      'a password with a line break in a header',
      'CANARY\nX-Evil: 1',
      'the header X-Password of login has a line break',
    ],
    ['a template that takes no such password', 'CANARY', 'the template zxp.yml:1: modules.m.login does not take this'],
  ])('has %s', async (_, password, words) => {
    const api = await startApi();
    const template = '{{ if eq .password "CANARY" }}{{ fail .password }}{{ end }}{{ .password }}';
    const client = await openFor({ headers: [['X-Password', text(template)]], password: inline(password) });
    const failure = await readFailure(client.ask(api.url));
    expect(failure.code).toBe('config');
    expect(failure.text.split('\n')[0]).toContain(words);
    expect(api.accepted).toBe(0);
  });

  test('is left when nobody waits any more', async () => {
    const server = forThisTest(await startFakeUpstream(() => undefined));
    const reason = new ZxpError('timeout', 'too late');
    const controller = new AbortController();
    const asked = (await openFor()).ask(server.url, { signal: controller.signal });
    const failed = expect(asked).rejects.toMatchObject({ code: 'timeout' });
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(reason);
    await failed;
    await expect.poll(() => server.open).toBe(0);
  });
});

test('over TLS, a login on the target has the target’s server_name, and one beside it its own name', async () => {
  const authority = forThisTest(makeAuthority());
  const give: Answer = { body: '{"token":"t1"}' };
  const target = forThisTest(await startFakeUpstream(() => give, authority.issue('target', 'DNS:stock.internal')));
  const beside = forThisTest(await startFakeUpstream(() => give, authority.issue('beside')));
  const credential = { ...usual, url: new URL(`${beside.url}/login`) };
  const tls = withTls({ ca: inline(authority.cert), serverName: 'stock.internal' });
  const login = await compileLogin(usual, []);
  await openClient({ tls, credential: usual }, { login }).ask(`${target.url}/a`);
  await openClient({ tls, credential }, { login }).ask(`${target.url}/b`);
  expect(target.requests.map((request) => [request.path, request.tls?.sni])).toEqual([
    ['/login', 'stock.internal'],
    ['/a', 'stock.internal'],
    ['/b', 'stock.internal'],
  ]);
  expect(beside.requests.map(({ path }) => path)).toEqual(['/login']);
});
