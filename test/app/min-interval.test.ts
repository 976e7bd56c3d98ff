import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { createHold, listen, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

/** Answers each request with its number. */
async function startCounting(status = 200) {
  return forThisTest(
    await startStubUpstream((request, response) => {
      const n = Number(request.headers.authorization?.replace(/\D/g, '') ?? 0);
      response.writeHead(status, { 'retry-after': '600' }).end(JSON.stringify({ n }));
    }),
  );
}

const samples = (text: string, pattern: RegExp) => text.split('\n').filter((line) => pattern.test(line));

describe('min_interval', () => {
  test('repeats each caller’s own answer with its age, and no other’s', async () => {
    const upstream = await startCounting();
    const zxp = await startDaemon({
      config: `modules: { m: { allow: ['${upstream.url}'], min_interval: 1h, ${METRICS} } }\ntargets: []`,
    });
    const ask = (who: string) => zxp.probe({ target: upstream.url, module: 'm' }, { Authorization: `Bearer ${who}` });
    for (const who of ['1', '2', '1', '2', '1']) {
      const { text } = await ask(who);
      expect(samples(text, /^n /)).toEqual([`n ${who}`]);
      expect(samples(text, /^target_scrape_age_seconds /)).toHaveLength(1);
      expect(samples(text, /^target_up /)).toEqual(['target_up 1']);
    }
    expect(upstream.arrived).toBe(2);
  });

  test('repeats one answer for all where the module asks with credentials of its own', async () => {
    const upstream = await startCounting();
    const zxp = await startDaemon({
      config: `targets: [{ name: box, url: '${upstream.url}', module: m }]
modules: { m: { min_interval: 1h, http_client_config: { authorization: { credentials: '7' } }, ${METRICS} } }`,
    });
    for (const who of ['1', '2']) {
      const { text } = await zxp.probe({ target: 'box' }, { Authorization: `Bearer ${who}` });
      expect(samples(text, /^n /)).toEqual(['n 7']);
    }
    expect(upstream.arrived).toBe(1);
  });

  test('repeats a failure, and asks again after a reload', async () => {
    const upstream = await startCounting(429);
    const config = `modules: { m: { allow: ['${upstream.url}'], min_interval: 1s, ${METRICS} } }\ntargets: []`;
    const zxp = await startDaemon({ config: config });
    for (let i = 0; i < 3; i++) {
      const { text } = await zxp.probe({ target: upstream.url, module: 'm' });
      expect(samples(text, /^target_scrape_(error|http)/)).toEqual([
        'target_scrape_http_status_code 429',
        'target_scrape_error{reason="status"} 1',
      ]);
      expect(samples(text, /^target_scrape_retry_after_seconds /)).toHaveLength(1);
    }
    expect(upstream.arrived).toBe(1);
    await zxp.reload();
    await zxp.probe({ target: upstream.url, module: 'm' });
    expect(upstream.arrived).toBe(2);
  });

  test('is nothing where it is not said: each scrape asks, and has no age', async () => {
    const upstream = await startCounting();
    const zxp = await startDaemon({
      config: `modules: { m: { allow: ['${upstream.url}'], ${METRICS} } }\ntargets: []`,
    });
    for (let i = 0; i < 2; i++) {
      const { text } = await zxp.probe({ target: upstream.url, module: 'm' });
      expect(samples(text, /age_seconds/)).toEqual([]);
    }
    expect(upstream.arrived).toBe(2);
  });
});

test('max_connections of a module lets further scrapes wait, within their deadlines', async () => {
  const hold = createHold();
  const upstream = forThisTest(
    await startStubUpstream((_, response) => {
      void hold.pass().then(() => response.end('{"n": 1}'));
    }),
  );
  const zxp = await startDaemon({
    config: `modules: { m: { allow: ['${upstream.url}'], max_connections: 2, ${METRICS} } }\ntargets: []`,
  });
  const ask = (timeout: string) =>
    zxp.probe({ target: upstream.url, module: 'm' }, { 'X-Prometheus-Scrape-Timeout-Seconds': timeout });
  const under = [ask('20'), ask('20')];
  await eventually('two are asked', () => hold.held === 2);
  const { text } = await ask('0.7');
  expect(samples(text, /^target_scrape_error/)).toEqual(['target_scrape_error{reason="timeout"} 1']);
  expect(samples(text, /phase="wait"\} 0\.[12]/)).toHaveLength(1);
  const timeout = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.6' };
  const debug = await zxp.probe({ target: upstream.url, module: 'm', debug: 'true' }, timeout);
  expect(debug.text).toContain('all 2 connections to the upstream had requests under way until the time was over');
  const waiting = ask('20');
  hold.release();
  for (const reply of await Promise.all([...under, waiting])) expect(samples(reply.text, /^n /)).toEqual(['n 1']);
});

test('a connection that is not made yet goes with the scrape that it was for, and leaves its place', async () => {
  const sockets: Socket[] = [];
  // It accepts, and says nothing to what TLS asks.
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined).resume()));
  const port = await listen(server);
  forThisTest({ close: () => void server.close() });
  const url = `https://127.0.0.1:${port}`;
  const zxp = await startDaemon({
    flags: { 'upstream.connect-timeout': '2m' },
    config: `modules: { m: { allow: ['${url}'], max_connections: 1, ${METRICS} } }\ntargets: []`,
  });
  const ask = (who: string) =>
    zxp.probe(
      { target: url, module: 'm' },
      { Authorization: `Bearer ${who}`, 'X-Prometheus-Scrape-Timeout-Seconds': '0.8' },
    );
  for (const who of ['1', '2', '3']) {
    const { text } = await ask(who);
    expect(samples(text, /^target_scrape_error/)).toEqual(['target_scrape_error{reason="timeout"} 1']);
    expect(sockets.length).toBe(Number(who));
  }
  await eventually('all of them are closed', () => sockets.every((socket) => socket.destroyed));
});
