import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { joinBytes } from '../../src/model/bytes.js';
import { type FakeUpstream, JSON_BODY, type Respond, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { inline, openClient, readFailure } from './open-client.js';

const start = async (respond?: Respond): Promise<FakeUpstream> => forThisTest(await startFakeUpstream(respond));

describe('the request', () => {
  test('is a GET with the headers of the client', async () => {
    const server = await start();
    expect(await openClient().text(`${server.url}/a?b=c%20d#e`)).toBe(JSON_BODY);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'GET', path: '/a?b=c%20d', body: '' });
    expect([...(request?.allHeaders ?? [])].toSorted()).toEqual([
      ['accept', ['application/json']],
      ['accept-encoding', ['gzip, deflate, br']],
      ['connection', ['keep-alive']],
      ['host', [`127.0.0.1:${server.port}`]],
      ['user-agent', ['zxp/0.0.0-test']],
    ]);
  });

  test('is a POST with a body and no Content-Type', async () => {
    const server = await start();
    await openClient().ask(server.url, { method: 'POST', body: '{"ü": 1}' });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', body: '{"ü": 1}' });
    expect(request?.allHeaders.get('content-length')).toEqual(['9']);
    expect(request?.allHeaders.has('content-type')).toBe(false);
  });

  test('is a POST with an empty body', async () => {
    const server = await start();
    await openClient().ask(server.url, { method: 'POST', body: '' });
    expect(server.requests[0]).toMatchObject({ method: 'POST', body: '' });
    expect(server.requests[0]?.allHeaders.get('content-length')).toEqual(['0']);
  });

  test.each([
    ['accept', 'text/csv'],
    ['Accept', 'text/csv'],
    ['USER-AGENT', 'poller/1'],
    ['Accept-Encoding', 'identity'],
    ['Host', 'virtual.example'],
  ])("has the caller's %s in place of the client's own", async (name, value) => {
    const server = await start();
    await openClient().ask(server.url, { headers: [[name, value]] });
    expect(server.requests[0]?.allHeaders.get(name.toLowerCase())).toEqual([value]);
  });

  test("has the caller's headers in their order, those of one name too", async () => {
    const server = await start();
    const headers = [
      ['X-B', '2'],
      ['x-a', '1'],
      ['X-B', '3'],
      ['Content-Type', 'text/plain'],
    ] as const;
    await openClient().ask(server.url, { method: 'POST', body: 'x', headers });
    const seen = server.requests[0]?.allHeaders;
    expect(seen?.get('x-b')).toEqual(['2', '3']);
    expect(seen?.get('content-type')).toEqual(['text/plain']);
    expect([...(seen?.keys() ?? [])].filter((name) => name.startsWith('x-'))).toEqual(['x-b', 'x-a']);
  });

  test.each(['Content-Length', 'Transfer-Encoding', 'Trailer', 'TE', 'Keep-Alive', 'Upgrade', 'Expect'])(
    'has no %s of the caller: how it is framed is not theirs to say',
    async (name) => {
      const server = await start();
      await openClient().ask(server.url, { method: 'POST', body: 'x', headers: [[name, '7']] });
      expect(server.requests[0]?.body).toBe('x');
      expect(server.requests[0]?.allHeaders.get(name.toLowerCase())).toEqual(
        name === 'Content-Length' ? ['1'] : undefined,
      );
    },
  );
});

describe('http_headers', () => {
  const folder = makeTemporaryFolder();
  afterAll(() => folder.close());

  test('go beside the headers of the same name, each value of its own', async () => {
    const server = await start();
    const file = folder.write('header', ' from a file \n');
    const client = openClient({
      headers: [
        ['X-One', inline('first')],
        ['X-One', inline('second')],
        ['x-one', { file }],
        ['X-Two', inline('two')],
        ['Accept', inline('text/csv')],
      ],
    });
    await client.ask(server.url, { headers: [['x-one', 'of the module']] });
    const seen = server.requests[0]?.allHeaders;
    expect(seen?.get('x-one')).toEqual(['of the module', 'first', 'second', 'from a file']);
    expect(seen?.get('x-two')).toEqual(['two']);
    expect(seen?.get('accept')).toEqual(['application/json', 'text/csv']);
  });

  test('have the file as it is now', async () => {
    const server = await start();
    const file = folder.write('changing', 'old');
    const client = openClient({ headers: [['X-Key', { file }]] });
    await client.ask(server.url);
    folder.write('changing', 'new');
    await client.ask(server.url);
    expect(server.requests.map((request) => request.allHeaders.get('x-key'))).toEqual([['old'], ['new']]);
  });

  test('beyond ASCII go as UTF-8', async () => {
    const server = await start();
    await openClient({ headers: [['X-Key', inline('grün €')]] }).ask(server.url);
    const [value = ''] = server.requests[0]?.allHeaders.get('x-key') ?? [];
    expect(Buffer.from(value, 'latin1').toString('utf8')).toBe('grün €');
  });

  test.each([
    ['a line break', 'CANARY\r\nX-Evil: 1'],
    ['a NUL', 'CANARY\0'],
    ['bytes that are no text', Buffer.from([0x43, 0xff, 0xfe])],
  ])('with %s fail without a request, and the message names the file', async (_, content) => {
    const server = await start();
    const file = folder.write('bad', '');
    writeFileSync(file, content);
    const { code, text } = await readFailure(openClient({ headers: [['X-Key', { file }]] }).ask(server.url));
    expect(code).toBe('config');
    expect(text).toContain(file);
    expect(text).not.toContain('CANARY');
    expect(server.accepted).toBe(0);
  });

  test('from a file over 1 MiB, and from a device that never ends, fail', async () => {
    const server = await start();
    for (const [file, why] of [
      [folder.write('large', 'x'.repeat(1024 * 1024 + 1)), 'larger than 1048576 bytes'],
      ['/dev/zero', 'not a regular file'],
    ] as const) {
      const { code, text } = await readFailure(openClient({ headers: [['X-Key', { file }]] }).ask(server.url));
      expect(code).toBe('config');
      expect(text).toContain(`${file} cannot be read: ${why}`);
    }
    expect(server.accepted).toBe(0);
  });
});

describe('the reply', () => {
  test('brings its headers along', async () => {
    const server = await start(() => ({ headers: { 'X-Facts': 'yes', 'Set-Cookie': ['a=1', 'b=2'] } }));
    const reply = await openClient().ask(server.url);
    const headers = reply.headers?.() ?? [];
    expect(headers).toContainEqual(['x-facts', 'yes']);
    expect(headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual(['a=1', 'b=2']);
  });

  test.each([
    ['2xx, where nothing is said', undefined, 201, true],
    ['2xx, where nothing is listed', [], 206, true],
    ['no other, where nothing is listed', [], 404, false],
    ['a listed one', [200, 404], 404, true],
    ['a listed 401', [401], 401, true],
    ['no 2xx that is not listed', [404], 200, false],
    ['a listed redirect', [302], 302, true],
  ])('has a body for %s', async (_, validStatusCodes, status, isRead) => {
    const server = await start(() => ({ status, headers: { location: '/elsewhere' } }));
    const request = validStatusCodes === undefined ? {} : { validStatusCodes };
    const reply = await openClient().ask(server.url, request);
    expect(reply.statusCode).toBe(status);
    expect(Buffer.from(joinBytes(reply.body)).toString()).toBe(isRead ? JSON_BODY : '');
    expect(server.requests).toHaveLength(1);
  });

  test('is limited for listed statuses as for others', async () => {
    const server = await start(() => ({ status: 500, body: 'x'.repeat(101) }));
    const asked = openClient().ask(server.url, { validStatusCodes: [500], maxBodyBytes: 100 });
    await expect(asked).rejects.toMatchObject({ code: 'too_large', statusCode: 500 });
  });
});
