import { describe, expect, test } from 'vitest';
import { ask, basic } from '../support/ask.js';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { answerGauges, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { startProxyUnderTest } from '../support/tunnel/proxy-under-test.js';
import { runAgentApp } from './agent/run-agent-app.js';

async function start(log: string, status = 200) {
  const upstream = forThisTest(
    await startStubUpstream((_request, response) => {
      if (status === 200) answerGauges(response, { moon: 1 });
      else response.writeHead(status).end();
    }),
  );
  const config = (more: string) =>
    `upstream: ${upstream.url}\ntargets: [{ name: main, url: "${upstream.url}/metrics", module: zot }]\n${more}`;
  const zxp = await startDaemon({ config: config(log) });
  const lines = (message: string) => zxp.logged.filter((line) => line.includes(message));
  return { zxp, config, lines };
}

describe('--log.requests', () => {
  test('logs each request with its scrape, and nothing that it carries', async () => {
    const { zxp, lines } = await start('log: { requests: true }\n');
    const headers = { ...basic('alice', 'canary'), 'x-forwarded-for': '192.0.2.7' };
    const scraped = await zxp.ask('/probe?target=main&token=canary', { headers });
    await zxp.ask('/-/healthy');
    await zxp.ask('/nothing');
    await eventually('all are logged', () => lines('request served').length === 3);
    const id = scraped.headers['x-zxp-scrape-id'];
    expect(id).toMatch(/^[0-9a-f]{6}-1$/);
    const [first, second, third] = lines('request served').map((line) => JSON.parse(line.replace(/^[^{]*/, '')));
    expect(first).toMatchObject({
      method: 'GET',
      path: '/probe',
      status: 200,
      client: '127.0.0.1',
      forwarded_for: '192.0.2.7',
      scrape: id,
      target: 'main',
      up: true,
      samples: 1,
    });
    expect(second).toMatchObject({ path: '/-/healthy', status: 200 });
    expect(third).toMatchObject({ path: '/nothing', status: 404 });
    expect(zxp.logged.join('\n')).not.toContain('canary');
  });

  test('names target, module and auth of requests that no scrape comes of, without secrets', async () => {
    const { zxp, lines } = await start('log: { requests: true }\n');
    const asked = [
      'target=nowhere&module=zot',
      'target=http://u:canary@127.0.0.1:9/a%3Ftoken=canary&auth=none',
      'target=http://u:ca/nary@h/&module=m',
      `target=http://127.0.0.1:9/${'x'.repeat(500)}`,
    ];
    for (const query of asked) expect((await zxp.ask(`/probe?${query}`)).status).toBeGreaterThan(399);
    await eventually('all are logged', () => lines('request served').length === asked.length);
    const logged = lines('request served').map((line) => JSON.parse(line.replace(/^[^{]*/, '')));
    expect(logged).toMatchObject([
      { target: 'nowhere', module: 'zot' },
      { target: 'http://127.0.0.1:9/a', auth: 'none' },
      { target: 'http://h/', module: 'm' },
      { target: `http://127.0.0.1:9/${'x'.repeat(181)}` },
    ]);
    expect(zxp.logged.join('\n')).not.toMatch(/canary|ca\/nary/);
  });

  test('names the target of a caller that left, which is 499', async () => {
    let arrived: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const upstream = forThisTest(await startStubUpstream(() => arrived()));
    const zxp = await startDaemon({
      config: `targets: [{ name: main, url: "${upstream.url}/metrics", module: zot }]\nlog: { requests: true }\n`,
    });
    const controller = new AbortController();
    const left = fetch(`${zxp.url}/probe?target=main`, { signal: controller.signal }).catch(() => 'left');
    await asked;
    controller.abort();
    expect(await left).toBe('left');
    const find = () => zxp.logged.find((line) => line.includes('request served'));
    await eventually('it is logged', () => find() !== undefined);
    expect(JSON.parse(String(find()).replace(/^[^{]*/, ''))).toMatchObject({
      status: 499,
      target: 'main',
      module: 'zot',
    });
  });

  test('is off by default, and a reload turns it on', async () => {
    const { zxp, config, lines } = await start('');
    await zxp.ask('/-/healthy');
    zxp.folder.write('zxp.yml', config('log: { requests: true }\n'));
    await zxp.reload();
    await zxp.ask('/-/ready');
    await eventually('it is logged', () => lines('request served').length === 1);
    expect(lines('request served')[0]).toContain('/-/ready');
  });
});

test('agents and proxies log requests to their own listeners too', async () => {
  const proxy = forThisTest(await startProxyUnderTest({}, { flags: { 'log.requests': 'true' } }));
  await proxy.get('/nobody?token=canary');
  await eventually('the proxy logs it', () => proxy.logged.some((line) => line.includes('request served')));
  const line = proxy.logged.find((each) => each.includes('request served'));
  expect(line).toMatch(/"path":"\/nobody".*"status":404.*"outcome":"path_not_found"/);
  expect(line).not.toContain('canary');
  const file = `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "http://127.0.0.1:9" }] }\n`;
  const agent = await runAgentApp({ files: { 'agent.yml': file } });
  await ask(`${agent.url}/-/healthy`);
  agent.folder.write('agent.yml', `${file}log: { requests: true }\n`);
  await agent.agent.reload();
  await ask(`${agent.url}/-/metrics`);
  await eventually('the agent logs it', () => agent.log().includes('request served'));
  expect(agent.log().match(/msg="request served".*/g)).toEqual([
    expect.stringMatching(/method=GET path=\/-\/metrics status=200/),
  ]);
});

test('the id of a scrape is in its reply, the debug view and the log of its failure', async () => {
  const { zxp, lines } = await start('', 503);
  const failed = await zxp.ask('/probe?target=main');
  const id = String(failed.headers['x-zxp-scrape-id']);
  expect(lines('scrape failed')).toEqual([expect.stringContaining(`"scrape":"${id}"`)]);
  const debug = await zxp.ask('/probe?target=main&debug=true');
  expect(debug.text).toMatch(/^scrape [0-9a-f]{6}-2\n\nrequest: GET /);
  expect(debug.headers['x-zxp-scrape-id']).not.toBe(id);
});

test('thousands of URLs that callers name do not flood the log, nor hide a configured target', async () => {
  const zxp = await startDaemon({
    config: `targets: [{ name: main, url: "http://127.0.0.1:9/", module: zot }]\nmodules: { m: { allow: ["http://127.0.0.1:9"], metrics: [{ name: n, path: '{.n}' }] } }\n`,
  });
  for (let i = 0; i < 300; i++) await ask(`${zxp.url}/probe?module=m&target=http://127.0.0.1:9/${i}`);
  await ask(`${zxp.url}/probe?target=main`);
  const failures = zxp.logged.filter((line) => line.includes('scrape failed'));
  expect(failures).toHaveLength(11);
  expect(failures.at(-1)).toContain('"target":"main"');
});
