import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { answerGauges, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

/** The daemon in front of an upstream that says little. */
async function start(flags: Readonly<Record<string, string>> = {}) {
  const upstream = forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { moon: 1 })));
  return await startDaemon({ flags: { upstream: upstream.url, ...flags } });
}

describe('every page', () => {
  const pages = ['/', '/metrics', '/-/metrics', '/-/healthy', '/healthz', '/-/ready', '/readyz', '/-/config'];

  test('answers GET with 200, without a header that names the software', async () => {
    const { url } = await start();
    for (const page of pages) {
      const response = await fetch(url + page);
      expect([page, response.status]).toEqual([page, 200]);
      expect((await response.text()).length).toBeGreaterThan(0);
      expect(response.headers.get('x-powered-by')).toBeNull();
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('answers HEAD with the same headers and no body', async () => {
    const { url } = await start();
    for (const page of pages) {
      const got = await fetch(url + page);
      const head = await fetch(url + page, { method: 'HEAD' });
      await got.text();
      expect([page, head.status]).toEqual([page, 200]);
      expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'));
      expect(await head.text()).toBe('');
    }
  });

  test('rejects any other method with 405 and Allow', async () => {
    const { url } = await start();
    for (const page of pages) {
      const isHealth = /healthy?|ready/.test(page);
      const allow = isHealth ? 'GET, HEAD, OPTIONS' : 'GET, HEAD';
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', ...(isHealth ? [] : ['OPTIONS'])]) {
        const response = await fetch(url + page, { method });
        expect([page, method, response.status]).toEqual([page, method, 405]);
        expect(response.headers.get('allow')).toBe(allow);
        expect(await response.text()).toBe(`error: method not allowed\nhint: ${page} allows ${allow}\n`);
      }
    }
  });
});

test('OPTIONS of health and readiness is 204 with Allow, which some load balancers check', async () => {
  const { url } = await start();
  for (const path of ['/-/healthy', '/healthz', '/-/ready', '/readyz']) {
    const response = await fetch(url + path, { method: 'OPTIONS' });
    expect([path, response.status, response.headers.get('allow')]).toEqual([path, 204, 'GET, HEAD, OPTIONS']);
    expect(await response.text()).toBe('');
  }
});

describe('under --web.route-prefix', () => {
  const paths = [
    '/',
    '/metrics',
    '/-/metrics',
    '/-/healthy',
    '/healthz',
    '/-/ready',
    '/readyz',
    '/-/config',
    '/-/targets',
  ];

  test('is every path, and nothing outside of it', async () => {
    const { url } = await start({ 'web.route-prefix': '/zxp' });
    for (const path of paths) {
      expect([path, (await fetch(`${url}/zxp${path}`)).status]).toEqual([path, 200]);
      if (path !== '/') expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    }
    expect((await fetch(`${url}/zxpmetrics`)).status).toBe(404);
    expect(await (await fetch(`${url}/zxp/nothing`)).text()).toContain('/zxp/-/healthy');
  });

  test('and at the root, there is the page', async () => {
    const { url } = await start({ 'web.external-url': 'https://monitoring.example/zxp/' });
    for (const path of ['/', '/zxp']) {
      const response = await fetch(url + path, { redirect: 'manual' });
      expect([response.status, response.headers.get('location')]).toEqual([302, '/zxp/']);
    }
    const page = await (await fetch(url)).text();
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, href]) => href ?? '');
    expect(links).toContain('/zxp/-/config');
    for (const link of links) {
      expect([link, (await fetch(url + link)).status]).toEqual([link, link.endsWith('/?login') ? 401 : 200]);
    }
  });

  test('health has an address of its own with the same prefix', async () => {
    const { healthUrl } = await start({ 'web.route-prefix': 'zxp/', 'web.health-listen-address': '127.0.0.1:0' });
    expect((await fetch(`${healthUrl}/zxp/-/healthy`)).status).toBe(200);
    expect((await fetch(`${healthUrl}/-/healthy`)).status).toBe(404);
  });

  test('links lead through the external URL where a reverse proxy takes its path away', async () => {
    const { url } = await start({ 'web.external-url': 'https://monitoring.example/json', 'web.route-prefix': '/' });
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toContain('href="/json/metrics"');
  });
});

describe('a path that is not there', () => {
  test('gets 404 and the paths that are', async () => {
    const { url } = await start({ 'web.telemetry-path': '/numbers' });
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const [error, hint = ''] = (await response.text()).split('\n');
    expect(error).toBe('error: not found');
    const [, ...paths] = hint.split('  ');
    expect(hint).toMatch(/^hint: try one of {2}/);
    expect(paths).toEqual(
      expect.arrayContaining(['/numbers', '/', '/-/metrics', '/-/healthy', '/-/ready', '/-/config']),
    );
    expect(paths).not.toContain('/metrics');
  });

  test('is not repeated in the answer', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/canary?canary=<script>`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('canary');
  });

  test.each(['/metrics/', '/METRICS', '//metrics', '/metrics%2f', '/-/', '/%zz'])(
    'such as %s is none of the others',
    async (path) => {
      const { url } = await start();
      const response = await fetch(url + path);
      expect(response.status).toBe(404);
      await response.text();
    },
  );
});

describe('the telemetry path', () => {
  test('is no pattern', async () => {
    const { url } = await start({ 'web.telemetry-path': '/a.*b(c)' });
    expect((await fetch(`${url}/a.*b(c)`)).status).toBe(200);
    expect((await fetch(`${url}/axxbc`)).status).toBe(404);
  });

  test('takes no notice of a query', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/metrics?name[]=x&name[]=y&__proto__=z`);
    expect(await response.text()).toContain('\nmoon 1\n');
  });
});

describe('the status page', () => {
  test('has only links that answer, and says what is exported', async () => {
    const { url, urls } = await start({ 'web.telemetry-path': '/numbers' });
    const page = await (await fetch(url)).text();
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, href]) => href ?? '');
    expect(links).toEqual(expect.arrayContaining(['/numbers', '/-/metrics', '/-/config', '/-/healthy', '/-/ready']));
    for (const link of links) {
      expect([link, (await fetch(url + link)).status]).toEqual([link, link === '/?login' ? 401 : 200]);
    }
    expect(page).toContain('/metrics</small>');
    expect(urls).toEqual([url]);
  });

  test('forbids scripts, frames and forms to elsewhere by its Content-Security-Policy', async () => {
    const { url } = await start();
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    );
    await response.text();
  });
});

describe('health and readiness', () => {
  test('are 200 on both of their names', async () => {
    const { url } = await start();
    for (const path of ['/-/healthy', '/healthz', '/-/ready', '/readyz']) {
      const response = await fetch(url + path);
      expect([path, response.status, await response.text()]).toEqual([path, 200, 'ok\n']);
    }
  });

  test('do not ask the upstream, and no other page does', async () => {
    const upstream = forThisTest(await startStubUpstream((_request, response) => response.destroy()));
    const { url } = await startDaemon({ flags: { upstream: upstream.url } });
    for (const path of ['/-/healthy', '/-/ready', '/', '/-/metrics', '/-/config'])
      await (await fetch(url + path)).text();
    expect(upstream.arrived).toBe(0);
  });
});
