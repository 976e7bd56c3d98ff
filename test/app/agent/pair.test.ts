import { expect, test } from 'vitest';
import { ask } from '../../support/ask.js';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { until } from '../../tunnel/agent/run-agent.js';
import { runAgentApp } from './run-agent-app.js';

/* Both sides of zxp together: an exporter, an agent, one proxy or two, and a scraper. */

async function start(...args: Parameters<typeof startProxyUnderTest>): Promise<ProxyUnderTest> {
  return forThisTest(await startProxyUnderTest(...args));
}

const writeSeries = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => `series{path="${name}",number="${i}"} ${i * 1.37}\n`).join('');

interface Exporter {
  readonly url: string;
  readonly requests: number;
  /** Lets every request that is held go on. */
  release(): void;
}

/** `/N/NAME` has N series of this name, `/hold` waits. */
async function runExporter(): Promise<Exporter> {
  const held: (() => void)[] = [];
  const upstream = forThisTest(
    await startStubUpstream((request, response) => {
      const [, count = '', name = ''] = request.url?.split('/') ?? [];
      const send = (body: string) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(body);
      if (count === 'hold') held.push(() => send('held 1\n'));
      else send(writeSeries(Number(count), name));
    }),
  );
  return {
    url: upstream.url,
    get requests() {
      return upstream.arrived;
    },
    release: () => {
      for (const each of held.splice(0)) each();
    },
  };
}

function describeAgent(ports: readonly number[], paths: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    tunnel: {
      proxies: ports.map((port) => `127.0.0.1:${port}`),
      reconnect_after: '50ms',
      paths: Object.entries(paths).map(([path, url]) => ({ path, url })),
    },
  });
}

test('responses of any size arrive byte for byte', async () => {
  const [proxy, exporter] = [await start(), await runExporter()];
  const sizes = [0, 1, 10, 100, 2000, 40_000];
  const paths = Object.fromEntries(sizes.map((size) => [`p${size}`, `${exporter.url}/${size}/n`]));
  await runAgentApp({ files: { 'agent.yml': describeAgent([proxy.port], paths) } });
  await until(() => expect(proxy.proxy.load.paths).toBe(sizes.length));
  for (const size of sizes) {
    const { status, text } = await ask(`${proxy.url}/p${size}`);
    expect([size, status, text === writeSeries(size, 'n')]).toEqual([size, 200, true]);
  }
});

test('16 scrapes of 50000 series at once are not mixed', { timeout: 120_000 }, async () => {
  const [proxy, exporter] = [await start(), await runExporter()];
  const names = Array.from({ length: 16 }, (_, i) => `n${i}`);
  const paths = Object.fromEntries(names.map((name) => [name, `${exporter.url}/50000/${name}`]));
  await runAgentApp({ files: { 'agent.yml': describeAgent([proxy.port], paths) } });
  await until(() => expect(proxy.proxy.load.paths).toBe(16));
  const replies = await Promise.all(names.map((name) => ask(`${proxy.url}/${name}`)));
  for (const [i, { status, text }] of replies.entries()) {
    expect([status, text === writeSeries(50_000, `n${i}`)]).toEqual([200, true]);
  }
  expect(proxy.proxy.load).toMatchObject({ pendingScrapes: 0, bufferedBytes: 0 });
});

test('an agent that stops answers the scrapes in flight, and leaves nothing at the proxy', async () => {
  const [proxy, exporter] = [await start(), await runExporter()];
  const { agent } = await runAgentApp({
    files: { 'agent.yml': describeAgent([proxy.port], { hold: `${exporter.url}/hold` }) },
  });
  await until(() => expect(proxy.proxy.load.paths).toBe(1));
  const scrape = ask(`${proxy.url}/hold`);
  await until(() => expect(exporter.requests).toBe(1));
  const closing = agent.close();
  exporter.release();
  expect((await scrape).text).toBe('held 1\n');
  await closing;
  await until(() => expect(proxy.proxy.load).toMatchObject({ agents: 0, paths: 0, connections: 0, streams: 0 }));
});

test('a proxy that stops answers the scrapes in flight, and the agent finds the one that replaces it', async () => {
  const [proxy, exporter] = [await startProxyUnderTest(), await runExporter()];
  await runAgentApp({
    files: { 'agent.yml': describeAgent([proxy.port], { hold: `${exporter.url}/hold`, now: `${exporter.url}/1/n` }) },
  });
  await until(() => expect(proxy.proxy.load.paths).toBe(2));
  const scrape = ask(`${proxy.url}/hold`);
  await until(() => expect(exporter.requests).toBe(1));
  const closing = proxy.close();
  exporter.release();
  expect((await scrape).text).toBe('held 1\n');
  await closing;
  const next = await start({ listenAddresses: [{ host: '127.0.0.1', port: proxy.port }] });
  await until(() => expect(next.proxy.load.paths).toBe(2));
  expect((await ask(`${next.url}/now`)).text).toBe(writeSeries(1, 'n'));
});

test('with two proxies each answers every path, and one goes on while the other is gone', async () => {
  const [one, two, exporter] = [await startProxyUnderTest(), await start(), await runExporter()];
  await runAgentApp({
    files: { 'agent.yml': describeAgent([one.port, two.port], { a: `${exporter.url}/3/n` }) },
  });
  for (const proxy of [one, two]) {
    await until(() => expect(proxy.proxy.load.paths).toBe(1));
    expect((await ask(`${proxy.url}/a`)).text).toBe(writeSeries(3, 'n'));
  }
  await one.close();
  const statuses = [];
  for (let i = 0; i < 20; i++) statuses.push((await ask(`${two.url}/a`)).status);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('agents that come and go leave no stream behind', { timeout: 60_000 }, async () => {
  const [proxy, exporter] = [await start(), await runExporter()];
  for (let i = 0; i < 15; i++) {
    const { agent } = await runAgentApp({
      files: { 'agent.yml': describeAgent([proxy.port], { a: `${exporter.url}/2000/n` }) },
    });
    await until(() => expect(proxy.proxy.load.paths).toBe(1));
    const scrapes = [1, 2, 3].map(() => ask(`${proxy.url}/a`));
    await Promise.all([...scrapes, i % 2 === 0 ? agent.close() : undefined]);
    await agent.close();
    await until(() => expect(proxy.proxy.load.paths).toBe(0));
  }
  await until(() =>
    expect(proxy.proxy.load).toEqual({
      agents: 0,
      paths: 0,
      connections: 0,
      streams: 0,
      pendingScrapes: 0,
      queuedRequests: 0,
      bufferedBytes: 0,
    }),
  );
});

test('both sides log why the target of a module is down, and the proxy shows it', async () => {
  const proxy = await start();
  const upstream = forThisTest(await startStubUpstream((_, response) => response.writeHead(401).end()));
  const agentFile = {
    modules: { stock: { metrics: [{ name: 'stock_items', path: '{.items}', help: 'Items.' }] } },
    tunnel: {
      proxies: [`127.0.0.1:${proxy.port}`],
      paths: [
        { path: 'stock', url: upstream.url, module: 'stock' },
        { path: 'refused', url: 'http://127.0.0.1:1/metrics' },
      ],
    },
  };
  const { log } = await runAgentApp({ files: { 'agent.yml': JSON.stringify(agentFile) } });
  await until(() => expect(proxy.proxy.load.paths).toBe(2));
  const reply = await ask(`${proxy.url}/stock`);
  expect(reply).toMatchObject({
    status: 200,
    text: expect.stringContaining('target_scrape_error{reason="unauthorized"} 1'),
  });
  const refused = await ask(`${proxy.url}/refused`);
  expect(refused).toMatchObject({ status: 503, text: expect.stringMatching(/^error: .*ECONNREFUSED.*\n$/) });
  expect(log()).toMatch(/msg="scrape failed".* path=stock outcome=down status=200 reason="unauthorized: /);
  expect(proxy.logged.join('\n')).toMatch(/unauthorized: /);
  const page = (await ask(`${proxy.url}/`)).text;
  expect(page).toMatch(/down<br><small>unauthorized: /);
  expect(page).toMatch(/upstream_error<br><small>.*ECONNREFUSED/);
});
