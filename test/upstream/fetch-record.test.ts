import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FetchRecord, type ScrapePhase, scrapePhases } from '../../src/model/fetch-record.js';
import { startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findClosedPort, startHostileUpstream } from '../support/hostile-upstream.js';
import { type Authority, makeAuthority } from './authority.js';
import { startConnectProxy } from './connect-proxy.js';
import { inline, openClient, type TestClient, withTls } from './open-client.js';

let authority: Authority;

beforeAll(() => {
  authority = makeAuthority();
});
afterAll(() => authority.close());

/** A request waits for the connection of the one before. */
const ONE = { maxConnections: 1 };

const makeRecord = () => new FetchRecord(() => performance.now());
const trusting = () => withTls({ ca: inline(authority.cert) });

/** Asks, and gives the phases that took any time, and the record. */
async function ask(client: TestClient, url: string, more: Parameters<TestClient['ask']>[1] = {}) {
  const record = makeRecord();
  await client.ask(url, { record, ...more }).catch(() => undefined);
  record.phases.stop();
  const phases = scrapePhases.filter((phase) => record.phases.seconds(phase) > 0);
  return { record, phases: new Set<ScrapePhase>(phases) };
}

describe('the phases of a request', () => {
  test('are those of its connection, and none of it where that is used again', async () => {
    const server = forThisTest(await startFakeUpstream());
    const client = openClient({}, ONE);
    const url = server.url.replace('127.0.0.1', 'localhost');
    expect((await ask(client, url)).phases).toEqual(new Set(['wait', 'resolve', 'connect', 'processing', 'transfer']));
    const again = (await ask(client, url)).phases;
    for (const phase of ['resolve', 'connect', 'tls'] as const) expect(again).not.toContain(phase);
    expect(again).toContain('processing');
    expect(server.accepted).toBe(1);
  });

  test('have no name resolved for an address', async () => {
    const server = forThisTest(await startFakeUpstream());
    expect((await ask(openClient(), server.url)).phases).not.toContain('resolve');
  });

  test('have the handshake of TLS', async () => {
    const server = forThisTest(await startFakeUpstream(undefined, authority.issue('here')));
    const { phases } = await ask(openClient({ tls: trusting() }), server.url);
    expect(phases).toContain('tls');
    expect(phases).toContain('connect');
  });

  test('have the handshake inside a tunnel', async () => {
    const server = forThisTest(await startFakeUpstream(undefined, authority.issue('here')));
    const proxy = forThisTest(await startConnectProxy());
    const through = { url: new URL(proxy.url), noProxy: '', connectHeaders: [] };
    const { phases, record } = await ask(openClient({ tls: trusting(), proxy: through }), server.url);
    expect(phases).toEqual(new Set(['wait', 'connect', 'tls', 'processing', 'transfer']));
    expect(record.tls?.version).toBe('TLSv1.3');
  });

  test.each([['processing', 'nothing is answered', (): Parameters<TestClient['ask']>[1] => ({})]] as const)(
    'of a request that fails end with the one it was in: %s, where %s',
    async (phase) => {
      const server = forThisTest(await startFakeUpstream(() => undefined));
      const { phases } = await ask(openClient(), server.url, { signal: AbortSignal.timeout(200) });
      expect(phases).toContain(phase);
      expect(phases).not.toContain('transfer');
    },
  );

  test('of a connection that is refused end with connecting', async () => {
    const { phases } = await ask(openClient(), `http://127.0.0.1:${await findClosedPort()}`);
    expect(phases).toEqual(new Set(['wait', 'connect']));
  });
});

describe('what TLS says', () => {
  test('is there again on a connection that is used again, and not without TLS', async () => {
    const pair = authority.issue('here', undefined, 1);
    const server = forThisTest(await startFakeUpstream(undefined, { ...pair, maxVersion: 'TLSv1.2' }));
    const client = openClient({ tls: trusting() }, ONE);
    const expected = { version: 'TLSv1.2', expirySeconds: Date.parse(new X509Certificate(pair.cert).validTo) / 1000 };
    for (let i = 0; i < 2; i++) expect((await ask(client, server.url)).record.tls).toEqual(expected);
    expect(server.accepted).toBe(1);
    const plain = forThisTest(await startFakeUpstream());
    expect((await ask(openClient(), plain.url)).record.tls).toBeUndefined();
  });

  test('has the first certificate of the chain that expires', async () => {
    const { key, cert } = authority.issue('long', undefined, 30);
    const server = forThisTest(await startFakeUpstream(undefined, { key, cert: cert + authority.cert }));
    const expirySeconds = Date.parse(new X509Certificate(authority.cert).validTo) / 1000;
    const client = openClient({ tls: trusting() });
    expect((await ask(client, server.url)).record.tls).toMatchObject({ expirySeconds });
  });

  test('is of each connection: nothing of a session before it is taken up again', async () => {
    const server = forThisTest(
      await startFakeUpstream(() => ({ headers: { connection: 'close' } }), authority.issue('here')),
    );
    const client = openClient({ tls: trusting() });
    for (let i = 0; i < 3; i++) expect((await ask(client, server.url)).record.tls?.expirySeconds).toBeGreaterThan(0);
    expect(server.accepted).toBe(3);
  });

  test('is that of the target, and not that of a proxy', async () => {
    const server = forThisTest(await startFakeUpstream());
    const proxy = forThisTest(await startConnectProxy({ tls: authority.issue('proxy') }));
    const through = { url: new URL(proxy.url), noProxy: '', connectHeaders: [] };
    const { record } = await ask(openClient({ tls: trusting(), proxy: through }), server.url);
    expect(record.tls).toBeUndefined();
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('what is sent', () => {
  test('is every header, also those that http_client_config adds', async () => {
    const server = forThisTest(await startFakeUpstream());
    const credential = { kind: 'basic', username: inline('me'), password: inline('secret') } as const;
    const client = openClient({ credential, headers: [['X-Key', inline('k')]] });
    const { record } = await ask(client, server.url, { headers: [['accept', 'text/json']] });
    expect(new Map(record.sent)).toEqual(
      new Map([
        ['accept-encoding', 'gzip, deflate, br'],
        ['user-agent', 'zxp/0.0.0-test'],
        ['authorization', 'Basic bWU6c2VjcmV0'],
        ['accept', 'text/json'],
        ['X-Key', 'k'],
      ]),
    );
  });

  test('comes back with Retry-After, whatever the status', async () => {
    for (const status of [200, 302, 429, 503]) {
      const server = forThisTest(await startFakeUpstream(() => ({ status, headers: { 'retry-after': '17' } })));
      expect((await ask(openClient(), server.url)).record.retryAfterSeconds).toBe(17);
    }
  });
});

describe('a connection that the server closed before it saw the request', () => {
  /** Answers the first request of each connection, and resets it on the second. */
  async function startForgetful(cut: (count: number) => string | undefined = () => '') {
    const upstream = forThisTest(await startHostileUpstream());
    const counts = new WeakMap<object, number>();
    upstream.behave({
      answer: (socket) => {
        const count = (counts.get(socket) ?? 0) + 1;
        counts.set(socket, count);
        if (count === 1) return void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
        socket.write(cut(count) ?? '', () => socket.resetAndDestroy());
      },
    });
    return upstream;
  }

  test('is replaced, and the request sent again', async () => {
    const upstream = await startForgetful();
    const client = openClient({}, ONE);
    for (let i = 0; i < 5; i++) expect(await client.text(upstream.url)).toBe('{}');
    expect(upstream.accepted).toBe(5);
    expect(upstream.heads).toHaveLength(9);
  });

  test('is replaced as often as it takes: every connection of the pool may be of that kind', async () => {
    const upstream = await startForgetful();
    const client = openClient();
    await Promise.all([1, 2, 3, 4].map(() => client.text(upstream.url)));
    expect(upstream.accepted).toBe(4);
    expect(await client.text(upstream.url)).toBe('{}');
  });

  test('fails a POST, which may have been heard', async () => {
    const upstream = await startForgetful();
    const client = openClient({}, ONE);
    await client.text(upstream.url);
    await expect(client.ask(upstream.url, { method: 'POST', body: 'x' })).rejects.toMatchObject({ code: 'closed' });
    expect(upstream.heads).toHaveLength(2);
  });

  test('fails a request of which a byte was answered, and one on a new connection', async () => {
    const upstream = await startForgetful(() => 'H');
    const client = openClient({}, ONE);
    await client.text(upstream.url);
    await expect(client.ask(upstream.url)).rejects.toMatchObject({ code: 'closed' });
    expect(upstream.heads).toHaveLength(2);
    upstream.behave({ answer: (socket) => socket.resetAndDestroy() });
    await expect(client.ask(upstream.url)).rejects.toMatchObject({ code: 'closed' });
    expect(upstream.heads).toHaveLength(3);
  });
});
