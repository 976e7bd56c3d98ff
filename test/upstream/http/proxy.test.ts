import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZxpError } from '../../../src/model/errors.js';
import type { ProxySpec } from '../../../src/model/module.js';
import { createUpstream } from '../../../src/upstream/client.js';
import { createProxyFinder } from '../../../src/upstream/http/proxy.js';
import { eventually } from '../../support/eventually.js';
import { JSON_BODY, startFakeUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { findClosedPort } from '../../support/hostile-upstream.js';
import { countOpenResources, untilNoMoreThan } from '../../support/open-resources.js';
import { isSystemSuite, testWith } from '../../support/programs.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { type Authority, makeAuthority } from '../authority.js';
import { type ConnectProxy, startConnectProxy } from '../connect-proxy.js';
import { inline, openClient, readFailure, withTls } from '../open-client.js';

let authority: Authority;
beforeAll(() => {
  authority = makeAuthority();
});
afterAll(() => authority.close());

const trusting = () => withTls({ ca: inline(authority.cert) });
const through = (url: string, more: Partial<ProxySpec> = {}): ProxySpec => ({
  url: new URL(url),
  noProxy: '',
  connectHeaders: [],
  ...more,
});
const startProxy = async (options = {}): Promise<ConnectProxy> => forThisTest(await startConnectProxy(options));
const startPlain = async () => forThisTest(await startFakeUpstream());
const startSecure = async (names?: string) =>
  forThisTest(await startFakeUpstream(undefined, authority.issue('target', names)));
const lines = (proxy: ConnectProxy) => proxy.requests.map(({ line }) => line);

describe('an http target through a proxy', () => {
  test('is asked of the proxy by its whole URL', async () => {
    const proxy = await startProxy();
    const server = await startPlain();
    const client = openClient({ proxy: through(proxy.url) });
    expect(await client.text(`${server.url}/a?b=c#d`)).toBe(JSON_BODY);
    expect(await client.text(`${server.url}/a`, { method: 'POST', body: 'q' })).toBe(JSON_BODY);
    expect(lines(proxy)).toEqual([`GET ${server.url}/a?b=c`, `POST ${server.url}/a`]);
    expect(proxy.requests[0]?.headers).toMatchObject({
      host: `127.0.0.1:${server.port}`,
      'user-agent': 'zxp/0.0.0-test',
    });
    expect(server.requests[1]).toMatchObject({ method: 'POST', body: 'q' });
  });

  test('shows the proxy the user of its URL, and the target none of it', async () => {
    const proxy = await startProxy({ authorization: `Basic ${Buffer.from('me:p@ss word').toString('base64')}` });
    const server = await startPlain();
    const url = proxy.url.replace('//', '//me:p%40ss%20word@');
    expect(await openClient({ proxy: through(url) }).text(server.url)).toBe(JSON_BODY);
    expect(server.requests[0]?.allHeaders.has('proxy-authorization')).toBe(false);
  });

  test('does not send the headers that are for CONNECT', async () => {
    const proxy = await startProxy();
    const server = await startPlain();
    const spec = through(proxy.url, { connectHeaders: [['X-Proxy-Key', inline('k')]] });
    await openClient({ proxy: spec }).ask(server.url);
    expect(proxy.requests[0]?.headers).not.toHaveProperty('x-proxy-key');
  });

  test('fails for connect where the proxy wants other credentials', async () => {
    const proxy = await startProxy({ authorization: 'Basic other' });
    const server = await startPlain();
    const client = openClient({ proxy: through(proxy.url.replace('//', '//me:CANARY@')) });
    const { code, text } = await readFailure(client.ask(server.url, { validStatusCodes: [407] }));
    expect(code).toBe('connect');
    expect(text).toContain(`the proxy 127.0.0.1:${proxy.port} wants other credentials than it got (407)`);
    expect(text).not.toContain('CANARY');
    expect(server.accepted).toBe(0);
  });

  test('is not looked up: the proxy does that', async () => {
    const server = await startPlain();
    const proxy = await startProxy({ hosts: { 'stock.example': server.port } });
    const lookup = () => Promise.reject(new Error('nothing is to be looked up'));
    const client = openClient({ proxy: through(proxy.url) }, { lookup });
    expect(await client.text('http://stock.example/')).toBe(JSON_BODY);
    expect(server.requests[0]?.allHeaders.get('host')).toEqual(['stock.example']);
  });

  test('is redirected through it as well', async () => {
    const proxy = await startProxy();
    const server = await startPlain();
    server.respond((_, count) => (count === 1 ? { status: 302, headers: { location: '/moved' } } : {}));
    expect(await openClient({ proxy: through(proxy.url), followRedirects: true }).text(server.url)).toBe(JSON_BODY);
    expect(lines(proxy)).toEqual([`GET ${server.url}/`, `GET ${server.url}/moved`]);
  });
});

describe('an https target through a proxy', () => {
  test('is asked in a tunnel, which the next request uses again', async () => {
    const proxy = await startProxy();
    const server = await startSecure();
    const client = openClient({ proxy: through(proxy.url), tls: trusting() }, { maxConnections: 1 });
    expect(await client.text(`${server.url}/a`)).toBe(JSON_BODY);
    expect(await client.text(`${server.url}/b`, { method: 'POST', body: 'q' })).toBe(JSON_BODY);
    expect(lines(proxy)).toEqual([`CONNECT 127.0.0.1:${server.port}`]);
    expect(proxy.requests[0]?.headers).toEqual({ host: `127.0.0.1:${server.port}`, connection: 'close' });
    expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b']);
    expect(server.accepted).toBe(1);
  });

  test('by a name keeps it in the handshake, and must have it in the certificate', async () => {
    const server = await startSecure('DNS:stock.example');
    const proxy = await startProxy({ hosts: { 'stock.example': server.port, 'other.example': server.port } });
    const client = openClient({ proxy: through(proxy.url), tls: trusting() });
    await client.ask('https://stock.example/');
    expect(lines(proxy)).toEqual(['CONNECT stock.example:443']);
    expect(server.requests[0]?.tls?.sni).toBe('stock.example');
    expect(server.requests[0]?.allHeaders.get('host')).toEqual(['stock.example']);
    await expect(client.ask('https://other.example/')).rejects.toMatchObject({ code: 'tls' });
  });

  test('has server_name inside the tunnel, and not for the proxy', async () => {
    const proxy = await startProxy({ tls: authority.issue('proxy') });
    const server = await startSecure('DNS:stock.example');
    const tls = withTls({ ca: inline(authority.cert), serverName: 'stock.example' });
    expect(await openClient({ proxy: through(proxy.url), tls }).text(server.url)).toBe(JSON_BODY);
  });

  test('shows the proxy its user and the headers for CONNECT, and the target none of them', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('key', ' from a file \n');
    const proxy = await startProxy({ authorization: 'Basic bWU6cA==' });
    const server = await startSecure();
    const connectHeaders = [
      ['X-One', inline('1')],
      ['X-One', inline('2')],
      ['X-Two', { file }],
      ['Proxy-Authorization', inline('overruled by the URL')],
    ] as const;
    const spec = through(proxy.url.replace('//', '//me:p@'), { connectHeaders });
    expect(await openClient({ proxy: spec, tls: trusting() }).text(server.url)).toBe(JSON_BODY);
    expect(proxy.requests[0]?.headers).toMatchObject({ 'x-one': '1, 2', 'x-two': 'from a file' });
    const shown = [...(server.requests[0]?.allHeaders.keys() ?? [])];
    expect(shown.filter((name) => name.startsWith('x-') || name.startsWith('proxy'))).toEqual([]);
  });

  test('shows the proxy nothing of the request', async () => {
    const proxy = await startProxy();
    const server = await startSecure();
    const credential = { kind: 'authorization', scheme: 'Bearer', credentials: inline('CANARY') } as const;
    const client = openClient({ proxy: through(proxy.url), tls: trusting(), credential });
    await client.ask(`${server.url}/CANARY`, { headers: [['X-Key', 'CANARY']] });
    expect(JSON.stringify(proxy.requests)).not.toContain('CANARY');
  });

  test('may have its Proxy-Authorization among the headers for CONNECT', async () => {
    const proxy = await startProxy({ authorization: 'Negotiate abc' });
    const server = await startSecure();
    const spec = through(proxy.url, { connectHeaders: [['proxy-authorization', inline('Negotiate abc')]] });
    expect(await openClient({ proxy: spec, tls: trusting() }).text(server.url)).toBe(JSON_BODY);
  });

  test('shows a client certificate to the target', async () => {
    const proxy = await startProxy();
    const { cert, key } = authority.issue('client one');
    const options = { ...authority.issue('target'), ca: authority.cert, requestCert: true };
    const server = forThisTest(await startFakeUpstream(undefined, options));
    const tls = withTls({ ca: inline(authority.cert), cert: inline(cert), key: inline(key) });
    await openClient({ proxy: through(proxy.url), tls }).ask(server.url);
    expect(server.requests[0]?.tls?.client).toBe('client one');
  });

  test('that is IPv6 is named in brackets', async () => {
    const proxy = await startProxy();
    proxy.intercept((socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    await readFailure(openClient({ proxy: through(proxy.url) }).ask('https://[2001:db8::1]/'));
    expect(lines(proxy)).toEqual(['CONNECT [2001:db8::1]:443']);
  });
});

describe('a proxy with TLS', () => {
  test('is spoken to in TLS, for http and https', async () => {
    const proxy = await startProxy({ tls: authority.issue('proxy') });
    const [plain, secure] = [await startPlain(), await startSecure()];
    const client = openClient({ proxy: through(proxy.url), tls: trusting() });
    expect(await client.text(plain.url)).toBe(JSON_BODY);
    expect(await client.text(secure.url)).toBe(JSON_BODY);
    expect(lines(proxy)).toEqual([`GET ${plain.url}/`, `CONNECT 127.0.0.1:${secure.port}`]);
  });

  test('must have a certificate that can be trusted', async () => {
    const proxy = await startProxy({ tls: authority.issue('proxy') });
    for (const server of [await startPlain(), await startSecure()]) {
      const { code, text } = await readFailure(openClient({ proxy: through(proxy.url) }).ask(server.url));
      expect(code).toBe('tls');
      expect(text).toContain(`the TLS handshake with the proxy 127.0.0.1:${proxy.port} failed`);
      expect(server.accepted).toBe(0);
    }
    expect(proxy.requests).toEqual([]);
  });
});

describe('a proxy that opens no tunnel', () => {
  test.each([
    ['refuses', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nCANARY', 'the proxy answered 403 to CONNECT'],
    ['wants credentials', 'HTTP/1.1 407 Who\r\n\r\n', 'the proxy answered 407 to CONNECT'],
    ['redirects', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n', 'the proxy answered 302 to CONNECT'],
    ['speaks no HTTP', 'SSH-2.0-CANARY\r\n', 'does not answer in HTTP'],
    ['says too much', `HTTP/1.1 200 OK\r\n${'Filler: 0123456789\r\n'.repeat(5000)}\r\n`, 'does not answer in HTTP'],
  ])('fails for connect where it %s', async (_, text, words) => {
    const proxy = await startProxy();
    const server = await startSecure();
    proxy.intercept((socket) => socket.end(text));
    const failure = await readFailure(openClient({ proxy: through(proxy.url), tls: trusting() }).ask(server.url));
    expect(failure.code).toBe('connect');
    expect(failure.text).toContain(words);
    expect(failure.text).not.toContain('CANARY');
    expect(server.accepted).toBe(0);
    await eventually('its connection is gone', () => proxy.open === 0);
  });

  test.each([
    ['closes the connection', (socket: Socket) => socket.end()],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
  ])('fails for connect where it %s', async (_, cut) => {
    const proxy = await startProxy();
    proxy.intercept(cut);
    const failure = await readFailure(openClient({ proxy: through(proxy.url) }).ask((await startSecure()).url));
    expect(failure.code).toBe('connect');
    expect(failure.text).toContain(`the proxy 127.0.0.1:${proxy.port} closed the connection`);
  });

  test('fails for connect where it is silent', async () => {
    const proxy = await startProxy();
    proxy.intercept(() => undefined);
    const client = openClient({ proxy: through(proxy.url) }, { connectTimeoutMs: 200 });
    const { code, text } = await readFailure(client.ask((await startSecure()).url));
    expect(code).toBe('connect');
    expect(text).toContain('opened no tunnel within 0.2 s');
    await eventually('its connection is gone', () => proxy.open === 0);
  });

  test('fails for tls where it opens one, and cuts the handshake', async () => {
    const proxy = await startProxy();
    proxy.intercept((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.once('data', () => socket.destroy());
    });
    await expect(openClient({ proxy: through(proxy.url) }).ask((await startSecure()).url)).rejects.toMatchObject({
      code: 'tls',
      message: 'the TLS handshake with the upstream failed (it was cut off)',
    });
  });

  test('fails for connect where nobody listens, and says that it is the proxy', async () => {
    const port = await findClosedPort();
    for (const server of [await startPlain(), await startSecure()]) {
      const client = openClient({ proxy: through(`http://me:CANARY@127.0.0.1:${port}`) });
      const { code, text } = await readFailure(client.ask(server.url));
      expect(code).toBe('connect');
      expect(text).toContain(`the proxy 127.0.0.1:${port} cannot be connected to (ECONNREFUSED)`);
      expect(text).not.toContain('CANARY');
    }
  });

  test('fails for dns where its name does not resolve, and blocked where it leads to a refused address', async () => {
    const dns = openClient({ proxy: through('http://proxy.invalid:3128') });
    const { code, text } = await readFailure(dns.ask('http://stock.example/'));
    expect(code).toBe('dns');
    expect(text).toContain('the name of the proxy proxy.invalid:3128 does not resolve');
    const lookup = async () => [{ address: '169.254.169.254', family: 4 }];
    const guarded = openClient({ proxy: through('http://proxy.example:3128') }, { lookup });
    await expect(guarded.ask('http://stock.example/')).rejects.toMatchObject({ code: 'blocked' });
  });

  test('fails for a file of a header that is not there', async () => {
    const proxy = await startProxy();
    const spec = through(proxy.url, { connectHeaders: [['X-Key', { file: '/nowhere/key' }]] });
    const { code, text } = await readFailure(openClient({ proxy: spec }).ask((await startSecure()).url));
    expect(code).toBe('config');
    expect(text).toContain('/nowhere/key');
    expect(proxy.requests).toEqual([]);
  });
});

describe('a tunnel in the making', () => {
  const late = new ZxpError('timeout', 'too late');

  test('is given up when the client closes, and waited for by none', async () => {
    const proxy = await startProxy();
    proxy.intercept(() => undefined);
    const controller = new AbortController();
    const client = openClient({ proxy: through(proxy.url) });
    const asked = client.ask((await startSecure()).url, { signal: controller.signal });
    await eventually('the proxy is asked', () => proxy.requests.length === 1);
    controller.abort(late);
    await expect(asked).rejects.toBe(late);
    await client.close();
    await eventually('its connection is gone', () => proxy.open === 0);
  });

  test('that hangs in the handshake is given up when the client closes', async () => {
    const proxy = await startProxy();
    proxy.intercept((socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    const controller = new AbortController();
    const client = openClient({ proxy: through(proxy.url) });
    const asked = client.ask((await startSecure()).url, { signal: controller.signal });
    await eventually('the proxy is asked', () => proxy.requests.length === 1);
    controller.abort(late);
    await expect(asked).rejects.toBe(late);
    await client.close();
    await eventually('its connection is gone', () => proxy.open === 0);
  });
});

describe('tunnels', () => {
  test('leave nothing open, whether they were made or not', async () => {
    const proxy = await startProxy();
    const server = await startSecure();
    const baseline = countOpenResources();
    const client = openClient({ proxy: through(proxy.url), tls: trusting() });
    for (let i = 0; i < 20; i++) {
      proxy.intercept(i % 2 === 0 ? undefined : (socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'));
      await client.ask(server.url.replace('127.0.0.1', i < 10 ? '127.0.0.1' : 'localhost')).catch(() => undefined);
    }
    expect(server.requests.length).toBeGreaterThan(5);
    await client.close();
    await eventually('every connection is gone', () => proxy.open === 0 && server.open === 0);
    await untilNoMoreThan(baseline);
  });
});

describe('no_proxy', () => {
  test('goes straight to what it names, and through the proxy to all else', async () => {
    const server = await startPlain();
    const proxy = await startProxy({ hosts: { 'far.example': server.port } });
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const spec = through(proxy.url, { noProxy: 'near.example, 10.0.0.0/8' });
    const client = openClient({ proxy: spec }, { lookup });
    await client.ask(`http://near.example:${server.port}/`);
    expect(proxy.requests).toEqual([]);
    await client.ask('http://far.example/');
    expect(lines(proxy)).toEqual(['GET http://far.example/']);
  });

  test('is what lets loopback go straight: without it everything goes through the proxy', async () => {
    const server = await startPlain();
    const proxy = await startProxy();
    await openClient({ proxy: through(proxy.url, { noProxy: 'x' }) }).ask(server.url);
    expect(proxy.requests).toEqual([]);
    await openClient({ proxy: through(proxy.url) }).ask(server.url);
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('proxies of the environment', () => {
  const fromEnvironment: ProxySpec = { url: 'environment', noProxy: '', connectHeaders: [] };
  const find = (environment: Record<string, string>, url: string) =>
    createProxyFinder(fromEnvironment, environment)(new URL(url))?.url.href;

  test.each([
    [{ HTTP_PROXY: 'http://p:1' }, 'http://a/', 'http://p:1/'],
    [{ HTTP_PROXY: 'http://p:1' }, 'https://a/', undefined],
    [{ HTTPS_PROXY: 'http://p:2' }, 'https://a/', 'http://p:2/'],
    [{ HTTPS_PROXY: 'http://p:2' }, 'http://a/', undefined],
    [{ http_proxy: 'http://p:3' }, 'http://a/', 'http://p:3/'],
    [{ HTTP_PROXY: 'http://p:1', http_proxy: 'http://p:3' }, 'http://a/', 'http://p:1/'],
    [{ HTTP_PROXY: '', http_proxy: 'http://p:3' }, 'http://a/', 'http://p:3/'],
    [{ HTTP_PROXY: 'p:4' }, 'http://a/', 'http://p:4/'],
    [{ HTTP_PROXY: 'p' }, 'http://a/', 'http://p/'],
    [{ HTTPS_PROXY: 'https://p' }, 'https://a/', 'https://p/'],
    [{ HTTP_PROXY: 'http://u:s@p:5/path' }, 'http://a/', 'http://p:5/'],
    [{ HTTP_PROXY: 'http://p:1' }, 'http://localhost/', undefined],
    [{ HTTP_PROXY: 'http://p:1', NO_PROXY: 'b,.a.example' }, 'http://x.a.example/', undefined],
    [{ HTTP_PROXY: 'http://p:1', no_proxy: 'a.example' }, 'http://a.example/', undefined],
    [{ HTTP_PROXY: 'http://p:1', NO_PROXY: 'b' }, 'http://a/', 'http://p:1/'],
    [{}, 'http://a/', undefined],
  ])('%j sends %s through %s', (environment, url, proxy) => {
    expect(find(environment, url)).toBe(proxy);
  });

  test.each(['socks5://CANARY:1', 'http://', 'http://CANARY:p@:x', 'a b', 'ftp://CANARY'])(
    'that are no http or https proxy are an error at start: %s',
    async (HTTPS_PROXY) => {
      const spec = { proxy: fromEnvironment };
      const { code, text } = await readFailure((async () => openClient(spec, { environment: { HTTPS_PROXY } }))());
      expect(code).toBe('config');
      expect(text).toContain('the variable HTTPS_PROXY');
      expect(text).not.toContain('CANARY');
    },
  );

  test('are not looked at unless that is asked for', () => {
    const environment = { HTTP_PROXY: 'socks5://x' };
    const options = { maxConnections: 1, connectTimeoutMs: 1, userAgent: 'x', systemCa: [], clock: () => new Date() };
    expect(() => createUpstream({ ...options, environment })).not.toThrow();
  });

  test('are asked', async () => {
    const server = await startPlain();
    const proxy = await startProxy({ hosts: { 'far.example': server.port } });
    const environment = { HTTP_PROXY: `127.0.0.1:${proxy.port}` };
    const client = openClient({ proxy: fromEnvironment }, { environment });
    expect(await client.text('http://far.example/')).toBe(JSON_BODY);
    expect(lines(proxy)).toEqual(['GET http://far.example/']);
  });

  test('get the headers that are for CONNECT', async () => {
    const server = await startSecure();
    const proxy = await startProxy({ hosts: { 'far.example': server.port } });
    const environment = { HTTPS_PROXY: proxy.url };
    const connectHeaders: ProxySpec['connectHeaders'] = [['X-Way', inline('out')]];
    const spec = { proxy: { ...fromEnvironment, connectHeaders }, tls: withTls({ insecureSkipVerify: true }) };
    expect(await openClient(spec, { environment }).text('https://far.example/')).toBe(JSON_BODY);
    expect(proxy.requests).toMatchObject([{ line: 'CONNECT far.example:443', headers: { 'x-way': 'out' } }]);
    expect(server.requests[0]?.allHeaders.get('x-way')).toBeUndefined();
  });
});

describe.runIf(isSystemSuite)('tinyproxy', () => {
  testWith('tinyproxy', 'takes http and https through', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const port = await findClosedPort();
    const [plain, secure] = [await startPlain(), await startSecure()];
    const settings = ['Port', 'Listen', 'Allow', 'BasicAuth', 'ConnectPort', 'MaxClients'];
    const values = [port, '127.0.0.1', '127.0.0.1', 'me secret', secure.port, 10];
    const file = folder.write('tinyproxy.conf', settings.map((name, i) => `${name} ${values[i]}`).join('\n'));
    const program = spawn('tinyproxy', ['-d', '-c', file], { stdio: 'ignore' });
    forThisTest({
      close: async () => {
        program.kill();
        await once(program, 'exit');
      },
    });
    await untilListening(port);
    const client = openClient({ proxy: through(`http://me:secret@127.0.0.1:${port}`), tls: trusting() });
    expect(await client.text(plain.url)).toBe(JSON_BODY);
    expect(await client.text(secure.url)).toBe(JSON_BODY);
    const stranger = openClient({ proxy: through(`http://127.0.0.1:${port}`), tls: trusting() });
    for (const { url } of [plain, secure]) await expect(stranger.ask(url)).rejects.toMatchObject({ code: 'connect' });
  });
});

async function untilListening(port: number): Promise<void> {
  let isThere = false;
  await eventually(`somebody listens on port ${port}`, () => {
    const socket = connect(port, '127.0.0.1', () => {
      isThere = true;
      socket.destroy();
    });
    socket.on('error', () => undefined);
    return isThere;
  });
}
