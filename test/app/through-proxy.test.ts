import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { type Authority, makeAuthority } from '../upstream/authority.js';
import { startConnectProxy } from '../upstream/connect-proxy.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

let authority: Authority;
beforeAll(() => {
  authority = makeAuthority();
});
afterAll(() => authority.close());

/** An https upstream behind a proxy, and its origin by a name that the proxy alone knows. */
async function start(hosts: readonly string[]) {
  const pair = authority.issue('far', hosts.map((host) => `DNS:${host}`).join(','));
  const server = forThisTest(
    await startFakeUpstream(({ path, allHeaders }) => {
      const isKnown =
        allHeaders.get('authorization')?.[0] === 'Bearer t0ken' || allHeaders.get('x-sid')?.[0] === 't0ken';
      if (path.startsWith('/token') || path.startsWith('/login'))
        return { body: '{"access_token":"t0ken","token":"t0ken","token_type":"Bearer"}' };
      if (path === '/plain' || isKnown) return {};
      const challenge = `Bearer realm="https://${hosts[0]}/token",service="s"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    }, pair),
  );
  const proxy = forThisTest(
    await startConnectProxy({ hosts: Object.fromEntries(hosts.map((host) => [host, server.port])) }),
  );
  return { server, proxy };
}

const ca = () => JSON.stringify(authority.cert);

test.each(['proxy_url', 'proxy_from_environment'])('%s takes https targets through CONNECT', async (key) => {
  const { proxy } = await start(['far.example']);
  const by = key === 'proxy_url' ? `proxy_url: '${proxy.url}'` : 'proxy_from_environment: true';
  const zxp = await startDaemon({
    config: `modules: { m: { allow: ['https://far.example'], http_client_config: { ${by}, tls_config: { ca: ${ca()} } }, ${METRICS} } }
targets: []`,
    environment: { HTTPS_PROXY: proxy.url },
  });
  const { text } = await zxp.probe({ target: 'https://far.example/plain', module: 'm' });
  expect(text).toContain('\nn 1\n');
  expect(proxy.requests.map(({ line }) => line)).toEqual(['CONNECT far.example:443']);
});

test.each([
  [
    'oauth2',
    (tls: string, proxy: string) =>
      `http_client_config: { ${proxy}, ${tls}, oauth2: { client_id: c, client_secret: s, token_url: 'https://far.example/token', ${proxy}, ${tls} } }`,
  ],
  ['registry_token', (tls: string, proxy: string) => `registry_token: {}, http_client_config: { ${proxy}, ${tls} }`],
  [
    'login',
    (tls: string, proxy: string) =>
      `login: { url: /login, token: { path: '{.token}' }, send: { header: X-Sid } }, http_client_config: { ${proxy}, ${tls} }`,
  ],
] as const)('%s gets its token through CONNECT as well', async (_, keys) => {
  const { server, proxy } = await start(['far.example']);
  const settings = keys(`tls_config: { ca: ${ca()} }`, `proxy_url: '${proxy.url}'`);
  const zxp = await startDaemon({
    config: `modules: { m: { allow: ['https://far.example'], ${settings}, ${METRICS} } }\ntargets: []`,
  });
  const { text } = await zxp.probe({ target: 'https://far.example/guarded', module: 'm' });
  expect(text).toContain('\nn 1\n');
  expect(server.requests.some(({ path }) => path.startsWith('/token') || path.startsWith('/login'))).toBe(true);
  expect(new Set(proxy.requests.map(({ line }) => line))).toEqual(new Set(['CONNECT far.example:443']));
});
