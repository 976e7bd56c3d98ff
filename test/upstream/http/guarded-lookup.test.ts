import type { LookupAddress } from 'node:dns';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guardedLookup, type LookupAddresses } from '../../../src/upstream/http/guarded-lookup.js';
import { PoolManager } from '../../../src/upstream/http/pool-manager.js';
import { JSON_BODY, startFakeUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { type Authority, makeAuthority } from '../authority.js';
import { inline, openClient, readFailure, withTls } from '../open-client.js';

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });

/** Answers in turn, the last answer for ever; keeps book. */
function answerWith(...answers: readonly (readonly LookupAddress[])[]) {
  const asked: string[] = [];
  const lookup: LookupAddresses = async (hostname) => {
    asked.push(hostname);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [];
  };
  return { lookup, asked };
}

const HERE = v4('127.0.0.1');

const at = (url: string) => ({ url: new URL(url), signal: new AbortController().signal });

describe('a name', () => {
  test('is looked up once a connection, and connected to where it led', async () => {
    const server = forThisTest(await startFakeUpstream());
    const { lookup, asked } = answerWith([HERE], [v4('127.0.0.9')]);
    const client = openClient({}, { lookup, maxConnections: 1 });
    for (let i = 0; i < 3; i++) {
      expect(await client.text(`http://stock.example:${server.port}/`)).toBe(JSON_BODY);
    }
    expect(asked).toEqual(['stock.example']);
    expect(server.requests[0]?.allHeaders.get('host')).toEqual([`stock.example:${server.port}`]);
  });

  test.each([
    ['metadata', [v4('169.254.169.254')]],
    ["Alibaba's metadata", [v4('100.100.100.200')]],
    ['link-local IPv6', [v6('fe80::1')]],
    ['link-local IPv6 with a zone', [v6('fe80::1%eth0')]],
    ['a mapped address', [v6('::ffff:169.254.169.254')]],
    ['NAT64', [v6('64:ff9b::a9fe:a9fe')]],
    ['a good address and metadata', [HERE, v4('169.254.169.254')]],
    ['metadata and a good address', [v6('fd00:ec2::254'), HERE]],
    ['what is no address', [HERE, v4('localhost')]],
  ])('that leads to %s is blocked, and nothing is connected to', async (_, addresses) => {
    const server = forThisTest(await startFakeUpstream());
    const { lookup, asked } = answerWith(addresses);
    const client = openClient(
      { credential: { kind: 'authorization', scheme: 'x', credentials: inline('CANARY') } },
      { lookup },
    );
    const { code, text } = await readFailure(client.ask(`http://metadata.example:${server.port}/`));
    expect(code).toBe('blocked');
    expect(text).toContain('metadata.example');
    expect(text).not.toContain('CANARY');
    expect(server.accepted).toBe(0);
    expect(asked).toEqual(['metadata.example']);
  });

  test('is blocked although the address that it leads to is exempt: names are not', async () => {
    const { lookup } = answerWith([v4('169.254.169.254')]);
    const client = openClient({}, { lookup, exemptHosts: ['169.254.169.254', 'metadata.example'] });
    await expect(client.ask('http://metadata.example/')).rejects.toMatchObject({ code: 'blocked' });
  });

  test('that leads elsewhere at the next connection is checked again', async () => {
    const server = forThisTest(await startFakeUpstream(() => ({ headers: { connection: 'close' } })));
    const { lookup, asked } = answerWith([HERE], [v4('169.254.169.254')], [HERE]);
    const client = openClient({}, { lookup, maxConnections: 1 });
    const url = `http://rebinding.example:${server.port}/`;
    expect(await client.text(url)).toBe(JSON_BODY);
    await expect(client.ask(url)).rejects.toMatchObject({ code: 'blocked' });
    expect(await client.text(url)).toBe(JSON_BODY);
    expect(asked).toHaveLength(3);
    expect(server.accepted).toBe(2);
  });

  test('without addresses fails for dns', async () => {
    const { lookup } = answerWith([]);
    await expect(openClient({}, { lookup }).ask('http://empty.example/')).rejects.toMatchObject({ code: 'dns' });
  });

  test('that cannot be looked up fails for dns', async () => {
    const lookup: LookupAddresses = async () => {
      throw Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
    };
    await expect(openClient({}, { lookup }).ask('http://gone.example/')).rejects.toMatchObject({
      code: 'dns',
      message: 'the name of the upstream does not resolve (EAI_AGAIN)',
    });
  });

  test('with several addresses is connected to at the first that answers', async () => {
    const server = forThisTest(await startFakeUpstream());
    const { lookup } = answerWith([v6('::1'), HERE]);
    expect(await openClient({}, { lookup }).text(`http://both.example:${server.port}/`)).toBe(JSON_BODY);
  });
});

describe('a name in https', () => {
  let authority: Authority;
  beforeAll(() => {
    authority = makeAuthority();
  });
  afterAll(() => authority.close());

  test('stays in the handshake and in Host, and must be in the certificate', async () => {
    const server = forThisTest(await startFakeUpstream(undefined, authority.issue('stock', 'DNS:stock.example')));
    const { lookup } = answerWith([HERE]);
    const client = openClient({ tls: withTls({ ca: inline(authority.cert) }) }, { lookup });
    await client.ask(`https://stock.example:${server.port}/`);
    expect(server.requests[0]?.tls?.sni).toBe('stock.example');
    expect(server.requests[0]?.allHeaders.get('host')).toEqual([`stock.example:${server.port}`]);
    await expect(client.ask(`https://other.example:${server.port}/`)).rejects.toMatchObject({ code: 'tls' });
  });

  test('is blocked before the handshake', async () => {
    const server = forThisTest(await startFakeUpstream(undefined, authority.issue('stock', 'DNS:stock.example')));
    const { lookup } = answerWith([v4('169.254.169.254'), HERE]);
    const client = openClient({ tls: withTls({ insecureSkipVerify: true }) }, { lookup });
    await expect(client.ask(`https://stock.example:${server.port}/`)).rejects.toMatchObject({ code: 'blocked' });
    expect(server.accepted).toBe(0);
  });
});

describe('an address in the URL', () => {
  const refused = [
    'http://169.254.169.254/',
    'https://169.254.169.254/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://１６９.２５４.１６９.２５４/',
    'http://169.254.169.254./',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
  ];

  test.each(refused)('is blocked without looking anything up: %s', async (url) => {
    const { lookup, asked } = answerWith([HERE]);
    await expect(openClient({}, { lookup }).ask(url)).rejects.toMatchObject({ code: 'blocked' });
    expect(asked).toEqual([]);
  });

  test.each(['169.254.169.254', '[::ffff:a9fe:a9fe]', '[fe80::1]'])(
    'may be used where it is exempt: %s',
    async (host) => {
      // Nothing is connected to: on the machines of a cloud somebody would answer.
      const transport = new PoolManager({
        tls: () => Promise.reject(new Error('there is no TLS')),
        findProxy: () => undefined,
        lookup: guardedLookup(async () => []),
        exemptHosts: [host],
        maxConnections: 1,
        connectTimeoutMs: 1000,
        peer: 'the upstream',
        now: () => 0,
      });
      forThisTest(transport);
      expect(await transport.use(at(`http://${host}/`), async () => 'used')).toBe('used');
    },
  );

  test('is exempt alone: not its neighbours, nor the same in IPv6', async () => {
    const client = openClient({}, { exemptHosts: ['169.254.169.254', 'example.org'] });
    for (const url of ['http://169.254.169.253/', 'http://[::ffff:169.254.169.254]/', 'http://[fe80::1]/']) {
      await expect(client.ask(url)).rejects.toMatchObject({ code: 'blocked' });
    }
  });

  test('is blocked through a proxy too', async () => {
    const proxy = forThisTest(await startFakeUpstream());
    const client = openClient({ proxy: { url: new URL(proxy.url), noProxy: '', connectHeaders: [] } });
    for (const url of refused) await expect(client.ask(url)).rejects.toMatchObject({ code: 'blocked' });
    expect(proxy.accepted).toBe(0);
  });

  test('of this machine or a private network is asked', async () => {
    const server = forThisTest(await startFakeUpstream());
    expect(await openClient().text(server.url)).toBe(JSON_BODY);
    expect(await openClient().text(`http://0.0.0.0:${server.port}/`)).toBe(JSON_BODY);
  });
});
