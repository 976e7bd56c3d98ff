import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.js';
import type { TargetRequest, TargetResponse } from '../../../src/tunnel/agent/target.js';
import { reply } from '../../../src/tunnel/protocol/reply.js';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { startFakeProxy } from './fake-proxy.js';
import { connected, local, ok, runAgent, runProxy, serve, toSettings, until } from './run-agent.js';

describe('a connection', () => {
  test('introduces the agent, then registers its paths, then reads requests', async () => {
    const proxy = await runProxy();
    const { agent, events } = runAgent({
      settings: { proxies: [local(proxy)], consolidated: true },
      paths: [serve('a', 'a 1\n', { labels: '{"k":"v"}' }), serve('b', 'b 1\n', { source: 'DISCOVERED' })],
    });
    const connection = await connected(proxy);
    expect(connection.introduced).toEqual([
      {
        agentId: '1',
        launchId: 'launch',
        agentName: 'agent-a',
        hostName: 'agent-host',
        consolidated: true,
        proxyEndpoints: [`localhost:${proxy.port}`],
        currentEndpointIndex: 0,
      },
    ]);
    await until(() => expect(connection.calls).toEqual(['register a', 'register b']));
    expect(connection.paths.get('a')).toEqual({
      agentId: '1',
      path: 'a',
      labels: '{"k":"v"}',
      targetUrl: 'http://target/a',
      pathSource: 'STATIC',
    });
    expect(connection.paths.get('b')?.pathSource).toBe('DISCOVERED');
    expect(events).toMatchObject([{ kind: 'connected', address: '127.0.0.1', agentId: '1' }]);
    expect(agent.proxies()).toEqual([
      { proxy: `localhost:${proxy.port}`, connections: 1, isStandby: false, refusedPaths: 0 },
    ]);
  });

  test('takes its id from the body where the transport filter is disabled', async () => {
    const proxy = await runProxy({ transportFilterDisabled: true });
    runAgent({ settings: { proxies: [local(proxy)], transportFilterDisabled: true }, paths: [serve('a')] });
    expect((await (await connected(proxy)).scrape({ path: 'a' })).body.toString()).toBe('up 1\n');
  });

  test.each<readonly [string, object, object, RegExp]>([
    ['no agent-id', { sendsAgentId: false }, {}, /sent no agent-id/],
    ['the other kind of id', { transportFilterDisabled: true }, {}, /connectAgent: mismatch/],
    ['another kind of id', {}, { transportFilterDisabled: true }, /TransportFilterDisabled: mismatch/],
    ['a refusal', { refusesAgent: true }, {}, /refused the agent: not today/],
    ['a missing token', { token: () => 't' }, {}, /Missing or invalid agent token/],
  ])('with %s fails, says why, and is tried again', async (_name, proxyOptions, settings, message) => {
    const proxy = await runProxy(proxyOptions);
    const { events } = runAgent({ settings: { proxies: [local(proxy)], ...settings } });
    await until(() => expect(proxy.connections.length).toBeGreaterThan(2));
    expect(events[0]).toMatchObject({ kind: 'connect_failed', error: { message: expect.stringMatching(message) } });
    await until(() => expect(proxy.openConnections).toBeLessThan(2));
  });

  test('to a server that is no proxy, or none at all, fails and is tried again', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    forThisTest({ close: () => void silent.close() });
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const one = runAgent({ settings: { proxies: [{ host: 'localhost', port }] }, connectTimeoutMs: 50 });
    await until(() => expect(one.kinds().filter((kind) => kind === 'connect_failed').length).toBeGreaterThan(1));
    const other = runAgent({ settings: { proxies: [{ host: 'localhost', port: 1 }] } });
    await until(() => expect(other.events[0]).toMatchObject({ kind: 'connect_failed', error: { code: 'connect' } }));
  });

  test('shows a token, and another one as soon as its file has it', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('token', 'one\n');
    let token = 'one';
    const proxy = await runProxy({ token: () => token });
    const { agent } = runAgent({
      settings: { proxies: [local(proxy)], token: { file }, heartbeatAfterMs: 20 },
      paths: [serve('a')],
    });
    const connection = await connected(proxy);
    folder.write('token', 'two\n');
    token = 'two';
    await agent.updatePaths([serve('a'), serve('b')]);
    expect(connection.calls).toContain('register b');
    await until(() => expect(connection.heartbeats).toBeGreaterThan(1));
    expect(proxy.connections).toHaveLength(1);
  });

  test('an unusable token is a failure that does not show it', async () => {
    const proxy = await runProxy();
    const { events } = runAgent({
      settings: { proxies: [local(proxy)], token: { inline: new Secret('canary\u0000') } },
    });
    await until(() => expect(events[0]).toMatchObject({ kind: 'connect_failed', error: { code: 'unauthorized' } }));
    expect(JSON.stringify(events)).not.toContain('canary');
  });
});

describe('a scrape', () => {
  test.each([0, 1, 511, 512])('of %i bytes is sent as text', async (size) => {
    const body = 'x'.repeat(size);
    const proxy = await runProxy();
    runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a', body)] });
    const response = await (await connected(proxy)).scrape({ path: 'a' });
    expect(response).toMatchObject({
      form: 'text',
      zipped: false,
      statusCode: 200,
      validResponse: true,
      failureReason: '',
      url: '',
    });
    expect(response.body.toString()).toBe(body);
  });

  test('of more is compressed, and what is no UTF-8 is not changed', async () => {
    const proxy = await runProxy();
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x0a]);
    runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a', 'x'.repeat(513)), serve('b', bytes)] });
    const connection = await connected(proxy);
    expect(await connection.scrape({ path: 'a' })).toMatchObject({
      form: 'gzip',
      zipped: true,
      body: Buffer.from('x'.repeat(513)),
    });
    expect(await connection.scrape({ path: 'b' })).toMatchObject({ form: 'gzip', zipped: true, body: bytes });
  });

  test('of a large body comes in chunks, and one that is compressed already is not compressed again', async () => {
    const proxy = await runProxy();
    const body = randomBytes(200_000);
    const { gzipSync } = await import('node:zlib');
    const exact = Buffer.from(gzipSync(randomBytes(1000), { level: 0 }));
    runAgent({
      settings: { proxies: [local(proxy)], limits: { gzipAboveBytes: 512, chunkBytes: exact.length } },
      paths: [serve('big', body), serve('zipped', async () => ({ ...ok(exact), coding: 'gzip' as const }))],
    });
    const connection = await connected(proxy);
    const big = await connection.scrape({ path: 'big', scrapeId: 2n ** 53n + 1n });
    expect(big.form).toBe('chunked');
    expect(big.scrapeId).toBe(2n ** 53n + 1n);
    expect(big.body.equals(body)).toBe(true);
    expect(big.chunks.slice(0, -1).every((size) => size === exact.length)).toBe(true);
    // As long as a chunk is not shorter than one.
    expect(await connection.scrape({ path: 'zipped', scrapeId: -1n })).toMatchObject({
      form: 'chunked',
      chunks: [exact.length],
    });
  });

  test('passes on what the caller sent, and nothing else', async () => {
    const proxy = await runProxy();
    const seen: TargetRequest[] = [];
    const record = async (request: TargetRequest) => {
      seen.push(request);
      return ok('up 1\n');
    };
    runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a', record)] });
    const connection = await connected(proxy);
    await connection.scrape({
      path: 'a',
      accept: 'text/plain',
      encodedQueryParams: 'x=1&y=%20',
      authHeader: 'Bearer t',
    });
    expect(seen).toMatchObject([{ accept: 'text/plain', query: 'x=1&y=%20', authorization: 'Bearer t' }]);
  });

  test.each(['accept', 'encodedQueryParams', 'authHeader'])(
    'with a line break in %s is refused before a target is requested',
    async (field) => {
      const proxy = await runProxy();
      let requests = 0;
      const { events } = runAgent({
        settings: { proxies: [local(proxy)] },
        paths: [
          serve('a', async () => {
            requests++;
            return ok('');
          }),
        ],
      });
      const response = await (await connected(proxy)).scrape({ path: 'a', [field]: 'canary\r\nx: y' });
      expect(response).toMatchObject({ statusCode: 400, validResponse: false, form: 'text' });
      expect(response.failureReason).toMatch(/^the (accept|authorization|query) is not /);
      expect(JSON.stringify(events)).not.toContain('canary');
      expect(requests).toBe(0);
    },
  );

  test('of an unknown path is 404, and of a target that failed its status with the reason', async () => {
    const proxy = await runProxy();
    const down = async (): Promise<TargetResponse> => ({
      ...ok(''),
      statusCode: 503,
      outcome: 'unreachable',
      reason: 'connection refused',
    });
    const { events } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('down', down)] });
    const connection = await connected(proxy);
    expect(await connection.scrape({ path: 'none' })).toMatchObject({ statusCode: 404, form: 'text', contentType: '' });
    expect(await connection.scrape({ path: 'down', debugEnabled: true, encodedQueryParams: 'q' })).toMatchObject({
      statusCode: 503,
      failureReason: 'connection refused',
      url: 'http://target/down?q',
    });
    await until(() =>
      expect(events.filter(({ kind }) => kind === 'scrape')).toMatchObject([
        { scrape: { path: '', outcome: 'unknown_path' } },
        { scrape: { path: 'down', outcome: 'unreachable' } },
      ]),
    );
  });

  test('waits for a place where there are too many, and holds up the proxy meanwhile', async () => {
    const proxy = await runProxy();
    const gates: (() => void)[] = [];
    const slow = () => new Promise<TargetResponse>((resolve) => gates.push(() => resolve(ok('x'))));
    runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('slow', slow)], maxScrapes: 2 });
    const connection = await connected(proxy);
    const scrapes = [1, 2, 3].map(() => connection.scrape({ path: 'slow' }));
    await until(() => expect(gates).toHaveLength(2));
    gates.shift()?.();
    await until(() => expect(gates).toHaveLength(2));
    for (const open of gates) open();
    expect((await Promise.all(scrapes)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  });

  test('a slow one does not hold up the others', async () => {
    const proxy = await runProxy();
    runAgent({
      settings: { proxies: [local(proxy)] },
      paths: [serve('slow', () => new Promise(() => undefined)), serve('fast')],
    });
    const connection = await connected(proxy);
    connection.request({ path: 'slow' });
    expect((await connection.scrape({ path: 'fast' })).statusCode).toBe(200);
  });
});

describe('credentials', () => {
  test('over a plaintext tunnel that leaves this machine are passed on and reported', async () => {
    const proxy = await runProxy();
    const { kinds } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a')], isLoopback: () => false });
    const connection = await connected(proxy);
    await connection.scrape({ path: 'a' });
    expect(kinds()).not.toContain('plaintext_credentials');
    await connection.scrape({ path: 'a', authHeader: 'Basic eA==' });
    expect(kinds()).toContain('plaintext_credentials');
  });

  test('over loopback are not', async () => {
    const proxy = await runProxy();
    const { kinds } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a')] });
    await (await connected(proxy)).scrape({ path: 'a', authHeader: 'Basic eA==' });
    expect(kinds()).not.toContain('plaintext_credentials');
  });
});

describe('paths', () => {
  test('that change are told, and no other', async () => {
    const proxy = await runProxy();
    const { agent } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a'), serve('b'), serve('c')] });
    const connection = await connected(proxy);
    connection.calls.length = 0;
    await agent.updatePaths([serve('a', 'changed 1\n'), serve('c', 'c 1\n', { labels: '{"x":"y"}' }), serve('d')]);
    expect(connection.calls).toEqual(['unregister b', 'register c', 'register d']);
    expect((await connection.scrape({ path: 'a' })).body.toString()).toBe('changed 1\n');
    expect((await connection.scrape({ path: 'b' })).statusCode).toBe(404);
    expect(proxy.connections).toHaveLength(1);
  });

  test('that are refused are reported once, and the others are served', async () => {
    const proxy = await runProxy({ refusePath: (path) => (path === 'b' ? 'not authorized' : undefined) });
    const { agent, events } = runAgent({
      settings: { proxies: [local(proxy)] },
      paths: [serve('a'), serve('b'), serve('c')],
    });
    const connection = await connected(proxy);
    await agent.updatePaths([serve('a'), serve('b'), serve('c')]);
    expect((await connection.scrape({ path: 'c' })).statusCode).toBe(200);
    expect(events.filter(({ kind }) => kind === 'path_refused')).toEqual([
      { kind: 'path_refused', proxy: `localhost:${proxy.port}`, path: 'b', reason: 'not authorized' },
    ]);
    expect(agent.proxies()[0]?.refusedPaths).toBe(1);
  });

  test('hundreds are registered', async () => {
    const proxy = await runProxy();
    const paths = Array.from({ length: 300 }, (_, i) => serve(`p${i}`));
    runAgent({ settings: { proxies: [local(proxy)] }, paths });
    const connection = await connected(proxy);
    expect(connection.paths.size).toBe(300);
    expect((await connection.scrape({ path: 'p299' })).statusCode).toBe(200);
  });
});

describe('an end of the connection', () => {
  test.each<readonly [string, (connection: Awaited<ReturnType<typeof connected>>) => void, string]>([
    ['the proxy ends the stream of requests', (connection) => connection.endReading(), 'read_stream'],
    [
      'the proxy does not know the agent',
      (connection) => connection.endReading({ code: 'notFound', message: 'who' }),
      'read_stream',
    ],
    ['the proxy ends the stream of responses', (connection) => connection.endWriting(), 'write_stream'],
    ['the connection is cut', (connection) => connection.connection.destroy(), 'connection'],
    ['the proxy sends GOAWAY', (connection) => connection.connection.close(), 'connection'],
  ])('%s: the agent connects and registers again', async (_name, end, reason) => {
    const proxy = await runProxy();
    const { events } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a')] });
    end(await connected(proxy));
    const again = await connected(proxy, 2);
    expect((await again.scrape({ path: 'a' })).body.toString()).toBe('up 1\n');
    expect(events.find(({ kind }) => kind === 'disconnected')).toMatchObject({ end: { reason } });
    await until(() => expect(proxy.openConnections).toBe(1));
  });

  test('responses that are awaited are still sent where the proxy ends it in order', async () => {
    const proxy = await runProxy();
    let finish: () => void = () => undefined;
    const slow = () =>
      new Promise<TargetResponse>((resolve) => {
        finish = () => resolve(ok('late 1\n'));
      });
    runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('slow', slow)] });
    const first = await connected(proxy);
    const scrape = first.scrape({ path: 'slow' });
    await until(() => expect(first.responses).toEqual([]));
    first.endReading();
    await connected(proxy, 2);
    finish();
    expect((await scrape).body.toString()).toBe('late 1\n');
  });

  test('cut in the middle of chunks: the scrape is given up, and the next one is whole', async () => {
    const proxy = await runProxy();
    const body = randomBytes(2_000_000);
    const { events } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('big', body)] });
    const first = await connected(proxy);
    const scrape = first.scrape({ path: 'big' });
    scrape.catch(() => undefined);
    setTimeout(() => first.connection.destroy(), 3);
    const second = await connected(proxy, 2);
    expect((await second.scrape({ path: 'big' })).body.equals(body)).toBe(true);
    await until(() => expect(events.filter(({ kind }) => kind === 'scrape').length).toBeGreaterThan(0));
  });

  test('a request under way is cancelled when its response cannot be delivered', async () => {
    const proxy = await runProxy();
    let isCancelled = false;
    const hang = ({ signal }: TargetRequest) =>
      new Promise<TargetResponse>((resolve) =>
        signal.addEventListener('abort', () => {
          isCancelled = true;
          resolve(ok(''));
        }),
      );
    runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a', hang)] });
    const connection = await connected(proxy);
    connection.request({ path: 'a' });
    await connection.scrape({ path: 'none' });
    connection.connection.destroy();
    await until(() => expect(isCancelled).toBe(true));
  });

  test('a proxy that is killed and replaced is found again', async () => {
    const proxy = await startFakeProxy();
    const { events } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a')] });
    await connected(proxy);
    await proxy.close();
    await until(() => expect(events.some(({ kind }) => kind === 'connect_failed')).toBe(true));
    const next = await runProxy({ port: proxy.port });
    expect((await (await connected(next)).scrape({ path: 'a' })).statusCode).toBe(200);
  });
});

describe('heartbeats', () => {
  test('are sent while nothing else is', async () => {
    const proxy = await runProxy();
    runAgent({ settings: { proxies: [local(proxy)], heartbeatAfterMs: 30 }, paths: [serve('a')] });
    const connection = await connected(proxy);
    await until(() => expect(connection.heartbeats).toBeGreaterThan(2));
  });

  test('that the proxy does not know make the agent connect again at once', async () => {
    const proxy = await runProxy({ onHeartbeat: async () => reply({ valid: false, reason: '' }) });
    const { events } = runAgent({ settings: { proxies: [local(proxy)], heartbeatAfterMs: 20 } });
    await connected(proxy, 2);
    expect(events.find(({ kind }) => kind === 'disconnected')).toMatchObject({ end: { reason: 'evicted' } });
  });

  test('that fail three times in a row make it connect again, as on a half-open connection', async () => {
    const proxy = await runProxy();
    let isFrozen = false;
    const sockets: Socket[] = [];
    const { connect } = await import('node:net');
    const relay = createServer((inbound) => {
      const outbound = connect(proxy.port, '127.0.0.1');
      const isDead = isFrozen;
      sockets.push(inbound, outbound);
      for (const socket of [inbound, outbound]) socket.on('error', () => undefined);
      inbound.on('data', (data) => {
        if (!isFrozen || isDead) outbound.write(data);
      });
      outbound.on('data', (data) => {
        if (!isFrozen || isDead) inbound.write(data);
      });
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    forThisTest({
      close: () => {
        for (const socket of sockets) socket.destroy();
        relay.close();
      },
    });
    const address = relay.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { events } = runAgent({
      settings: { proxies: [{ host: 'localhost', port }], heartbeatAfterMs: 20 },
      heartbeatTimeoutMs: 50,
      paths: [serve('a')],
    });
    await connected(proxy);
    isFrozen = true;
    await until(() =>
      expect(events.find(({ kind }) => kind === 'disconnected')).toMatchObject({ end: { reason: 'heartbeat' } }),
    );
    isFrozen = false;
    expect((await (await connected(proxy, 2)).scrape({ path: 'a' })).statusCode).toBe(200);
  });
});

describe('several proxies', () => {
  test('are all served at once', async () => {
    const [one, two] = [await runProxy(), await runProxy()];
    const { agent } = runAgent({ settings: { proxies: [local(one), local(two)] }, paths: [serve('a')] });
    for (const proxy of [one, two]) expect((await (await connected(proxy)).scrape({ path: 'a' })).statusCode).toBe(200);
    expect(agent.proxies().map(({ connections }) => connections)).toEqual([1, 1]);
    expect(two.current?.introduced[0]).toMatchObject({ currentEndpointIndex: 1 });
  });

  test('one that is added or removed does not disturb the others', async () => {
    const [one, two, three] = [await runProxy(), await runProxy(), await runProxy()];
    const settings = { proxies: [local(one), local(two)] };
    const { agent } = runAgent({ settings, paths: [serve('a')] });
    await connected(one);
    await connected(two);
    await agent.updateSettings(toSettings({ proxies: [local(one), local(three)] }), 0);
    await connected(three);
    await until(() => expect(two.openConnections).toBe(0));
    expect(one.connections).toHaveLength(1);
    expect(one.openConnections).toBe(1);
  });

  test('are served one at a time in the mode failover, the first that accepts', async () => {
    const two = await runProxy();
    const { agent } = runAgent({
      settings: {
        proxies: [
          { host: '127.0.0.1', port: 1 },
          { host: '127.0.0.1', port: two.port },
        ],
        mode: 'failover',
      },
      paths: [serve('a')],
    });
    const connection = await connected(two);
    expect(connection.introduced[0]).toMatchObject({
      currentEndpointIndex: 1,
      proxyEndpoints: ['127.0.0.1:1', `127.0.0.1:${two.port}`],
    });
    expect(agent.proxies().map(({ connections, isStandby }) => [connections, isStandby])).toEqual([
      [0, true],
      [1, false],
    ]);
  });

  test('begin with the first again once a connection that had worked is lost', async () => {
    const [one, two] = [await startFakeProxy(), await runProxy()];
    runAgent({ settings: { proxies: [local(one), local(two)], mode: 'failover' }, paths: [serve('a')] });
    await connected(one);
    await one.close();
    const second = await connected(two);
    const back = await runProxy({ port: one.port });
    second.connection.destroy();
    await connected(back);
  });

  test('behind one name have a connection each', async () => {
    const one = await runProxy({ host: '127.0.0.2' });
    const two = await runProxy({ host: '127.0.0.3', port: one.port });
    const lookup = async () => ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, family: 4 }));
    const { agent } = runAgent({
      settings: { proxies: [{ host: 'proxies', port: one.port }] },
      lookup,
      paths: [serve('a')],
    });
    for (const proxy of [one, two]) await connected(proxy);
    expect(agent.proxies()[0]?.connections).toBe(2);
  });

  test('that one host is under two families of addresses is connected to once', async () => {
    const proxy = await runProxy();
    const lookup = async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const { agent } = runAgent({ settings: { proxies: [local(proxy)] }, lookup, paths: [serve('a')] });
    await connected(proxy);
    await until(() => expect(agent.proxies()[0]?.connections).toBe(1));
    expect(proxy.connections).toHaveLength(1);
  });

  test('a name that is not found is looked up again', async () => {
    const proxy = await runProxy();
    let lookups = 0;
    const lookup = async () => {
      if (++lookups < 3) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const { events } = runAgent({ settings: { proxies: [local(proxy)] }, lookup });
    await connected(proxy);
    expect(events.slice(0, 2)).toMatchObject([{ kind: 'connect_failed' }, { kind: 'connect_failed' }]);
  });
});

describe('a stop', () => {
  test('of an idle agent takes less than a second', async () => {
    const proxy = await runProxy();
    const { agent } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('a')] });
    await connected(proxy);
    const started = performance.now();
    await agent.close(20_000);
    expect(performance.now() - started).toBeLessThan(1000);
    await until(() => expect([proxy.openConnections, proxy.openStreams]).toEqual([0, 0]));
  });

  test('answers scrapes under way, and refuses new ones', async () => {
    const proxy = await runProxy();
    let finish: () => void = () => undefined;
    const slow = () =>
      new Promise<TargetResponse>((resolve) => {
        finish = () => resolve(ok('late 1\n'));
      });
    const { agent } = runAgent({ settings: { proxies: [local(proxy)] }, paths: [serve('slow', slow), serve('a')] });
    const connection = await connected(proxy);
    const scrape = connection.scrape({ path: 'slow' });
    await connection.scrape({ path: 'a' });
    const closing = agent.close(5000);
    expect(await connection.scrape({ path: 'a' })).toMatchObject({
      statusCode: 503,
      failureReason: 'the agent is shutting down',
    });
    finish();
    expect((await scrape).body.toString()).toBe('late 1\n');
    await closing;
    await until(() => expect(proxy.openConnections).toBe(0));
  });

  test('does not wait longer than it may', async () => {
    const proxy = await runProxy();
    const { agent } = runAgent({
      settings: { proxies: [local(proxy)] },
      paths: [serve('slow', () => new Promise(() => undefined))],
    });
    const connection = await connected(proxy);
    connection.request({ path: 'slow' });
    await connection.scrape({ path: 'none' });
    const started = performance.now();
    await agent.close(100);
    expect(performance.now() - started).toBeGreaterThan(90);
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test('does not wait for a proxy that does not answer', async () => {
    let introduced: () => void = () => undefined;
    const isCalled = new Promise<void>((resolve) => {
      introduced = resolve;
    });
    const proxy = await runProxy({
      refusePath: () => {
        introduced();
        return 'no';
      },
      onRegisterPath: () => new Promise(() => undefined),
    });
    const { agent } = runAgent({ settings: { proxies: [local(proxy)], callTimeoutMs: 25_000 }, paths: [serve('a')] });
    await isCalled;
    const startedMs = performance.now();
    await agent.close(25_000);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test('while nothing is connected is a stop as well', async () => {
    const { agent } = runAgent({ settings: { proxies: [{ host: 'localhost', port: 1 }], reconnectAfterMs: 60_000 } });
    await agent.close(1000);
    expect(agent.proxies()).toMatchObject([{ connections: 0 }]);
  });
});
