import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Secret } from '../../../src/model/secret.js';
import type { ProxySpec } from '../../../src/model/tunnel.js';
import { refuseCredentials } from '../../../src/tunnel/proxy/credentials.js';
import { type CertificateAuthority, makeAuthority } from '../../support/certificate-authority.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { dialProxy, startWireAgent, type WireAgent, type WireAgentOptions } from '../../support/tunnel/wire-agent.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const until = (holds: () => unknown) => vi.waitFor(holds, { timeout: 8000, interval: 20 });

async function start(...args: Parameters<typeof startProxyUnderTest>): Promise<ProxyUnderTest> {
  const proxy = await startProxyUnderTest(...args);
  cleanups.push(() => proxy.close());
  return proxy;
}

async function join(proxy: ProxyUnderTest, options: Partial<WireAgentOptions> = {}): Promise<WireAgent> {
  const agent = await startWireAgent({
    port: proxy.port,
    paths: ['app'],
    onRequest: (request, self) => void self.respond(request, `auth ${request.authHeader}\n`),
    ...options,
  });
  cleanups.push(() => agent.close());
  return agent;
}

function token(name: string, text: string, paths: readonly string[] = []) {
  return { where: 'proxy.yml:1', name, token: { inline: new Secret(text) }, paths };
}

describe('tokens of agents', () => {
  test('are needed for every call once there is one', async () => {
    const proxy = await start({ agents: [token('a', 'good')] });
    await join(proxy, { token: 'good' });
    for (const wrong of [undefined, 'bad', 'good '.trimEnd().concat('x')]) {
      await expect(join(proxy, wrong === undefined ? {} : { token: wrong })).rejects.toThrow(/unauthenticated/);
    }
    expect(proxy.proxy.load.agents).toBe(1);
    expect(await proxy.metric('zxp_proxy_agent_auth_failures_total')).toBe(3);
    expect(proxy.logged.join('\n')).not.toMatch(/good|"bad"/);
  });

  test('restrict the paths that an agent may register', async () => {
    const proxy = await start({ agents: [token('a', 'x', ['app_*'])] });
    const agent = await join(proxy, { token: 'x', paths: ['app_1'] });
    expect(await agent.register('other')).toMatchObject({
      valid: false,
      reason: expect.stringContaining('not authorized'),
    });
  });

  test('keep one identity from taking the path of another, and let the same one replace itself', async () => {
    const proxy = await start({ agents: [token('a', 'one'), token('b', 'two')] });
    const first = await join(proxy, { token: 'one', name: 'first' });
    await expect(join(proxy, { token: 'two' })).rejects.toThrow(/another agent identity/);
    await expect(join(proxy, { token: 'two', consolidated: true })).rejects.toThrow(/another agent identity/);
    await join(proxy, { token: 'one', name: 'second' });
    expect(await first.reader.status).toMatchObject({ code: 'ok' });
  });

  test('free a path for another identity once its agent has gone', async () => {
    const proxy = await start({ agents: [token('a', 'one'), token('b', 'two')] });
    const first = await join(proxy, { token: 'one' });
    first.close();
    await until(() => expect(proxy.proxy.load.agents).toBe(0));
    await join(proxy, { token: 'two' });
  });

  test('cannot be changed within a connection to speak for its agent', async () => {
    const proxy = await start({ agents: [token('a', 'one'), token('b', 'two')], transportFilterDisabled: true });
    const victim = await join(proxy, { token: 'one', shared: true });
    const { connection } = await dialProxy({ port: proxy.port, token: 'two' });
    cleanups.push(() => connection.destroy());
    const { proxyService } = await import('../../../src/tunnel/protocol/methods.js');
    const beat = await connection.unary(proxyService.sendHeartBeat, { agentId: victim.id }, {});
    expect(beat).toMatchObject({ ok: true, message: { valid: false } });
    const reader = connection.serverStream(proxyService.readRequestsFromProxy, { agentId: victim.id });
    expect(await reader.status).toMatchObject({ code: 'notFound' });
  });

  test('are read again when their file changes: a revoked agent is disconnected, another one stays', async () => {
    const folder = makeTemporaryFolder();
    cleanups.push(() => folder.close());
    const fileOf = (name: string) => ({
      where: 'proxy.yml:1',
      name,
      token: { file: folder.write(`${name}.token`, `${name}-1\n`) },
      paths: [],
    });
    const proxy = await start({ agents: [fileOf('a'), fileOf('b')] }, { watchIntervalMs: 20 });
    const a = await join(proxy, { token: 'a-1', paths: ['a'] });
    const b = await join(proxy, { token: 'b-1', paths: ['b'] });
    folder.write('a.token', 'a-2\n');
    expect(await a.reader.status).toMatchObject({ code: 'ok' });
    await expect(join(proxy, { token: 'a-1' })).rejects.toThrow(/unauthenticated/);
    await join(proxy, { token: 'a-2' });
    expect(b.connection.signal.aborted).toBe(false);
    expect(await proxy.get('/b')).toMatchObject({ status: 200 });
    folder.write('a.token', '');
    await until(async () => expect(await proxy.metric('zxp_proxy_last_reload_successful')).toBe(0));
    await join(proxy, { token: 'a-2', paths: ['again'] });
  });

  test('take paths away on a reload that allows fewer', async () => {
    const proxy = await start({ agents: [token('a', 'x')] });
    await join(proxy, { token: 'x', paths: ['app', 'stock'] });
    proxy.setSpec({ agents: [token('a', 'x', ['stock'])] });
    await proxy.proxy.reload();
    expect(await proxy.get('/app')).toMatchObject({ status: 404 });
    expect(await proxy.get('/stock')).toMatchObject({ status: 200 });
  });
});

describe('TLS of the tunnel', () => {
  let authority: CertificateAuthority;
  let folder: TemporaryFolder;
  let tls: NonNullable<ProxySpec['tls']>;

  beforeAll(() => {
    authority = makeAuthority();
    folder = makeTemporaryFolder();
    const server = authority.issue('proxy');
    tls = {
      where: 'proxy.yml:2',
      cert: { file: folder.write('proxy.pem', server.cert) },
      key: { file: folder.write('proxy.key', server.key) },
      clientCa: undefined,
    };
  });
  afterAll(() => {
    folder.close();
  });

  const withCa = () => ({ ...tls, clientCa: { file: folder.write('ca.pem', authority.cert) } });

  test('serves agents that trust its certificate', async () => {
    const proxy = await start({ tls });
    await join(proxy, { tls: { ca: authority.cert } });
    expect(await proxy.get('/app', { headers: { authorization: 'Bearer t' } })).toMatchObject({
      status: 200,
      text: 'auth Bearer t\n',
    });
  });

  test('with a CA of clients refuses an agent without a certificate, or with one of another CA', async () => {
    const proxy = await start({ tls: withCa() });
    const stranger = makeAuthority('stranger');
    await expect(join(proxy, { tls: { ca: authority.cert } })).rejects.toThrow();
    await expect(join(proxy, { tls: { ca: authority.cert, ...stranger.issue('agent') } })).rejects.toThrow();
    expect(proxy.proxy.load.agents).toBe(0);
    expect(await proxy.metric('zxp_proxy_agent_auth_failures_total')).toBeGreaterThanOrEqual(2);
  });

  test('makes an identity of the first name of a certificate, else of its common name', async () => {
    const proxy = await start({ tls: withCa() });
    const named = authority.issue('common', { altNames: 'DNS:warehouse.example,DNS:other' });
    await join(proxy, { tls: { ca: authority.cert, ...named } });
    const other = authority.issue('office', { altNames: 'DNS:office.example' });
    await expect(join(proxy, { tls: { ca: authority.cert, ...other } })).rejects.toThrow(/another agent identity/);
    expect((await proxy.get('/')).text).toContain('<td>warehouse.example</td>');
  });

  test('takes a new certificate from its files without dropping an agent', async () => {
    const proxy = await start({ tls }, { watchIntervalMs: 20 });
    const agent = await join(proxy, { tls: { ca: authority.cert } });
    const next = makeAuthority('next');
    const server = next.issue('proxy');
    const before = tls;
    writeFileSync(folder.path.concat('/proxy.key'), server.key);
    writeFileSync(folder.path.concat('/proxy.pem'), server.cert);
    await until(() => join(proxy, { tls: { ca: next.cert }, paths: ['new'] }));
    expect(agent.connection.signal.aborted).toBe(false);
    expect(await proxy.get('/app')).toMatchObject({ status: 200 });
    await expect(join(proxy, { tls: { ca: authority.cert } })).rejects.toThrow();
    const again = authority.issue('proxy');
    folder.write('proxy.key', again.key);
    folder.write('proxy.pem', again.cert);
    expect(tls).toBe(before);
  });

  test('keeps its certificate where the new files cannot be used', async () => {
    const proxy = await start({ tls: withCa() }, { watchIntervalMs: 20 });
    folder.write('ca.pem', 'no certificate\n');
    await until(async () => expect(await proxy.metric('zxp_proxy_last_reload_successful')).toBe(0));
    await expect(join(proxy, { tls: { ca: authority.cert } })).rejects.toThrow();
    await join(proxy, { tls: { ca: authority.cert, ...authority.issue('agent') } });
  });

  test('refuses to start with a key of another certificate, or with a CA that has none', async () => {
    const other = authority.issue('other');
    const wrongKey = { ...tls, key: { inline: new Secret(other.key) } };
    await expect(start({ tls: wrongKey })).rejects.toThrow(/certificate and key cannot be used/);
    await expect(start({ tls: { ...tls, clientCa: { inline: new Secret('') } } })).rejects.toThrow(
      /no PEM certificate/,
    );
  });

  test('does not speak HTTP/1 or plaintext', async () => {
    const proxy = await start({ tls });
    await expect(join(proxy, {})).rejects.toThrow();
    await expect(join(proxy, { tls: { ca: authority.cert, ALPNProtocols: ['http/1.1'] } })).rejects.toThrow();
    expect(proxy.proxy.load).toMatchObject({ agents: 0 });
  });
});

describe("a scraper's credentials", () => {
  const agentAt = (remoteAddress: string, isEncrypted: boolean, identity?: string) =>
    ({
      connection: { remoteAddress, isEncrypted },
      identity: identity === undefined ? undefined : { name: identity, mayRegister: () => true },
    }) as unknown as Parameters<typeof refuseCredentials>[0];

  test.each([
    ['127.0.0.1', false, undefined, undefined],
    ['::ffff:127.0.0.1', false, undefined, undefined],
    ['::1', false, undefined, undefined],
    ['10.0.0.1', false, 'known', 'plaintext'],
    ['10.0.0.1', true, undefined, 'without an identity'],
    ['10.0.0.1', true, 'known', undefined],
    ['', false, undefined, 'plaintext'],
  ])('to %s, encrypted %s, identity %s: refused for %s', (address, isEncrypted, identity, reason) => {
    const refusal = refuseCredentials(agentAt(address, isEncrypted, identity));
    if (reason === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(reason);
  });

  const ownAddress = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

  test.skipIf(ownAddress === undefined)('over plaintext are refused with 502, counted, and never sent', async () => {
    const proxy = await start({ listenAddresses: [{ host: '0.0.0.0', port: 0 }] });
    const agent = await join(proxy, { host: ownAddress! });
    const reply = await proxy.get('/app', { headers: { authorization: 'Bearer canary' } });
    expect(reply).toMatchObject({ status: 502, text: expect.stringContaining('--tunnel.allow-plaintext-credentials') });
    expect(agent.requests).toEqual([]);
    expect(await proxy.metric('zxp_proxy_credentials_refused_total')).toBe(1);
    expect(await proxy.get('/app')).toMatchObject({ status: 200 });
    expect(proxy.logged.join('\n')).not.toContain('canary');
  });

  test.skipIf(ownAddress === undefined)('are sent over plaintext where it is allowed, with a warning', async () => {
    const proxy = await start({
      listenAddresses: [{ host: '0.0.0.0', port: 0 }],
      allowPlaintextCredentials: true,
    });
    await join(proxy, { host: ownAddress! });
    const reply = await proxy.get('/app', { headers: { authorization: 'Bearer t' } });
    expect(reply).toMatchObject({ status: 200, text: 'auth Bearer t\n' });
    expect(proxy.logged.join('\n')).toContain('credentials of scrapers are forwarded over plaintext');
    expect(proxy.logged.filter((line) => line.includes('first credentials'))).toHaveLength(1);
  });

  test('that the proxy itself has verified end there, unless it is told to forward them', async () => {
    const access = {
      mode: 'bearer',
      isModeSaid: false,
      users: [],
      tokens: [{ name: 't', sha256: SHA_OF_TOKEN, expiresMs: undefined, where: 'web.yml:1' }],
      tokenFiles: [],
      tls: undefined,
      headers: [],
      rateLimit: undefined,
      allowedClients: undefined,
      trustedProxies: [],
    } as const;
    for (const forwardVerified of [false, true]) {
      const proxy = await start({ forwardVerified }, { access });
      await join(proxy);
      expect(await proxy.get('/app')).toMatchObject({ status: 401 });
      expect(await proxy.get('/-/ready')).not.toMatchObject({ status: 401 });
      const reply = await proxy.get('/app', { headers: { authorization: 'Bearer token' } });
      expect(reply).toMatchObject({ status: 200, text: forwardVerified ? 'auth Bearer token\n' : 'auth \n' });
    }
  });

  test('sent twice are refused before anything is sent', async () => {
    const proxy = await start();
    const agent = await join(proxy);
    const { connect } = await import('node:net');
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    cleanups.push(() => socket.destroy());
    socket.write('GET /app HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n');
    const [head] = (await new Promise<Buffer>((resolve) => socket.once('data', resolve))).toString().split('\r\n');
    expect(head).toBe('HTTP/1.1 400 Bad Request');
    expect(agent.requests).toEqual([]);
  });
});

const SHA_OF_TOKEN = '3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0';
