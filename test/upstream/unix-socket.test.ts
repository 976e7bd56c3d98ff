import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FetchRecord } from '../../src/model/fetch-record.js';
import { JSON_BODY, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { inline, openClient } from './open-client.js';

interface Seen {
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A server on a socket of a folder of its own, that keeps book. */
async function startOnSocket(
  answer: (url: string) => { status?: number; headers?: Record<string, string> } = () => ({}),
) {
  const folder = forThisTest(makeTemporaryFolder());
  const path = join(folder.path, 'x.sock');
  const seen: Seen[] = [];
  let accepted = 0;
  const server = createServer(({ url = '', headers }, response) => {
    seen.push({ url, headers });
    const { status = 200, headers: own = {} } = answer(url);
    response.writeHead(status, own).end(JSON_BODY);
  });
  server.on('connection', () => accepted++);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  forThisTest({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return { folder, seen, url: `unix://${path}`, accepted: () => accepted };
}

describe('a server on a Unix socket', () => {
  test('is asked for the path behind the colon, as localhost, with the caller’s headers, over one connection', async () => {
    const server = await startOnSocket();
    const client = openClient({}, { maxConnections: 1 });
    const headers = [['authorization', 'Bearer x']] as const;
    for (const path of ['', ':', ':/metrics', ':/a/b?c=d']) {
      expect(await client.text(server.url + path, { headers })).toBe(JSON_BODY);
    }
    expect(server.seen.map(({ url }) => url)).toEqual(['/', '/', '/metrics', '/a/b?c=d']);
    for (const seen of server.seen) {
      expect(seen.headers).toMatchObject({ host: 'localhost', authorization: 'Bearer x' });
    }
    expect(server.accepted()).toBe(1);
  });

  test('gets the credentials of the module, and goes through no proxy', async () => {
    const server = await startOnSocket();
    const proxy = { url: new URL('http://127.0.0.1:9'), noProxy: '', connectHeaders: [] };
    const credential = { kind: 'authorization', scheme: 'Bearer', credentials: inline('t') } as const;
    await openClient({ credential, proxy }).ask(`${server.url}:/`);
    expect(server.seen).toMatchObject([{ headers: { authorization: 'Bearer t' } }]);
  });

  test('gets no tokens of a registry, which are kept by origins', async () => {
    const server = await startOnSocket();
    const credential = { kind: 'registry_token', realms: [], basic: undefined } as const;
    await expect(openClient({ credential }).ask(`${server.url}:/`)).rejects.toMatchObject({ code: 'blocked' });
    expect(server.accepted()).toBe(0);
  });

  test('takes no time to be looked up', async () => {
    const server = await startOnSocket();
    const record = new FetchRecord(() => performance.now());
    await openClient().ask(`${server.url}:/`, { record });
    expect(record.phases.seconds('resolve')).toBe(0);
    expect(record.phases.seconds('connect')).toBeGreaterThan(0);
  });

  test('has connections of its own beside another socket, and beside localhost', async () => {
    const [one, other] = [await startOnSocket(), await startOnSocket()];
    const client = openClient();
    for (const { url } of [one, other, one]) await client.ask(`${url}:/`);
    expect([one.seen.length, other.seen.length]).toEqual([2, 1]);
    await expect(client.ask('http://localhost:9/')).rejects.toMatchObject({ code: 'connect' });
  });

  test('may redirect on the same socket, and nowhere else', async () => {
    const away = forThisTest(await startFakeUpstream());
    const places: Record<string, string> = {
      '/near': '/end',
      '/named': 'http://localhost/end',
      '/far': away.url,
      '/tls': 'https://localhost/end',
      '/socket': 'unix:///run/other.sock:/end',
    };
    const server = await startOnSocket((url) => {
      const location = places[url];
      return location === undefined ? {} : { status: 302, headers: { location } };
    });
    const client = openClient({ followRedirects: true });
    for (const near of ['/near', '/named']) expect(await client.text(`${server.url}:${near}`)).toBe(JSON_BODY);
    for (const far of ['/far', '/tls', '/socket']) {
      await expect(client.ask(`${server.url}:${far}`)).rejects.toMatchObject({ code: 'redirect' });
    }
    expect(away.accepted).toBe(0);
  });

  test('that is not there, or is none, fails for connect', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    folder.write('file', '');
    mkdirSync(join(folder.path, 'folder'));
    const client = openClient();
    for (const name of ['nobody', 'file', 'folder', 'file/x', 'x'.repeat(200)]) {
      await expect(client.ask(`unix://${folder.path}/${name}:/`), name).rejects.toMatchObject({ code: 'connect' });
    }
  });
});
