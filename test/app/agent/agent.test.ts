import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { connected, runProxy, until } from '../../tunnel/agent/run-agent.js';
import { runAgentApp } from './run-agent-app.js';

interface Seen {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** An exporter that records what it is requested. */
async function runExporter(body: string | Buffer = 'up 1\n', headers: Record<string, string> = {}) {
  const seen: Seen[] = [];
  const upstream = await startStubUpstream((request, response) => {
    seen.push({ url: request.url, headers: request.headers });
    if (request.url === '/404') return response.writeHead(404).end('nothing');
    if (request.url === '/slow') return undefined;
    return response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4', ...headers }).end(body);
  });
  forThisTest(upstream);
  return { url: upstream.url, seen };
}

const METRICS = '# TYPE http_a gauge\nhttp_a 1\n# TYPE http_debug_b gauge\nhttp_debug_b 2\n# TYPE go_c gauge\ngo_c 3\n';

describe('an exporter behind an agent', () => {
  test('is passed on byte for byte, requested as the scraper wants it', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter(Buffer.from([0x61, 0x20, 0xff, 0x0a]), { 'content-type': 'text/odd; a=b' });
    await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${exporter.url}/metrics?fixed=1" }] }`,
      },
    });
    const response = await (await connected(proxy)).scrape({
      path: 'a',
      accept: 'application/openmetrics-text',
      encodedQueryParams: 'x=%2F&y',
      authHeader: 'Bearer caller',
    });
    expect(response).toMatchObject({ statusCode: 200, contentType: 'text/odd; a=b' });
    expect([...response.body]).toEqual([0x61, 0x20, 0xff, 0x0a]);
    expect(exporter.seen).toMatchObject([
      {
        url: '/metrics?fixed=1&x=%2F&y',
        headers: {
          accept: 'application/openmetrics-text',
          authorization: 'Bearer caller',
          'user-agent': 'zxp/0.0.0-test',
        },
      },
    ]);
  });

  test('gets */* and no credentials where the scraper brings none', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter();
    await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${exporter.url}" }] }`,
      },
    });
    await (await connected(proxy)).scrape({ path: 'a' });
    expect(exporter.seen[0]?.headers.accept).toBe('*/*');
    expect(exporter.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('that compresses is not compressed again, unless it is filtered', async () => {
    const proxy = await runProxy();
    const gzip = gzipSync(METRICS, { level: 9 });
    const exporter = await runExporter(gzip, { 'content-encoding': 'gzip' });
    await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${exporter.url}" }, { path: b, url: "${exporter.url}", drop: [go_.*] }] }`,
      },
    });
    const connection = await connected(proxy);
    expect(await connection.scrape({ path: 'a' })).toMatchObject({
      form: 'gzip',
      zipped: true,
      body: Buffer.from(METRICS),
    });
    expect(exporter.seen[0]?.headers['accept-encoding']).toBe('gzip');
    expect((await connection.scrape({ path: 'b' })).body.toString()).toBe(
      METRICS.slice(0, METRICS.indexOf('# TYPE go_c')),
    );
  });

  test('that compresses may have no type; it gets that of text', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter(gzipSync(METRICS), { 'content-encoding': 'gzip', 'content-type': '' });
    await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${exporter.url}" }] }`,
      },
    });
    const response = await (await connected(proxy)).scrape({ path: 'a' });
    expect(response.body.toString()).toBe(METRICS);
    expect(response.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  test('is filtered by whole families, and cannot evade it with another format', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter(METRICS);
    await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${exporter.url}", only: ['http_.*'], drop: ['http_debug_.*'] }] }`,
      },
    });
    const accept =
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;q=0.9,application/openmetrics-text;q=0.5,text/plain;q=0.1';
    const response = await (await connected(proxy)).scrape({ path: 'a', accept });
    expect(response.body.toString()).toBe('# TYPE http_a gauge\nhttp_a 1\n');
    expect(exporter.seen[0]?.headers.accept).toBe('application/openmetrics-text;q=0.5,text/plain;q=0.1');
  });

  test.each<readonly [string, string, number, string]>([
    ['a status of its own', '/404', 404, ''],
    ['no response in time', '/slow', 408, 'no complete reply within 0.2 s'],
    ['more than it may', '/large', 413, 'the reply is larger than 4000 bytes'],
  ])('gives %s as a status', async (_name, path, statusCode, failureReason) => {
    const proxy = await runProxy();
    const exporter = await runExporter('x'.repeat(5000));
    const { url } = await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], scrape_timeout: 200ms, paths: [{ path: a, url: "${exporter.url}${path}" }] }\nlimits: { body_size: 4000 }\n`,
      },
    });
    const response = await (await connected(proxy)).scrape({ path: 'a' });
    expect(response).toMatchObject({ statusCode, failureReason, contentType: '', validResponse: false });
    expect(response.body).toHaveLength(0);
    const outcome = { 404: 'status', 408: 'timed_out', 413: 'too_large' }[statusCode];
    expect(await (await fetch(`${url}/-/metrics`)).text()).toContain(
      `zxp_agent_scrapes_total{path="a",outcome="${outcome}"} 1`,
    );
  });

  test('that is down is 503 with the reason, and with a masked URL for a proxy that debugs', async () => {
    const proxy = await runProxy();
    await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "http://bob:canary@127.0.0.1:1/m?key=canary" }] }`,
      },
    });
    const connection = await connected(proxy);
    const response = await connection.scrape({ path: 'a', debugEnabled: true, encodedQueryParams: 'q=canary' });
    expect(response.statusCode).toBe(503);
    expect(response.failureReason).toMatch(/ECONNREFUSED/);
    expect(response.url).toBe('http://***@127.0.0.1:1/m?key=***&q=***');
    expect(connection.paths.get('a')?.targetUrl).toBe('http://127.0.0.1:1/m?key=***');
  });

  test('is followed to another path of its origin, and to no other origin', async () => {
    const proxy = await runProxy();
    const other = await runExporter();
    const redirecting = forThisTest(
      await startStubUpstream((request, response) => {
        const to = request.url === '/own' ? '/there' : request.url === '/foreign' ? `${other.url}/x` : undefined;
        if (to === undefined) response.writeHead(200, { 'content-type': 'text/plain' }).end('there 1\n');
        else response.writeHead(302, { location: to }).end();
      }),
    );
    await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: own, url: "${redirecting.url}/own" }, { path: foreign, url: "${redirecting.url}/foreign" }] }`,
      },
    });
    const connection = await connected(proxy);
    expect((await connection.scrape({ path: 'own' })).body.toString()).toBe('there 1\n');
    expect(await connection.scrape({ path: 'foreign', authHeader: 'Bearer x' })).toMatchObject({ statusCode: 503 });
    expect(other.seen).toEqual([]);
  });
});

describe('credentials', () => {
  test('of the scraper reach exactly the target that the path names, and are nowhere else', async () => {
    const proxy = await runProxy();
    const [one, two] = [await runExporter(), await runExporter()];
    const { url, log } = await runAgentApp({
      files: {
        'agent.yml': `log: { level: debug }\ntunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: one, url: "${one.url}" }, { path: two, url: "${two.url}" }, { path: down, url: "http://127.0.0.1:1/" }] }`,
      },
    });
    const connection = await connected(proxy);
    await Promise.all([
      connection.scrape({ path: 'one', authHeader: 'Bearer canary-one' }),
      connection.scrape({ path: 'two', authHeader: 'Basic canary-two' }),
      connection.scrape({ path: 'down', authHeader: 'Bearer canary-three' }),
      connection.scrape({ path: 'none', authHeader: 'Bearer canary-four' }),
    ]);
    await connection.scrape({ path: 'one' });
    expect(one.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer canary-one', undefined]);
    expect(two.seen.map(({ headers }) => headers.authorization)).toEqual(['Basic canary-two']);
    const metrics = await (await fetch(`${url}/-/metrics`)).text();
    const replies = JSON.stringify(connection.responses, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(`${log()}${metrics}${replies}`).not.toContain('canary');
  });

  test('of the URL are sent where the scraper brings none, and those of the scraper win', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter();
    const withUser = exporter.url.replace('://', '://bob:p%40ss@');
    const { log } = await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${withUser}" }] }`,
      },
    });
    const connection = await connected(proxy);
    await connection.scrape({ path: 'a' });
    await connection.scrape({ path: 'a', authHeader: 'Bearer mine' });
    const basic = `Basic ${Buffer.from('bob:p@ss').toString('base64')}`;
    expect(exporter.seen.map(({ headers }) => headers.authorization)).toEqual([basic, 'Bearer mine']);
    expect(log()).not.toMatch(/p@ss|p%40ss/);
  });

  test('of the path itself are sent in place of any other', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter();
    await runAgentApp({
      files: {
        'agent.yml': `tunnel:
  proxies: ["127.0.0.1:${proxy.port}"]
  paths:
    - path: a
      url: "${exporter.url}"
      http_client_config: { authorization: { credentials_file: token } }
`,
        token: 'own\n',
      },
    });
    await (await connected(proxy)).scrape({ path: 'a', authHeader: 'Bearer caller' });
    expect(exporter.seen[0]?.headers.authorization).toBe('Bearer own');
  });
});

describe('a module behind an agent', () => {
  const files = (proxyPort: number, url: string) => ({
    'agent.yml': `
modules:
  stock:
    metrics:
      - { name: stock_items, path: "{.items}", help: Items. }
      - { name: stock_debug, path: "{.items}", help: Debug. }
tunnel:
  proxies: ["127.0.0.1:${proxyPort}"]
  paths:
    - { path: stock, url: "${url}", module: stock, drop: ['stock_debug', 'target_.*'] }
`,
  });

  test('translates JSON where it is, with the credentials of the scraper', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter('{"items": 7, "secret": "canary"}', { 'content-type': 'application/json' });
    await runAgentApp({ files: files(proxy.port, exporter.url) });
    const response = await (await connected(proxy)).scrape({ path: 'stock', authHeader: 'Bearer t' });
    const text = response.body.toString();
    expect(response).toMatchObject({ statusCode: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8' });
    expect(text).toContain('stock_items 7\n');
    expect(text).toContain('target_up 1\n');
    expect(text).not.toMatch(/stock_debug|canary/);
    expect(exporter.seen[0]?.headers.authorization).toBe('Bearer t');
  });

  test('answers a target that fails with target_up 0 and a reason', async () => {
    const proxy = await runProxy();
    const { url } = await runAgentApp({ files: files(proxy.port, 'http://127.0.0.1:1/') });
    const response = await (await connected(proxy)).scrape({
      path: 'stock',
      accept: 'application/openmetrics-text; version=1.0.0',
    });
    expect(response.statusCode).toBe(200);
    expect(response.body.toString()).toContain('target_up 0\n');
    expect(response.body.toString()).toMatch(/target_scrape_error\{reason="connect"/);
    expect(response.body.toString()).toMatch(/# EOF\n$/);
    expect(await (await fetch(`${url}/-/metrics`)).text()).toContain(
      'zxp_agent_scrapes_total{path="stock",outcome="down"} 1',
    );
  });
});

describe('a reload', () => {
  const main = (port: number, paths: string) =>
    `tunnel:\n  proxies: ["127.0.0.1:${port}"]\n  include: ['more*.yml']\n  paths: ${paths}\n`;

  test('registers and unregisters only what changed', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter();
    const { agent, folder, log } = await runAgentApp({
      files: {
        'agent.yml': main(proxy.port, `[{ path: a, url: "${exporter.url}/1" }, { path: b, url: "${exporter.url}" }]`),
      },
    });
    const connection = await connected(proxy);
    connection.calls.length = 0;
    folder.write(
      'agent.yml',
      main(proxy.port, `[{ path: a, url: "${exporter.url}/1", only: [x] }, { path: c, url: "${exporter.url}" }]`),
    );
    await agent.reload();
    expect(connection.calls).toEqual(['unregister b', 'register c']);
    expect((await connection.scrape({ path: 'a' })).body.toString()).toBe('');
    expect(log()).toContain('msg="configuration reloaded" paths=2 added=1 removed=1');
    expect(proxy.connections).toHaveLength(1);
  });

  test('happens by itself when included files change, appear or go away', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter();
    const { folder } = await runAgentApp({
      files: {
        'agent.yml': main(proxy.port, `[{ path: a, url: "${exporter.url}" }]`),
        'more1.yml': `paths: [{ path: b, url: "${exporter.url}" }]`,
      },
    });
    const connection = await connected(proxy);
    await until(() => expect([...connection.paths.keys()]).toEqual(['a', 'b']));
    folder.write('more2.yml', `paths: [{ path: c, url: "${exporter.url}" }]`);
    await until(() => expect([...connection.paths.keys()]).toEqual(['a', 'b', 'c']));
    folder.write('more1.yml', 'paths: []');
    await until(() => expect([...connection.paths.keys()]).toEqual(['a', 'c']));
    expect(connection.calls.filter((call) => call.endsWith(' a'))).toEqual(['register a']);
    expect(proxy.connections).toHaveLength(1);
  });

  test('that fails changes nothing, and says why', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter();
    const { agent, folder, log, url } = await runAgentApp({
      files: { 'agent.yml': main(proxy.port, `[{ path: a, url: "${exporter.url}" }]`) },
    });
    const connection = await connected(proxy);
    folder.write(
      'agent.yml',
      main(
        proxy.port,
        `[{ path: a, url: "${exporter.url}", only: ['('] }, { path: b, url: "${exporter.url}", module: x }]`,
      ),
    );
    await expect(agent.reload()).rejects.toMatchObject({ code: 'config', problems: [{}, {}] });
    expect(log()).toContain('keeping the previous one');
    expect(log()).toContain('is not a regular expression');
    expect((await connection.scrape({ path: 'a' })).statusCode).toBe(200);
    expect(await (await fetch(`${url}/-/metrics`)).text()).toContain('zxp_config_last_reload_successful 0');
  });

  test('lets a scrape under way end with the target that it began with', async () => {
    const proxy = await runProxy();
    let finish: () => void = () => undefined;
    const slow = forThisTest(
      await startStubUpstream((_, response) => {
        finish = () => response.writeHead(200, { 'content-type': 'text/plain' }).end('late 1\n');
      }),
    );
    const { agent, folder } = await runAgentApp({
      files: { 'agent.yml': main(proxy.port, `[{ path: a, url: "${slow.url}" }]`) },
    });
    const connection = await connected(proxy);
    const scrape = connection.scrape({ path: 'a' });
    await until(() => expect(slow.arrived).toBe(1));
    folder.write('agent.yml', main(proxy.port, `[{ path: b, url: "${slow.url}" }]`));
    await agent.reload();
    finish();
    expect((await scrape).body.toString()).toBe('late 1\n');
  });
});

describe('the listener of an agent', () => {
  test('serves health, readiness and metrics', async () => {
    const proxy = await runProxy();
    const exporter = await runExporter();
    const { url } = await runAgentApp({
      files: {
        'agent.yml': `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${exporter.url}" }], trust_all_x509: true }`,
      },
    });
    await (await connected(proxy)).scrape({ path: 'a' });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    const metrics = await (await fetch(`${url}/-/metrics`)).text();
    for (const line of [
      `zxp_agent_connected{proxy="127.0.0.1:${proxy.port}"} 1`,
      `zxp_agent_connects_total{proxy="127.0.0.1:${proxy.port}",result="success"} 1`,
      'zxp_agent_scrapes_total{path="a",outcome="success"} 1',
      'zxp_agent_paths 1',
      `zxp_agent_paths_refused{proxy="127.0.0.1:${proxy.port}"} 0`,
      'zxp_agent_trust_all_x509 1',
    ])
      expect(metrics).toContain(`${line}\n`);
  });

  test('is not ready while no proxy is connected', async () => {
    const { url } = await runAgentApp({
      files: { 'agent.yml': 'tunnel: { proxies: ["127.0.0.1:1"], paths: [{ path: a, url: "http://a" }] }' },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  test('is protected by the web config file', async () => {
    const { url } = await runAgentApp({
      files: {
        'agent.yml':
          'web: { config_file: web.yml }\ntunnel: { proxies: ["127.0.0.1:1"], paths: [{ path: a, url: "http://a" }] }',
        'web.yml': `bearer_tokens: [{ name: prometheus, sha256: ${'a'.repeat(64)} }]`,
      },
    });
    expect((await fetch(`${url}/-/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe("prometheus-proxy's own file", () => {
  test('runs as it is', async () => {
    const proxy = await runProxy({ token: () => 'secret-token' });
    const exporter = await runExporter(METRICS);
    await runAgentApp({
      files: {
        'agent.conf': `agent {
  name = warehouse
  proxy.endpoints = ["127.0.0.1:1", "127.0.0.1:${proxy.port}"]
  agentToken = \${TOKEN}
  pathConfigs: [{ name: "App", path: /app, url: "${exporter.url}/metrics", labels: "{\\"site\\": \\"north\\"}" }]
  filters: [{ path: app, metricNameDeny: ["go_.*"] }]
  admin.enabled = true
}`,
      },
      environment: { TOKEN: 'secret-token' },
    });
    const connection = await connected(proxy);
    expect(connection.introduced[0]).toMatchObject({ agentName: 'warehouse', currentEndpointIndex: 1 });
    expect(connection.paths.get('app')).toMatchObject({ labels: '{"site":"north"}', pathSource: 'STATIC' });
    expect((await connection.scrape({ path: 'app' })).body.toString()).not.toContain('go_c');
  });
});

test('scrapes that the end of an agent cuts are one warning with their number', async () => {
  const proxy = await runProxy();
  const slow = forThisTest(await startStubUpstream(() => undefined));
  const tunnel = `tunnel: { proxies: ["127.0.0.1:${proxy.port}"], paths: [{ path: a, url: "${slow.url}" }] }`;
  const { agent, log } = await runAgentApp({ files: { 'agent.yml': tunnel }, flags: { 'web.drain-timeout': '50ms' } });
  (await connected(proxy)).request({ path: 'a' });
  await until(() => expect(slow.arrived).toBe(1));
  await agent.close();
  expect(log().match(/msg="in-flight scrapes aborted.*/g)).toEqual([expect.stringMatching(/scrapes=1 /)]);
});
