import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

/** What the upstream answers on each path. */
const replies: Readonly<Record<string, readonly [status: number, body: unknown]>> = {
  '/graphql/ok': [200, { data: { open: 3 } }],
  '/graphql/errors': [200, { data: { open: 0 }, errors: [{ message: 'token canary-secret is unknown' }] }],
  '/rpc/ok': [200, { jsonrpc: '2.0', result: { open: 3 }, id: 1 }],
  '/rpc/error': [200, { jsonrpc: '2.0', error: { code: -32601, message: 'canary-secret' }, id: 1 }],
  '/health/ok': [200, { status: 'ok', open: 3 }],
  '/health/degraded': [200, { status: 'degraded', open: 3 }],
  '/down/fine': [503, { status: 'starting', open: 3 }],
  '/down/broken': [503, { status: 'broken', open: 3 }],
  '/zot/ok': [200, { Gauges: [{ Name: 'zot_open', Value: 3, LabelNames: [], LabelValues: [] }] }],
  '/zot/empty': [200, { Gauges: [] }],
};

async function start(flags: Readonly<Record<string, string>> = {}) {
  const upstream = forThisTest(
    await startStubUpstream((request, response) => {
      const [status, body] = replies[new URL(request.url ?? '/', 'http://u').pathname] ?? [404, {}];
      response.writeHead(status, { 'content-type': 'application/json', 'x-open': '3' });
      response.end(JSON.stringify(body) + (request.url?.includes('large') ? ' '.repeat(2_000_000) : ''));
    }),
  );
  const config = `\
targets: []
modules:
  graphql:
    allow: ['${upstream.url}']
    fail_if: [{ path: '$.errors[*]', exists: true }]
    metrics: [{ name: open, path: '{.data.open}' }]
  rpc:
    allow: ['${upstream.url}']
    fail_if: [{ path: '{.error.code}', exists: true, message: the method failed }]
    metrics: [{ name: open, path: '{.result.open}' }]
  health:
    allow: ['${upstream.url}']
    fail_if: [{ path: '{.status}', not: [ok] }]
    metrics: [{ name: open, path: '{.open}' }]
  down:
    allow: ['${upstream.url}']
    valid_status_codes: [200, 503]
    fail_if: [{ cel: 'status != 200 && body.status != params.fine[0] || headers["x-open"] != ["3"]' }]
    metrics: [{ name: open, path: '{.open}' }]
  zot-with-gauges:
    translator: zot
    allow: ['${upstream.url}']
    fail_if: [{ path: '{.Gauges[*]}', exists: false }]
`;
  const zxp = await startDaemon({ config: config, flags });
  const probe = async (module: string, path: string, more: Readonly<Record<string, string>> = {}) => {
    const reply = await zxp.probe({ module, target: upstream.url + path, fine: 'starting', ...more });
    return { ...reply, samples: reply.text.split('\n').filter((line) => line !== '' && !line.startsWith('#')) };
  };
  return { zxp, probe };
}

describe('a reply that fails a check', () => {
  test.each([
    ['graphql', '/graphql/ok', 'open 3'],
    ['rpc', '/rpc/ok', 'open 3'],
    ['health', '/health/ok', 'open 3'],
    ['down', '/down/fine', 'open 3'],
    ['zot-with-gauges', '/zot/ok', 'zot_open 3'],
    ['health', '/health/ok?large', 'open 3'],
  ])('is not that of module %s on %s', async (module, path, sample) => {
    const { samples } = await (await start()).probe(module, path);
    expect(samples).toContain('target_up 1');
    expect(samples).toContain(sample);
  });

  test.each([
    ['graphql', '/graphql/errors', 200],
    ['rpc', '/rpc/error', 200],
    ['health', '/health/degraded', 200],
    ['health', '/health/degraded?large', 200],
    ['down', '/down/broken', 503],
    ['zot-with-gauges', '/zot/empty', 200],
  ])('fails with content and without metrics of module %s on %s', async (module, path, status) => {
    const { zxp, probe } = await start();
    const { status: answered, samples, text } = await probe(module, path);
    expect(answered).toBe(200);
    expect(samples).toContain('target_up 0');
    expect(samples).toContain('target_scrape_error{reason="content"} 1');
    expect(samples).toContain(`target_scrape_http_status_code ${status}`);
    expect(samples.filter((line) => !line.startsWith('target_') && !line.startsWith('zot_up'))).toEqual([]);
    expect(text).not.toContain('canary-secret');
    const [logged = ''] = zxp.logged.filter((line) => line.includes('scrape failed'));
    expect(logged).toContain('content');
    expect(logged).not.toContain('canary-secret');
  });

  test('is HTTP 502 with --scrape.fail-status', async () => {
    const { probe } = await start({ 'scrape.fail-status': 'true' });
    expect((await probe('health', '/health/degraded')).status).toBe(502);
    expect((await probe('health', '/health/ok')).status).toBe(200);
  });

  test('shows the condition and the value in the debug view, and counts among the scrapes by reason', async () => {
    const { zxp, probe } = await start();
    const { text } = await probe('health', '/health/degraded', { debug: 'true' });
    expect(text).toContain('target_up 0, content: the reply fails a check of the module: {.status} is not ok\n');
    expect(text).toContain('found: "degraded"\n');
    expect((await zxp.ask('/-/metrics')).text).toContain('zxp_scrapes_total{reason="content"} 1\n');
  });

  test('shows the message of a condition that has one', async () => {
    const { probe } = await start();
    const { text } = await probe('rpc', '/rpc/error', { debug: 'true' });
    expect(text).toContain('content: the reply fails a check of the module: the method failed\nfound: -32601\n');
  });
});
