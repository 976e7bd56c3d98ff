import { describe, expect, test } from 'vitest';
import { basic, bearer } from '../../support/ask.js';
import { startDaemon } from '../../support/daemon.js';
import { answerGauges, startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';

const TOKENS = { web: 'bearer_tokens_file: tokens\n', files: { tokens: 'reader\n' } };

async function startUpstream(seen: (string | undefined)[] = []) {
  return forThisTest(
    await startStubUpstream((request, response) => {
      seen.push(request.headers.authorization);
      answerGauges(response, { moon: 1 });
    }),
  );
}

describe('the status page over sockets', () => {
  test('shows how the last scrapes went', async () => {
    const { url: upstream } = await startUpstream();
    const zxp = await startDaemon({ flags: { upstream } });
    expect((await zxp.ask('/')).text).toContain('not scraped yet');
    await zxp.ask('/metrics');
    const { text } = await zxp.ask('/');
    expect(text).toContain('<span class="up">up</span>');
    expect(text).toContain('aria-label="1 scrape, 1 up"');
  });

  test('shows nothing of a scrape with credentials of its caller but that there was one', async () => {
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9' } });
    await zxp.ask('/metrics', { headers: basic('bob', 'builder') });
    const { text } = await zxp.ask('/');
    expect(text).toContain("1 scrape with callers' credentials");
    expect(text).toContain('<span class="unknown">unknown</span>');
    expect(text).not.toMatch(/bob|builder|ECONNREFUSED|<strong>connect/);
  });

  test('tells of a built-in module that a target uses whose credentials go along, and offers to sign in', async () => {
    const zxp = await startDaemon({
      config: 'targets: [{ name: north, url: "http://127.0.0.1:9/", module: zot }]\n',
    });
    const { text } = await zxp.ask('/');
    expect(text).toContain('<dt>zot</dt><dd>Credentials of the scraper are forwarded to targets; zxp keeps none.</dd>');
    expect(text).toContain('href="/?login"');
  });

  test('is behind access control as the rest', async () => {
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9' }, ...TOKENS });
    for (const path of ['/', '/-/style.css', '/?login']) expect((await zxp.ask(path)).status).toBe(401);
    const { status, text } = await zxp.ask('/', { headers: bearer('reader') });
    expect([status, text.includes('?login')]).toEqual([200, false]);
    expect(text).toContain('those of the scraper are for zxp alone');
  });

  test('has a policy without exceptions for what is inline, forbids frames, and loads its stylesheet', async () => {
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9', 'web.route-prefix': '/zxp' } });
    const { headers, text } = await zxp.ask('/zxp/');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|sha256|nonce/);
    expect(text).toContain('href="/zxp/-/style.css"');
    const style = await zxp.ask('/zxp/-/style.css');
    expect([style.status, style.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
  });

  test('with --web.disable-ui is a page of links, and nothing scrapes by a button', async () => {
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9', 'web.disable-ui': 'true' } });
    const { text } = await zxp.ask('/');
    expect(text).toContain('href="/-/metrics"');
    expect(text).not.toContain('<table');
    expect((await zxp.ask('/-/scrape', { method: 'POST' })).status).toBe(404);
  });
});

describe('the button that scrapes now', () => {
  test('shows the debug view of a target of the configuration', async () => {
    const upstream = await startUpstream();
    const config = JSON.stringify({
      targets: [{ name: 'north', url: `${upstream.url}/`, module: 'stock' }],
      modules: { stock: { metrics: [{ name: 'gauges', path: '{.Gauges}', type: 'object', values: { count: 1 } }] } },
    });
    const zxp = await startDaemon({ config });
    const [, path = ''] = /action="(\/-\/scrape[^"]*)"/.exec((await zxp.ask('/')).text) ?? [];
    const { status, text } = await zxp.ask(path.replaceAll('&amp;', '&'), { method: 'POST' });
    expect([status, upstream.arrived]).toEqual([200, 1]);
    expect(text).toMatch(/^scrape \S+\n\n/);
    expect((await zxp.ask(path.replaceAll('&amp;', '&'))).status).toBe(405);
  });

  test('does so for the upstream, with the credentials of the reader', async () => {
    const seen: (string | undefined)[] = [];
    const { url: upstream } = await startUpstream(seen);
    const zxp = await startDaemon({ flags: { upstream } });
    const { headers } = { headers: basic('bob', 'builder') };
    expect((await zxp.ask('/-/scrape?debug=true', { method: 'POST', headers })).status).toBe(200);
    expect(seen).toEqual([headers.authorization]);
  });

  test.each([
    { origin: 'http://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'http://rebound.example', host: 'rebound.example' },
  ])('scrapes nothing for another site: %j', async (headers) => {
    const upstream = await startUpstream();
    const zxp = await startDaemon({ flags: { upstream: upstream.url } });
    expect((await zxp.ask('/-/scrape?debug=true', { method: 'POST', headers })).status).toBe(403);
    expect(upstream.arrived).toBe(0);
  });
});

describe('signing in', () => {
  test('is offered where credentials are forwarded, asks once, and leads back', async () => {
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9' } });
    expect((await zxp.ask('/')).text).toContain('href="/?login"');
    const first = await zxp.ask('/?login');
    expect([first.status, first.headers['www-authenticate']]).toEqual([401, 'Basic realm="targets", charset="UTF-8"']);
    const second = await zxp.ask('/?login', { headers: basic('bob', 'builder') });
    expect([second.status, second.headers.location]).toEqual([303, './']);
    expect((await zxp.ask('/')).status).toBe(200);
  });

  test('gives nothing to a scrape that another site has the browser make', async () => {
    const seen: (string | undefined)[] = [];
    const { url: upstream } = await startUpstream(seen);
    const zxp = await startDaemon({ flags: { upstream } });
    const headers = basic('bob', 'builder');
    await zxp.ask('/metrics', { headers: { ...headers, 'sec-fetch-site': 'cross-site' } });
    await zxp.ask('/metrics', { headers: { ...headers, 'sec-fetch-site': 'same-origin' } });
    expect(seen).toEqual([undefined, headers.authorization]);
  });
});
