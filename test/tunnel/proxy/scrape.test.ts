import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ask } from '../../support/ask.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { dialProxy, startWireAgent, type WireAgent, type WireAgentOptions } from '../../support/tunnel/wire-agent.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const until = (holds: () => unknown) => vi.waitFor(holds, { timeout: 5000, interval: 10 });

async function start(...args: Parameters<typeof startProxyUnderTest>): Promise<ProxyUnderTest> {
  const proxy = await startProxyUnderTest(...args);
  cleanups.push(() => proxy.close());
  return proxy;
}

async function join(proxy: ProxyUnderTest, options: Partial<WireAgentOptions> = {}): Promise<WireAgent> {
  const agent = await startWireAgent({ port: proxy.port, paths: ['app'], ...options });
  cleanups.push(() => agent.close());
  return agent;
}

const answerUp = (request: Parameters<WireAgent['respond']>[0], agent: WireAgent) =>
  void agent.respond(request, `up{path="${request.path}"} 1\n`);

describe('a scrape', () => {
  test('is answered by the agent that has the path, byte for byte', async () => {
    const proxy = await start();
    await join(proxy, { onRequest: answerUp });
    const reply = await proxy.get('/app');
    expect(reply).toMatchObject({
      status: 200,
      text: 'up{path="app"} 1\n',
      headers: {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'cache-control': 'must-revalidate,no-store',
      },
    });
    expect(await proxy.metric('zxp_proxy_scrapes_total{outcome="success"}')).toBe(1);
  });

  test('of a page has a policy by which a browser runs nothing of it, whatever its status', async () => {
    const proxy = await start();
    await join(proxy, { onRequest: answerUp });
    for (const path of ['/app', '/nope', '/app/deeper']) {
      expect((await proxy.get(path)).headers['content-security-policy']).toBe(
        "sandbox; default-src 'none'; frame-ancestors 'none'",
      );
    }
    expect((await proxy.get('/')).headers['content-security-policy']).not.toContain('sandbox');
  });

  test('passes accept, query and authorization on, and no other header', async () => {
    const proxy = await start();
    const agent = await join(proxy, { onRequest: answerUp });
    await proxy.get('/app?q=a%26b%3Dc&sp=x+y&sp2=x%20y&u=%C3%A9&e=&flag&m[]=1&t=~a.*', {
      headers: { accept: 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1', authorization: 'Custom a="b", c', cookie: 'x=y' },
    });
    expect(agent.requests).toEqual([
      {
        agentId: agent.id,
        scrapeId: 0n,
        path: 'app',
        accept: 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
        debugEnabled: false,
        encodedQueryParams: 'q=a%26b%3Dc&sp=x+y&sp2=x+y&u=%C3%A9&e=&m%5B%5D=1&t=~a.%2A',
        authHeader: 'Custom a="b", c',
      },
    ]);
  });

  test.each(['/nope', '/app/', '/app/deeper', '//app', '/APP', '/%61pp', '/favicon.ico'])(
    'of %s is not found',
    async (path) => {
      const proxy = await start();
      await join(proxy, { onRequest: answerUp });
      expect(await proxy.get(path)).toMatchObject({ status: 404, text: expect.stringMatching(/^404 Not Found\n?$/) });
    },
  );

  test('by another method than GET and HEAD is not found, and HEAD has no body', async () => {
    const proxy = await start();
    await join(proxy, { onRequest: answerUp });
    expect(await proxy.get('/app', { method: 'POST' })).toMatchObject({ status: 404 });
    expect(await proxy.get('/app', { method: 'OPTIONS' })).toMatchObject({ status: 404 });
    expect(await proxy.get('/app', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await proxy.get('/nope', { method: 'HEAD' })).toMatchObject({ status: 404, text: '' });
  });

  test('that the agent does not answer in time is 503, and a late answer is dropped', async () => {
    const proxy = await start({ scrapeTimeoutMs: 100 });
    const agent = await join(proxy);
    expect(await proxy.get('/app')).toMatchObject({ status: 503 });
    const [request] = agent.requests;
    await agent.respond(request!, 'late 1\n');
    await until(async () =>
      expect(await proxy.metric('zxp_proxy_responses_dropped_total{reason="unknown_scrape"}')).toBe(1),
    );
    expect(proxy.proxy.load).toMatchObject({ pendingScrapes: 0, queuedRequests: 0, bufferedBytes: 0 });
  });

  test('ends with the scraper, less the offset', async () => {
    const proxy = await start();
    await join(proxy);
    const began = performance.now();
    const reply = await proxy.get('/app', { headers: { 'x-prometheus-scrape-timeout-seconds': '0.6' } });
    expect(reply.status).toBe(503);
    expect(performance.now() - began).toBeLessThan(600);
  });

  test('whose scraper has gone is forgotten', async () => {
    const proxy = await start();
    const agent = await join(proxy);
    const gone = new AbortController();
    const asked = fetch(`${proxy.url}/app`, { signal: gone.signal }).catch(() => undefined);
    await until(() => expect(agent.requests).toHaveLength(1));
    gone.abort();
    await asked;
    await until(() => expect(proxy.proxy.load.pendingScrapes).toBe(0));
    expect(await proxy.metric('zxp_proxy_scrapes_total{outcome="cancelled"}')).toBe(1);
  });

  test('whose agent goes away is 502, and its path is not found from then on', async () => {
    const proxy = await start();
    const agent = await join(proxy);
    const asked = proxy.get('/app');
    await until(() => expect(agent.requests).toHaveLength(1));
    agent.close();
    expect(await asked).toMatchObject({ status: 502 });
    expect(await proxy.get('/app')).toMatchObject({ status: 404 });
    expect(proxy.proxy.load).toMatchObject({ agents: 0, paths: 0, streams: 0, pendingScrapes: 0 });
  });

  test.each([
    [404, 404, '404 Not Found'],
    [401, 401, ''],
    [304, 304, ''],
    [500, 500, ''],
    [599, 599, ''],
    [0, 502, expect.stringContaining('status 0')],
    [-1, 502, expect.stringContaining('status -1')],
    [199, 502, expect.stringContaining('status 199')],
    [600, 502, expect.stringContaining('status 600')],
    [999, 502, expect.stringContaining('status 999')],
  ])('to which the agent answers %i is %i', async (statusCode, status, text) => {
    const proxy = await start();
    await join(proxy, {
      onRequest: (request, agent) => void agent.respond(request, 'a body\n', { statusCode, contentType: '' }),
    });
    const reply = await proxy.get('/app');
    expect(reply).toMatchObject({ status, text });
    expect(reply.headers['content-type']).not.toBe('*/*');
  });

  test('that fails has the reason of the agent as its body, in the log, on the page, without credentials', async () => {
    const proxy = await start();
    let failureReason = 'the connection was refused\nsecond line';
    await join(proxy, {
      onRequest: (request, agent) => void agent.respond(request, 'a body', { statusCode: 503, failureReason }),
    });
    const reason = 'the connection was refused second line';
    expect(await proxy.get('/app')).toMatchObject({
      status: 503,
      text: `error: ${reason}\n`,
      headers: { 'content-type': 'text/plain; charset=UTF-8' },
    });
    expect(proxy.logged.join('\n')).toContain(reason);
    expect((await proxy.get('/')).text).toContain(`upstream_error<br><small>${reason}`);
    failureReason = 'invalid header value: canary-token';
    const reply = await proxy.get('/app', { headers: { authorization: 'Bearer canary-token' } });
    expect(reply.text).toBe('error: the agent gave a reason that has credentials in it\n');
    expect(proxy.logged.join('\n')).not.toContain('canary');
    expect((await proxy.get('/')).text).not.toContain('canary');
  });

  test('of a module whose target is down is its response, with the outcome down and the reason', async () => {
    const proxy = await start();
    await join(proxy, {
      onRequest: (request, agent) =>
        void agent.respond(request, 'target_up 0\n', { failureReason: 'unauthorized: the upstream said 401' }),
    });
    expect(await proxy.get('/app')).toMatchObject({ status: 200, text: 'target_up 0\n' });
    expect(await proxy.metric('zxp_proxy_scrapes_total{outcome="down"}')).toBe(1);
    expect((await proxy.get('/')).text).toContain('down<br><small>unauthorized: the upstream said 401');
    expect(proxy.logged.join('\n')).toContain('unauthorized: the upstream said 401');
  });

  test.each([
    ['', 'text/plain; version=0.0.4; charset=utf-8'],
    ['text/plain; version=0.0.4', 'text/plain; version=0.0.4; charset=UTF-8'],
    ['nonsense', 'text/plain; version=0.0.4; charset=utf-8'],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
    ['a/b\r\nx-evil: 1', 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
  ])('whose target has the content type %j is answered with %j', async (contentType, expected) => {
    const proxy = await start();
    await join(proxy, { onRequest: (request, agent) => void agent.respond(request, 'up 1\n', { contentType }) });
    const reply = await proxy.get('/app');
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': expected } });
    expect(reply.headers['x-evil']).toBeUndefined();
  });
});

describe('a compressed response', () => {
  const text = Array.from({ length: 5000 }, (_, i) => `series{number="${i}"} ${Math.sqrt(i)}\n`).join('');
  const gzip = gzipSync(text);

  const fetchRaw = async (proxy: ProxyUnderTest, encoding: string) => {
    const { request } = await import('node:http');
    return new Promise<{ status: number; encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      const asked = request(`${proxy.url}/app`, { headers: { 'accept-encoding': encoding } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            encoding: response.headers['content-encoding'],
            body: Buffer.concat(chunks),
          }),
        );
      });
      asked.once('error', reject);
      asked.end();
    });
  };

  test('is passed through as it is to a scraper that takes gzip, and unpacked for another', async () => {
    const proxy = await start();
    await join(proxy, { onRequest: (request, agent) => void agent.respondInChunks(request, gzip) });
    const packed = await fetchRaw(proxy, 'gzip');
    expect(packed).toMatchObject({ status: 200, encoding: 'gzip' });
    expect(packed.body.equals(gzip)).toBe(true);
    const plain = await fetchRaw(proxy, 'identity');
    expect(plain).toMatchObject({ status: 200, encoding: undefined });
    expect(plain.body.toString()).toBe(text);
  });

  test('of several members is read whole', async () => {
    const proxy = await start();
    const two = Buffer.concat([gzipSync('a 1\n'), gzipSync('b 2\n')]);
    await join(proxy, {
      onRequest: (request, agent) =>
        void agent.respond(request, '', { zipped: true, content: { form: 'gzip', bytes: two } }),
    });
    expect((await proxy.get('/app')).text).toBe('a 1\nb 2\n');
    expect(gunzipSync((await fetchRaw(proxy, 'gzip')).body).toString()).toBe('a 1\nb 2\n');
  });

  test('with something behind it is not passed on with that', async () => {
    const proxy = await start();
    const padded = Buffer.concat([gzipSync(text), Buffer.alloc(20)]);
    await join(proxy, {
      onRequest: (request, agent) =>
        void agent.respond(request, '', { zipped: true, content: { form: 'gzip', bytes: padded } }),
    });
    const { encoding, body } = await fetchRaw(proxy, 'gzip');
    expect(encoding).toBe('gzip');
    expect(body.subarray(-20).equals(Buffer.alloc(20))).toBe(false);
    expect(gunzipSync(body).toString()).toBe(text);
  });

  test('that is corrupt or cut is 502', async () => {
    const proxy = await start();
    const answers = [Buffer.from('not gzip'), gzip.subarray(0, 1000)];
    await join(proxy, {
      onRequest: (request, agent) =>
        void agent.respond(request, '', { zipped: true, content: { form: 'gzip', bytes: answers.shift()! } }),
    });
    expect(await fetchRaw(proxy, 'gzip')).toMatchObject({ status: 502 });
    expect(await fetchRaw(proxy, 'gzip')).toMatchObject({ status: 502 });
    expect(await proxy.metric('zxp_proxy_scrapes_total{outcome="invalid_gzip"}')).toBe(2);
  });

  test('at the limit of the body passes, and one byte more is 413', async () => {
    const bodyBytes = 100_000;
    const proxy = await start({ limits: { ...limits, bodyBytes } });
    const sizes = [bodyBytes, bodyBytes + 1, bodyBytes, bodyBytes + 1];
    await join(proxy, {
      onRequest: (request, agent) => void agent.respondInChunks(request, gzipSync(Buffer.alloc(sizes.shift()!, 'x'))),
    });
    for (const encoding of ['gzip', 'identity']) {
      expect(await fetchRaw(proxy, encoding)).toMatchObject({ status: 200 });
      expect(await fetchRaw(proxy, encoding)).toMatchObject({ status: 413 });
    }
  });

  test('in chunks above the compressed limit is 413, and the stream lives on', async () => {
    const proxy = await start({ limits: { ...limits, compressedBytes: 50_000 } });
    const sizes = [50_001, 1000];
    await join(proxy, {
      onRequest: (request, agent) => {
        const size = sizes.shift()!;
        return void agent.respondInChunks(request, size === 1000 ? gzipSync('up 1\n') : Buffer.alloc(size));
      },
    });
    expect(await proxy.get('/app')).toMatchObject({ status: 413 });
    expect(await proxy.get('/app')).toMatchObject({ status: 200, text: 'up 1\n' });
    expect(proxy.proxy.load.bufferedBytes).toBe(0);
  });

  test('of two scrapes whose chunks are interleaved reaches each scraper whole', async () => {
    const proxy = await start();
    const agent = await join(proxy, { paths: ['a', 'b'] });
    const asked = [proxy.get('/a'), proxy.get('/b')];
    await until(() => expect(agent.requests).toHaveLength(2));
    const { splitIntoChunks } = await import('../../../src/tunnel/protocol/chunks.js');
    const [one, two] = agent.requests.map(({ scrapeId, path }) => [
      ...splitIntoChunks(
        {
          validResponse: true,
          agentId: agent.id,
          scrapeId,
          statusCode: 200,
          failureReason: '',
          url: '',
          contentType: 'text/plain',
          zipped: true,
        },
        gzipSync(`${path} 1\n${text}`),
        1000,
      ),
    ]);
    for (let i = 0; i < Math.max(one!.length, two!.length); i++) {
      if (one![i] !== undefined) await agent.chunkWriter.send({ part: one![i] });
      if (two![i] !== undefined) await agent.chunkWriter.send({ part: two![i] });
    }
    expect((await Promise.all(asked)).map((reply) => reply.text)).toEqual([`a 1\n${text}`, `b 1\n${text}`]);
  });

  test('that is cut off in the middle is 502 at once and leaves nothing behind', async () => {
    const proxy = await start();
    await join(proxy, {
      onRequest: async (request, agent) => {
        const { splitIntoChunks } = await import('../../../src/tunnel/protocol/chunks.js');
        const head = { ...emptyHead, agentId: agent.id, scrapeId: request.scrapeId };
        const parts = [...splitIntoChunks(head, gzip, 1000)];
        for (const part of parts.slice(0, 5)) await agent.chunkWriter.send({ part });
        agent.socket.destroy();
      },
    });
    expect(await proxy.get('/app')).toMatchObject({ status: 502 });
    expect(proxy.proxy.load).toMatchObject({ bufferedBytes: 0, pendingScrapes: 0, streams: 0 });
  });
});

describe('an agent', () => {
  test('cannot answer the scrape of another', async () => {
    const proxy = await start();
    const victim = await join(proxy, { name: 'victim', paths: ['app'] });
    const rogue = await join(proxy, { name: 'rogue', paths: ['other'] });
    const asked = proxy.get('/app');
    await until(() => expect(victim.requests).toHaveLength(1));
    const [request] = victim.requests;
    await rogue.respond(request!, 'rogue 1\n');
    await rogue.respond({ ...request!, agentId: rogue.id }, 'rogue 2\n');
    await rogue.respondInChunks(request!, gzipSync('rogue 3\n'));
    await until(async () =>
      expect(await proxy.metric('zxp_proxy_responses_dropped_total{reason="foreign_scrape"}')).toBeGreaterThan(3),
    );
    await victim.respond(request!, 'genuine 1\n');
    expect(await asked).toMatchObject({ status: 200, text: 'genuine 1\n' });
  });

  test('that answers in the name of another one fails the scrape', async () => {
    const proxy = await start();
    await join(proxy, {
      onRequest: (request, agent) => void agent.respond({ ...request, agentId: '999' }, 'up 1\n'),
    });
    expect(await proxy.get('/app')).toMatchObject({ status: 502 });
  });

  test('has a heartbeat that counts for its own connection alone', async () => {
    const proxy = await start();
    const agent = await join(proxy);
    const other = await join(proxy, { paths: ['other'] });
    const { proxyService } = await import('../../../src/tunnel/protocol/methods.js');
    const beat = (from: WireAgent, agentId: string) =>
      from.connection.unary(proxyService.sendHeartBeat, { agentId }, { timeoutMs: 5000 });
    expect(await beat(agent, agent.id)).toMatchObject({ ok: true, message: { valid: true } });
    expect(await beat(agent, other.id)).toMatchObject({ ok: true, message: { valid: false } });
    expect(await beat(agent, '777')).toMatchObject({ ok: true, message: { valid: false } });
  });

  test('that is silent for too long is evicted: its stream of requests ends, its connection stays', async () => {
    const proxy = await start({ evictionAfterMs: 100 });
    const agent = await join(proxy);
    expect(await agent.reader.status).toMatchObject({ code: 'ok' });
    expect(agent.connection.signal.aborted).toBe(false);
    expect(await proxy.get('/app')).toMatchObject({ status: 404 });
    expect(await proxy.metric('zxp_proxy_agent_evictions_total')).toBe(1);
  });

  test('without tokens takes a path over with a warning, and the one left without a path is sent away', async () => {
    const proxy = await start();
    const first = await join(proxy, { name: 'first' });
    await join(proxy, { name: 'second', onRequest: answerUp });
    expect(await first.reader.status).toMatchObject({ code: 'ok' });
    expect(await proxy.get('/app')).toMatchObject({ status: 200 });
    expect(await proxy.metric('zxp_proxy_displacements_total')).toBe(1);
    expect(proxy.logged.join('\n')).toContain('path taken over by another agent');
  });

  test('is refused paths that cannot be served, each by itself', async () => {
    const proxy = await start({ discovery: { path: 'discovery', targetPrefix: undefined, scheme: undefined } });
    const agent = await join(proxy, { onRequest: answerUp });
    for (const path of ['x/y', '', '/', '-', 'discovery', 'a b', 'a?b', 'healthz', 'x'.repeat(2000)]) {
      expect(await agent.register(path)).toMatchObject({ valid: false });
    }
    expect(await agent.register('/metrics')).toMatchObject({ valid: true });
    expect(await proxy.get('/metrics')).toMatchObject({ status: 200 });
    expect(await proxy.get('/app')).toMatchObject({ status: 200 });
  });

  test('is refused more paths, agents and labels than the limits allow', async () => {
    const proxy = await start({ limits: { ...limits, agents: 1, pathsPerAgent: 2, labelBytes: 20 } });
    const agent = await join(proxy);
    expect(await agent.register('two')).toMatchObject({ valid: true });
    expect(await agent.register('three')).toMatchObject({ valid: false });
    expect(await agent.register('two', JSON.stringify({ label: 'x'.repeat(20) }))).toMatchObject({ valid: false });
    await expect(join(proxy)).rejects.toThrow(/resourceExhausted/);
  });

  test('that connects the other way is told so', async () => {
    const normal = await start();
    await expect(join(normal, { shared: true })).rejects.toThrow(/failedPrecondition/);
    const shared = await start({ transportFilterDisabled: true });
    await expect(join(shared)).rejects.toThrow(/failedPrecondition/);
  });

  test('shares a connection with others where the transport filter is disabled', async () => {
    const proxy = await start({ transportFilterDisabled: true });
    const agent = await join(proxy, { shared: true, onRequest: answerUp });
    expect(agent.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await proxy.get('/app')).toMatchObject({ status: 200 });
    agent.reader.cancel();
    await until(async () => expect(await proxy.get('/app')).toMatchObject({ status: 404 }));
  });

  test('with two streams of requests gets them in turn', async () => {
    const proxy = await start();
    const agent = await join(proxy, { onRequest: answerUp });
    const { proxyService } = await import('../../../src/tunnel/protocol/methods.js');
    const second = agent.connection.serverStream(proxyService.readRequestsFromProxy, { agentId: agent.id });
    const received: string[] = [];
    void (async () => {
      for await (const request of second.messages) {
        received.push(request.path);
        await agent.respond(request, 'second 1\n');
      }
    })();
    await until(() => expect(proxy.proxy.load.streams).toBe(4));
    const texts = [];
    for (let i = 0; i < 4; i++) texts.push((await proxy.get('/app')).text);
    expect(texts.filter((text) => text === 'second 1\n')).toHaveLength(2);
  });

  test('whose message is too large loses its connection, and can come back', async () => {
    const proxy = await start();
    const agent = await join(proxy);
    const asked = proxy.get('/app');
    await until(() => expect(agent.requests).toHaveLength(1));
    await agent.respond(agent.requests[0]!, 'x'.repeat(5 * 1024 * 1024));
    expect(await asked).toMatchObject({ status: 502 });
    expect(await agent.reader.status).toMatchObject({ code: 'ok' });
    expect((await agent.writer.reply).ok).toBe(false);
    await join(proxy, { onRequest: answerUp });
    expect(await proxy.get('/app')).toMatchObject({ status: 200 });
  });

  test('that only connects takes up no place among the agents', async () => {
    const proxy = await start();
    const { connection } = await dialProxy({ port: proxy.port });
    cleanups.push(() => connection.destroy());
    await until(() => expect(proxy.proxy.load.connections).toBe(1));
    expect(proxy.proxy.load.agents).toBe(0);
  });
});

describe('a proxy', () => {
  test('lists its paths for service discovery, with the labels that Prometheus takes', async () => {
    const discovery = { path: 'discovery', targetPrefix: 'proxy.example:8080', scheme: 'https' } as const;
    const proxy = await start({ discovery });
    const agent = await join(proxy, { name: 'agent-a', paths: [] });
    const labels = {
      agentName: 'spoof',
      num: 1,
      on: true,
      team: 't',
      list: [],
      __name__: 'x',
      __param_a: 'b',
      'a-b': '',
    };
    await agent.register('app', JSON.stringify(labels));
    await agent.register('bad', 'not json');
    const reply = await proxy.get('/discovery');
    expect(reply.headers['content-type']).toMatch('application/json');
    const fixed = { __scheme__: 'https', agentName: 'agent-a', hostName: 'agent-host' };
    expect(JSON.parse(reply.text)).toEqual([
      {
        targets: ['proxy.example:8080'],
        labels: { __metrics_path__: '/app', num: '1', on: 'true', team: 't', __param_a: 'b', ...fixed },
      },
      { targets: ['proxy.example:8080'], labels: { __metrics_path__: '/bad', ...fixed } },
    ]);
    expect(await proxy.metric('zxp_proxy_labels_dropped_total')).toBe(5);
  });

  test('has no discovery unless it is turned on', async () => {
    const proxy = await start();
    expect(await proxy.get('/discovery')).toMatchObject({ status: 404 });
  });

  test('shows agents and paths on a page without scripts or secrets', async () => {
    const proxy = await start();
    await join(proxy, { name: '<b>evil</b>', onRequest: answerUp });
    await proxy.get('/app', { headers: { authorization: 'Basic Y2FuYXJ5OmNhbmFyeQ==' } });
    const reply = await proxy.get('/');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-security-policy']).toContain("default-src 'none'");
    expect(reply.headers['content-security-policy']).not.toContain('unsafe-inline');
    expect(reply.text).toContain('&lt;b&gt;evil&lt;/b&gt;');
    expect(reply.text).toContain('success');
    expect(reply.text).not.toMatch(/<script|style=|<style|pass|secret|Y2FuYXJ5/);
    expect(await proxy.get('/-/style.css')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css; charset=utf-8' },
    });
  });

  test('answers the scrapes under way before it stops, and tells its agents', async () => {
    const proxy = await startProxyUnderTest();
    const agent = await join(proxy);
    const asked = ask(`${proxy.url}/app`);
    await until(() => expect(agent.requests).toHaveLength(1));
    const closing = proxy.close();
    await agent.respond(agent.requests[0]!, 'last 1\n');
    expect(await asked).toMatchObject({ status: 200, text: 'last 1\n' });
    await closing;
    expect(await agent.reader.status).toMatchObject({ code: 'ok' });
    expect(proxy.proxy.load).toMatchObject({ agents: 0, connections: 0, streams: 0 });
  });

  test('that is idle stops within a second', async () => {
    const proxy = await startProxyUnderTest();
    await join(proxy);
    const began = performance.now();
    await proxy.close();
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test('is ready once agents that come back have had time for it', async () => {
    const proxy = await start();
    expect(await proxy.get('/-/healthy')).toMatchObject({ status: 200 });
    expect(await proxy.get('/-/ready')).toMatchObject({ status: 503 });
    await join(proxy);
    await until(async () => expect(await proxy.get('/-/ready')).toMatchObject({ status: 200 }));
  });
});

const limits = {
  agents: 1000,
  paths: 10_000,
  pathsPerAgent: 1000,
  compressedBytes: 5 * 1024 * 1024,
  bodyBytes: 10 * 1024 * 1024,
  labelBytes: 4096,
};

const emptyHead = {
  validResponse: true,
  statusCode: 200,
  failureReason: '',
  url: '',
  contentType: 'text/plain',
  zipped: true,
};
