import { describe, expect, test } from 'vitest';
import type { AgentTlsSpec } from '../../../src/model/tunnel.js';
import { makeAuthority } from '../../support/certificate-authority.js';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { connected, local, runAgent, runProxy, serve, until } from './run-agent.js';

function certificates() {
  const authority = makeAuthority();
  const folder = forThisTest(makeTemporaryFolder());
  const ca = folder.write('ca.pem', authority.cert);
  const spec = (more: Partial<AgentTlsSpec> = {}): AgentTlsSpec => ({
    ca: { file: ca },
    cert: undefined,
    key: undefined,
    serverName: undefined,
    ...more,
  });
  const client = (name: string) => {
    const { cert, key } = authority.issue(name, { purpose: 'clientAuth' });
    return { cert: { file: folder.write('client.pem', cert) }, key: { file: folder.write('client.key', key) } };
  };
  return { authority, folder, ca, spec, client };
}

const toServer = ({ cert, key }: { cert: string; key: string }, clientCa?: string) => ({
  cert: Buffer.from(cert),
  key: Buffer.from(key),
  ...(clientCa === undefined ? {} : { clientCa: Buffer.from(clientCa) }),
});

describe('TLS to a proxy', () => {
  test('verifies it by the CA, and its credentials are not exposed', async () => {
    const { authority, spec } = certificates();
    const proxy = await runProxy({ tls: toServer(authority.issue('localhost')) });
    const { kinds } = runAgent({
      settings: { proxies: [local(proxy)], tls: spec() },
      paths: [serve('a')],
      isLoopback: () => false,
    });
    const connection = await connected(proxy);
    expect((await connection.scrape({ path: 'a', authHeader: 'Bearer x' })).statusCode).toBe(200);
    expect(connection.connection.isEncrypted).toBe(true);
    expect(kinds()).not.toContain('plaintext_credentials');
  });

  test.each<
    readonly [
      string,
      (tools: ReturnType<typeof certificates>) => { readonly altNames?: string; readonly tls: Partial<AgentTlsSpec> },
    ]
  >([
    [
      'of another CA',
      () => ({
        tls: {
          ca: { file: forThisTest(makeTemporaryFolder()).write('other.pem', makeAuthority('other').cert) },
        },
      }),
    ],
    ['of no CA that the system knows', () => ({ tls: { ca: undefined } })],
    ['of another name', () => ({ altNames: 'DNS:other.example', tls: {} })],
  ])('refuses a certificate %s', async (_name, choose) => {
    const tools = certificates();
    const { altNames, tls } = choose(tools);
    const proxy = await runProxy({
      tls: toServer(tools.authority.issue('proxy', altNames === undefined ? {} : { altNames })),
    });
    const { events } = runAgent({ settings: { proxies: [local(proxy)], tls: tools.spec(tls) }, paths: [serve('a')] });
    await until(() => expect(events[0]).toMatchObject({ kind: 'connect_failed', error: { code: 'tls' } }));
    expect(proxy.connections.every(({ introduced }) => introduced.length === 0)).toBe(true);
  });

  test('goes by server_name where there is one', async () => {
    const { authority, spec } = certificates();
    const proxy = await runProxy({ tls: toServer(authority.issue('proxy', { altNames: 'DNS:proxy.example' })) });
    runAgent({
      settings: { proxies: [local(proxy)], tls: spec({ serverName: 'proxy.example' }) },
      paths: [serve('a')],
    });
    expect((await (await connected(proxy)).scrape({ path: 'a' })).statusCode).toBe(200);
  });

  test('shows a client certificate to a proxy that requires one', async () => {
    const { authority, spec, client } = certificates();
    const proxy = await runProxy({ tls: toServer(authority.issue('localhost'), authority.cert) });
    const without = runAgent({ settings: { proxies: [local(proxy)], tls: spec() } });
    await until(() => expect(without.kinds()).toContain('connect_failed'));
    await without.agent.close(0);
    const count = proxy.connections.length;
    runAgent({ settings: { proxies: [local(proxy)], tls: spec(client('warehouse')) }, paths: [serve('a')] });
    const connection = await connected(proxy, count + 1);
    expect(connection.connection.certificate?.subject).toBe('CN=warehouse');
  });

  test('takes a renewed certificate with the next connection', async () => {
    const { authority, spec, client } = certificates();
    const proxy = await runProxy({ tls: toServer(authority.issue('localhost'), authority.cert) });
    runAgent({ settings: { proxies: [local(proxy)], tls: spec(client('one')) }, paths: [serve('a')] });
    const first = await connected(proxy);
    client('two');
    first.endReading();
    const second = await connected(proxy, 2);
    expect([first, second].map(({ connection }) => connection.certificate?.subject)).toEqual(['CN=one', 'CN=two']);
  });

  test('to a server without TLS, or without HTTP/2, fails', async () => {
    const { spec, authority } = certificates();
    const plain = await runProxy();
    const one = runAgent({ settings: { proxies: [local(plain)], tls: spec() } });
    await until(() => expect(one.kinds()).toContain('connect_failed'));
    const { createServer } = await import('node:https');
    const { cert, key } = authority.issue('localhost');
    const server = createServer({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    forThisTest({ close: () => void server.close() });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const other = runAgent({ settings: { proxies: [{ host: 'localhost', port }], tls: spec() } });
    await until(() => expect(other.events[0]).toMatchObject({ kind: 'connect_failed' }));
  });
});
