import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { ask } from '../../support/ask.js';
import { runFlapping } from '../../support/tunnel/flapping.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { startWireAgent, type WireAgent, type WireAgentOptions } from '../../support/tunnel/wire-agent.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(...args: Parameters<typeof startProxyUnderTest>): Promise<ProxyUnderTest> {
  const proxy = await startProxyUnderTest(...args);
  cleanups.push(() => proxy.close());
  return proxy;
}

async function join(options: WireAgentOptions): Promise<WireAgent> {
  const agent = await startWireAgent(options);
  cleanups.push(() => agent.close());
  return agent;
}

const answerPath = (request: Parameters<WireAgent['respond']>[0], agent: WireAgent) =>
  void agent.respond(request, `up{path="${request.path}"} 1\n`);

test('1000 paths of 20 agents are each answered by their own', { timeout: 120_000 }, async () => {
  const proxy = await start({}, { flags: { 'web.max-requests': '1000', 'web.max-connections': '2000' } });
  await Promise.all(
    Array.from({ length: 20 }, (_, agent) =>
      join({
        port: proxy.port,
        name: `agent-${agent}`,
        paths: Array.from({ length: 50 }, (_, i) => `path_${agent}_${i}`),
        onRequest: answerPath,
      }),
    ),
  );
  expect(proxy.proxy.load).toMatchObject({ agents: 20, paths: 1000 });
  const paths = Array.from({ length: 1000 }, (_, i) => `path_${Math.floor(i / 50)}_${i % 50}`);
  const texts: string[] = [];
  for (let i = 0; i < paths.length; i += 50) {
    const replies = await Promise.all(paths.slice(i, i + 50).map((path) => proxy.get(`/${path}`)));
    texts.push(...replies.map(({ text }) => text));
  }
  expect(texts).toEqual(paths.map((path) => `up{path="${path}"} 1\n`));
});

test('16 scrapes of 50000 series at a time are not mixed, and leave no memory behind', {
  timeout: 120_000,
}, async () => {
  const proxy = await start();
  const bodyOf = (path: string) =>
    Array.from({ length: 50_000 }, (_, i) => `series{path="${path}",number="${i}"} ${i * 1.37}\n`).join('');
  const paths = Array.from({ length: 16 }, (_, i) => `big_${i}`);
  const gzips = new Map(paths.map((path) => [path, gzipSync(bodyOf(path), { level: 1 })]));
  await join({
    port: proxy.port,
    paths,
    onRequest: (request, agent) => void agent.respondInChunks(request, gzips.get(request.path)!),
  });
  const before = process.memoryUsage();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - before.rss);
  }, 5);
  const replies = await Promise.all(paths.map((path) => ask(`${proxy.url}/${path}`)));
  clearInterval(timer);
  expect(replies.map(({ status }) => status)).toEqual(paths.map(() => 200));
  for (const [i, { text }] of replies.entries()) {
    expect(text.startsWith(`series{path="big_${i}",number="0"} 0\n`)).toBe(true);
    expect(text.length).toBe(bodyOf(`big_${i}`).length);
  }
  expect(proxy.proxy.load).toMatchObject({ pendingScrapes: 0, bufferedBytes: 0 });
  // Sixteen bodies of some 2 MB are in this process three times: plain in the proxy, as pieces and text in the test.
  expect(peak).toBeLessThan(400 * 1024 * 1024);
});

test('agents that come and go leave no stream, buffer or request, and mix nothing up', async () => {
  const report = await runFlapping({ agents: 8, pathsPerAgent: 5, durationMs: 4000, maxLifeMs: 300 });
  expect(report.mixed).toBe(0);
  expect(report.cuts).toBeGreaterThan(20);
  expect(report.statuses.get(200)).toBeGreaterThan(20);
  expect([...report.statuses.keys()].filter((status) => ![200, 404, 502, 503].includes(status))).toEqual([]);
  expect(report.left).toEqual({
    agents: 0,
    paths: 0,
    connections: 0,
    streams: 0,
    pendingScrapes: 0,
    queuedRequests: 0,
    bufferedBytes: 0,
  });
});

test('a proxy that is killed and replaced answers again once its agents are back', async () => {
  const first = await startProxyUnderTest();
  const before = await join({ port: first.port, paths: ['app'], onRequest: answerPath });
  expect(await first.get('/app')).toMatchObject({ status: 200 });
  await first.close();
  await vi.waitFor(() => expect(before.connection.signal.aborted).toBe(true), { timeout: 5000 });
  const second = await start({ listenAddresses: [{ host: '127.0.0.1', port: first.port }] });
  expect(await second.get('/app')).toMatchObject({ status: 404 });
  await join({ port: second.port, paths: ['app'], onRequest: answerPath });
  expect(await second.get('/app')).toMatchObject({ status: 200 });
});

test('an agent that does not read holds up nobody else, and its requests do not pile up', async () => {
  const proxy = await start({ scrapeTimeoutMs: 300 }, { flags: { 'web.max-requests': '500' } });
  const frozen = await join({ port: proxy.port, name: 'frozen', paths: ['frozen'] });
  await join({ port: proxy.port, name: 'lively', paths: ['lively'], onRequest: answerPath });
  frozen.socket.pause();
  const long = `q=${'x'.repeat(8000)}`;
  const stuck = Array.from({ length: 300 }, () => proxy.get(`/frozen?${long}`));
  expect(await proxy.get('/lively')).toMatchObject({ status: 200 });
  expect(new Set((await Promise.all(stuck)).map(({ status }) => status))).toEqual(new Set([503]));
  expect(proxy.proxy.load).toMatchObject({ pendingScrapes: 0, queuedRequests: 0 });
});
