import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZxpError } from '../../../src/model/errors.js';
import {
  type Answer,
  type FakeUpstream,
  JSON_BODY,
  type Respond,
  startFakeUpstream,
} from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { reply, startHostileUpstream } from '../../support/hostile-upstream.js';
import { type Authority, makeAuthority } from '../authority.js';
import { inline, openClient, readFailure, withTls } from '../open-client.js';

const start = async (respond?: Respond): Promise<FakeUpstream> => forThisTest(await startFakeUpstream(respond));
const to = (location: string, status = 302): Answer => ({ status, headers: { location }, body: 'moved' });
const lines = (server: FakeUpstream) => server.requests.map(({ method, path }) => `${method} ${path}`);

/** Redirects `/` as the answer says, and answers for everything else. */
const once = (answer: (server: FakeUpstream) => Answer) => async () => {
  const server = await start();
  server.respond((request) => (request.path === '/' ? answer(server) : {}));
  return server;
};

describe('redirects on the same origin', () => {
  test.each([301, 302, 303, 307, 308])('are followed: %i', async (status) => {
    const server = await once(() => to('/moved?a=b#c', status))();
    expect(await openClient({ followRedirects: true }).text(server.url)).toBe(JSON_BODY);
    expect(lines(server)).toEqual(['GET /', 'GET /moved?a=b']);
  });

  test.each([
    ['a path', () => '/moved'],
    ['a relative path', () => 'moved'],
    ['a whole URL', ({ url }: FakeUpstream) => `${url}/moved`],
    ['a URL without a scheme', ({ port }: FakeUpstream) => `//127.0.0.1:${port}/moved`],
    ['the same host in another spelling', ({ port }: FakeUpstream) => `http://0x7f.1:${port}/moved`],
    ['the scheme in capitals', ({ port }: FakeUpstream) => `HTTP://127.0.0.1:${port}/moved`],
  ])('are followed to %s', async (_, location) => {
    const server = await once((self) => to(location(self)))();
    await openClient({ followRedirects: true }).ask(server.url);
    expect(lines(server)).toEqual(['GET /', 'GET /moved']);
  });

  test('beyond ASCII are taken for UTF-8', async () => {
    const server = await once(() => to(Buffer.from('/grün').toString('latin1')))();
    await openClient({ followRedirects: true }).ask(server.url);
    expect(lines(server)).toEqual(['GET /', 'GET /gr%C3%BCn']);
  });

  test('are not followed unless that is asked for', async () => {
    const server = await once(() => to('/moved'))();
    expect(await openClient().ask(server.url)).toMatchObject({ statusCode: 302, body: new Uint8Array() });
    expect(lines(server)).toEqual(['GET /']);
  });

  test('take headers and credentials along', async () => {
    const server = await once(() => to('/moved'))();
    const client = openClient({
      followRedirects: true,
      credential: { kind: 'basic', username: inline('u'), password: inline('p') },
      headers: [['X-Configured', inline('c')]],
    });
    await client.ask(server.url, { headers: [['X-Api-Key', 'k']] });
    for (const { allHeaders } of server.requests) {
      expect(allHeaders.get('authorization')).toEqual(['Basic dTpw']);
      expect(allHeaders.get('x-api-key')).toEqual(['k']);
      expect(allHeaders.get('x-configured')).toEqual(['c']);
    }
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'q=1'],
    [308, 'POST', 'q=1'],
  ])('of a POST by %i ask with %s and the body %j', async (status, method, body) => {
    const server = await once(() => to('/moved', status))();
    const headers = [
      ['Content-Type', 'text/x'],
      ['X-Key', 'k'],
    ] as const;
    await openClient({ followRedirects: true }).ask(server.url, { method: 'POST', body: 'q=1', headers });
    const [, second] = server.requests;
    expect(second).toMatchObject({ method, body });
    expect(second?.allHeaders.get('content-type')).toEqual(method === 'POST' ? ['text/x'] : undefined);
    expect(second?.allHeaders.get('x-key')).toEqual(['k']);
  });

  test('of a POST that became a GET stay one on 307', async () => {
    const server = await start((request) => {
      if (request.path === '/') return to('/a', 302);
      return request.path === '/a' ? to('/b', 307) : {};
    });
    await openClient({ followRedirects: true }).ask(server.url, { method: 'POST', body: 'q=1' });
    expect(lines(server)).toEqual(['POST /', 'GET /a', 'GET /b']);
  });

  test('are followed nine times: ten requests', async () => {
    const server = await start((_, count) => (count < 10 ? to(`/${count}`) : {}));
    expect(await openClient({ followRedirects: true }).text(server.url)).toBe(JSON_BODY);
    expect(server.requests).toHaveLength(10);
  });

  test('without end fail after ten requests', async () => {
    const server = await start(() => to('/'));
    const asked = openClient({ followRedirects: true }).ask(server.url);
    await expect(asked).rejects.toMatchObject({ code: 'redirect', statusCode: 302 });
    expect(server.requests).toHaveLength(10);
  });

  test.each([
    ['no Location', {}],
    ['an empty Location', { location: '' }],
  ])('with %s are answers like any other', async (_, headers) => {
    const server = await start(() => ({ status: 302, headers }));
    const client = openClient({ followRedirects: true });
    expect(await client.ask(server.url)).toMatchObject({ statusCode: 302, body: new Uint8Array() });
    expect(await client.text(server.url, { validStatusCodes: [302] })).toBe(JSON_BODY);
  });

  test.each([300, 304, 305])('are none that are followed: %i', async (status) => {
    const server = await once(() => to('/moved', status))();
    expect((await openClient({ followRedirects: true }).ask(server.url)).statusCode).toBe(status);
    expect(lines(server)).toEqual(['GET /']);
  });

  test('are followed although their status is listed, and the last one is judged', async () => {
    const server = await once(() => to('/moved'))();
    const reply = await openClient({ followRedirects: true }).ask(server.url, { validStatusCodes: [302] });
    expect(reply).toMatchObject({ statusCode: 200, body: new Uint8Array() });
    expect(lines(server)).toEqual(['GET /', 'GET /moved']);
  });
});

describe('redirects to another origin', () => {
  let authority: Authority;
  beforeAll(() => {
    authority = makeAuthority();
  });
  afterAll(() => authority.close());

  const elsewhere: readonly (readonly [name: string, location: (sink: FakeUpstream) => string])[] = [
    ['another port', (sink) => `http://127.0.0.1:${sink.port}/`],
    ['another host', (sink) => `http://localhost:${sink.port}/`],
    ['another host without a scheme', (sink) => `//localhost:${sink.port}/`],
    ['another address of this machine', (sink) => `http://127.0.0.2:${sink.port}/`],
    ['IPv6', (sink) => `http://[::1]:${sink.port}/`],
    ['https', (sink) => `https://127.0.0.1:${sink.port}/`],
    ['a backslash', (sink) => `\\\\127.0.0.1:${sink.port}/`],
    ['a user', (sink) => `http://u:p@127.0.0.1:${sink.port}/`],
    ['a host behind a user', (sink) => `http://127.0.0.1@localhost:${sink.port}/`],
  ];

  test.each(elsewhere)('fail, and nobody there sees a packet: %s', async (_, location) => {
    const sink = await start();
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await start(() => to(location(sink), status));
      const client = openClient({
        followRedirects: true,
        credential: { kind: 'authorization', scheme: 'Bearer', credentials: inline('CANARY') },
      });
      const { code, text } = await readFailure(client.ask(server.url, { headers: [['X-Key', 'CANARY']] }));
      expect(code).toBe('redirect');
      expect(text).not.toContain('CANARY');
      expect(server.requests).toHaveLength(1);
    }
    expect(sink.accepted).toBe(0);
  });

  test.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:,x',
    'http://',
    'http://[',
    'ftp://127.0.0.1/',
    'unix:/x',
  ])('fail: %s', async (location) => {
    const server = await start(() => to(location));
    await expect(openClient({ followRedirects: true }).ask(server.url)).rejects.toMatchObject({ code: 'redirect' });
    expect(server.requests).toHaveLength(1);
  });

  test('fail with a user on the same origin', async () => {
    const server = await once(({ port }) => to(`http://user:pass@127.0.0.1:${port}/moved`))();
    const { code, text } = await readFailure(openClient({ followRedirects: true }).ask(server.url));
    expect(code).toBe('redirect');
    expect(text).not.toContain('pass');
    expect(lines(server)).toEqual(['GET /']);
  });

  test('fail after one on the same origin', async () => {
    const sink = await start();
    const server = await start((request) => to(request.path === '/' ? '/b' : `${sink.url}/`));
    await expect(openClient({ followRedirects: true }).ask(server.url)).rejects.toMatchObject({ code: 'redirect' });
    expect(server.requests).toHaveLength(2);
    expect(sink.accepted).toBe(0);
  });

  test('fail from https to http, on the same port too', async () => {
    const sink = await start();
    const tls = withTls({ ca: inline(authority.cert) });
    for (const location of [
      () => `http://127.0.0.1:${sink.port}/`,
      (server: FakeUpstream) => `http://127.0.0.1:${server.port}/`,
    ]) {
      const server = forThisTest(await startFakeUpstream(undefined, authority.issue('server')));
      server.respond(() => to(location(server)));
      await expect(openClient({ followRedirects: true, tls }).ask(server.url)).rejects.toMatchObject({
        code: 'redirect',
      });
      expect(server.requests).toHaveLength(1);
      expect(server.accepted).toBe(1);
    }
    expect(sink.accepted).toBe(0);
  });

  test('are followed on the same https origin', async () => {
    const server = forThisTest(
      await startFakeUpstream((_, count) => (count === 1 ? to('/b') : {}), authority.issue('server')),
    );
    const client = openClient({ followRedirects: true, tls: withTls({ ca: inline(authority.cert) }) });
    expect(await client.text(server.url)).toBe(JSON_BODY);
  });
});

describe('a chain of redirects', () => {
  test('has one deadline', async () => {
    const controller = new AbortController();
    const late = new ZxpError('timeout', 'too late');
    const server = await start((_, count) => {
      if (count < 3) return to('/');
      controller.abort(late);
      return undefined;
    });
    const asked = openClient({ followRedirects: true }).ask(server.url, { signal: controller.signal });
    await expect(asked).rejects.toBe(late);
    expect(server.requests).toHaveLength(3);
  });

  test('costs no more than the last body: those of the redirects are not read', async () => {
    const server = await start((_, count) =>
      count < 4 ? { ...to('/'), body: 'x'.repeat(90) } : { body: 'x'.repeat(100) },
    );
    const client = openClient({ followRedirects: true }, { maxConnections: 1 });
    expect(await client.text(server.url, { maxBodyBytes: 100 })).toHaveLength(100);
    server.respond((_, count) => (count < 7 ? to('/') : { body: 'x'.repeat(101) }));
    await expect(client.ask(server.url, { maxBodyBytes: 100 })).rejects.toMatchObject({ code: 'too_large' });
  });

  test('does not read the body of a redirect whose status is listed', async () => {
    const server = await start((_, count) => (count === 1 ? { ...to('/b'), body: 'x'.repeat(101) } : {}));
    const request = { validStatusCodes: [200, 302], maxBodyBytes: 100 };
    expect(await openClient({ followRedirects: true }).text(server.url, request)).toBe(JSON_BODY);
  });

  test('does not wait for the body of a redirect', async () => {
    const server = forThisTest(await startHostileUpstream());
    server.behave({
      answer: (socket, head) => {
        if (!head.startsWith('GET / ')) socket.write(reply('{}'));
        else socket.write('HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 1000000\r\n\r\n{');
      },
    });
    expect(await openClient({ followRedirects: true }).text(`${server.url}/`)).toBe('{}');
  });
});
