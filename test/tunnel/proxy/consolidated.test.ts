import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { ScrapeRequest } from '../../../src/tunnel/protocol/messages.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { startWireAgent, type WireAgent, type WireAgentOptions } from '../../support/tunnel/wire-agent.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<ProxyUnderTest> {
  const proxy = await startProxyUnderTest({
    scrapeTimeoutMs: 1000,
    discovery: { path: 'discovery', targetPrefix: 'proxy:8080', scheme: undefined },
  });
  cleanups.push(() => proxy.close());
  return proxy;
}

async function join(proxy: ProxyUnderTest, options: Partial<WireAgentOptions>): Promise<WireAgent> {
  const agent = await startWireAgent({ port: proxy.port, consolidated: true, paths: ['app'], ...options });
  cleanups.push(() => agent.close());
  return agent;
}

const say =
  (text: string, more = {}) =>
  (request: ScrapeRequest, agent: WireAgent) =>
    void agent.respond(request, text, more);

describe('a consolidated path', () => {
  test('is scraped from all of its agents, and the bodies are merged', async () => {
    const proxy = await start();
    const first = await join(proxy, { name: 'one', onRequest: say('# TYPE up gauge\nup{a="1"} 1\nsame 1\n') });
    await join(proxy, {
      name: 'two',
      onRequest: (request, agent) =>
        void agent.respondInChunks(request, gzipSync('# TYPE up gauge\nup{a="2"} 1\nsame 2\n')),
    });
    const reply = await proxy.get('/app', { headers: { accept: 'application/vnd.google.protobuf;q=0.9,text/plain' } });
    expect(reply).toMatchObject({ status: 200, text: '# TYPE up gauge\nup{a="1"} 1\nup{a="2"} 1\nsame 1\n' });
    expect(first.requests[0]?.accept).toBe('text/plain');
    expect(await proxy.metric('zxp_proxy_duplicate_series_total')).toBe(1);
    expect(JSON.parse((await proxy.get('/discovery')).text)).toMatchObject([
      { labels: { agentName: 'one, two', hostName: 'agent-host, agent-host' } },
    ]);
  });

  test('is 200 with what there is where one of its agents fails or does not answer', async () => {
    const proxy = await start();
    await join(proxy, { onRequest: say('', { statusCode: 500 }) });
    await join(proxy, { onRequest: say('up 1\n') });
    await join(proxy, {});
    expect(await proxy.get('/app')).toMatchObject({ status: 200, text: 'up 1\n' });
  });

  test('is what the first agent answers where none succeeds', async () => {
    const proxy = await start();
    await join(proxy, { onRequest: say('', { statusCode: 404 }) });
    await join(proxy, { onRequest: say('', { statusCode: 500 }) });
    expect(await proxy.get('/app')).toMatchObject({ status: 404 });
  });

  test('of one agent is passed through byte for byte, and stays when the other leaves', async () => {
    const proxy = await start();
    const first = await join(proxy, { name: 'one' });
    await join(proxy, { name: 'two', onRequest: say('b 1\na 1\n\n# EOF') });
    first.close();
    await expect.poll(async () => (await proxy.get('/app')).text).toBe('b 1\na 1\n\n# EOF');
  });

  test('is refused to an agent that is not consolidated, and the other way round', async () => {
    const proxy = await start();
    await join(proxy, {});
    await expect(join(proxy, { consolidated: false })).rejects.toThrow(/consolidated/);
    const alone = await join(proxy, { consolidated: false, paths: ['alone'] });
    await expect(join(proxy, { paths: ['alone'] })).rejects.toThrow(/not consolidated/);
    expect(alone.connection.signal.aborted).toBe(false);
  });
});
