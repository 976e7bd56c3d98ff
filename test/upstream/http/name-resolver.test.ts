import { describe, expect, test } from 'vitest';
import { createNameResolver } from '../../../src/upstream/http/name-resolver.js';
import { startDnsServer, type Zone } from '../../support/dns-server.js';
import { eventually } from '../../support/eventually.js';
import { startFakeUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { openClient } from '../open-client.js';

const NEVER = new AbortController().signal;

/** A resolver with a name server of its own, and files with this text. */
async function open(zone: Record<string, readonly string[] | 'silence' | 'refuse'>, { hosts = '', resolv = '' } = {}) {
  const records: Zone = new Map(Object.entries(zone));
  const server = forThisTest(await startDnsServer(records));
  const folder = forThisTest(makeTemporaryFolder());
  let nowMs = 0;
  const lookup = createNameResolver({
    now: () => nowMs,
    hostsFile: folder.write('hosts', hosts),
    resolvConf: folder.write('resolv.conf', resolv),
    servers: [server.address],
  });
  const find = async (name: string) => (await lookup(name, NEVER)).map(({ address }) => address).sort();
  return { server, folder, lookup, find, later: (ms: number) => (nowMs += ms) };
}

describe('a name', () => {
  test('gives all of its addresses, of both families', async () => {
    const { lookup } = await open({ 'both.example': ['192.0.2.1', '192.0.2.2', '2001:db8:0:0:0:0:0:1'] });
    const found = await lookup('both.example', NEVER);
    expect(new Set(found.map(({ address, family }) => `${family} ${address}`))).toEqual(
      new Set(['4 192.0.2.1', '4 192.0.2.2', '6 2001:db8::1']),
    );
  });

  test('of one family is found without the other', async () => {
    const { find } = await open({ 'six.example': ['2001:db8:0:0:0:0:0:1'], 'four.example': ['192.0.2.1'] });
    expect(await find('six.example')).toEqual(['2001:db8::1']);
    expect(await find('four.example')).toEqual(['192.0.2.1']);
  });

  test('that does not exist fails, and so does one whose server refuses', async () => {
    const { lookup } = await open({ 'no.example': 'refuse' });
    await expect(lookup('gone.example', NEVER)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(lookup('no.example', NEVER)).rejects.toMatchObject({ code: 'EREFUSED' });
  });

  test('of the hosts file is not asked for, whatever its case, its dot at the end, and comments', async () => {
    const hosts = '# here\n192.0.2.7\tStock.example stock # the registry\n2001:db8::7 stock\nnothing stock\n';
    const { find, server } = await open({}, { hosts });
    expect(await find('STOCK.example')).toEqual(['192.0.2.7']);
    expect(await find('stock.')).toEqual(['192.0.2.7', '2001:db8::7']);
    expect(server.queries).toEqual([]);
  });

  test('of a hosts file that changes is found again after five seconds', async () => {
    const { find, folder, later } = await open({}, { hosts: '192.0.2.7 stock' });
    expect(await find('stock')).toEqual(['192.0.2.7']);
    folder.write('hosts', '192.0.2.8 stock');
    expect(await find('stock')).toEqual(['192.0.2.7']);
    later(5000);
    expect(await find('stock')).toEqual(['192.0.2.8']);
  });

  test.each(['localhost', 'stock.localhost'])('%s is this machine, and .invalid is nowhere', async (name) => {
    const { find, server } = await open({});
    expect(await find(name)).toEqual(['127.0.0.1']);
    await expect(find('stock.invalid')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(server.queries).toEqual([]);
  });
});

describe('search and ndots of resolv.conf', () => {
  const resolv = 'nameserver 127.0.0.1\nsearch ns.svc.cluster.local svc.cluster.local.\noptions timeout:1 ndots:5\n';
  const asked = (queries: readonly string[]) => [...new Set(queries.map((query) => query.split(' ')[0]))];

  test('complete a short name first, as Kubernetes has it', async () => {
    const { find, server } = await open({ 'zot.registry.svc.cluster.local': ['192.0.2.3'] }, { resolv });
    expect(await find('zot.registry')).toEqual(['192.0.2.3']);
    expect(asked(server.queries)).toEqual(['zot.registry.ns.svc.cluster.local', 'zot.registry.svc.cluster.local']);
  });

  test('try a name with enough dots, or a dot at its end, as it is', async () => {
    const { find, server } = await open(
      { 'a.b.c.d.e.example': ['192.0.2.4'], 'api.example': ['192.0.2.5'] },
      { resolv },
    );
    expect(await find('a.b.c.d.e.example')).toEqual(['192.0.2.4']);
    expect(await find('api.example.')).toEqual(['192.0.2.5']);
    expect(asked(server.queries)).toEqual(['a.b.c.d.e.example', 'api.example']);
  });

  test('try the name as it is last where no completion exists', async () => {
    const { find } = await open({ 'api.example': ['192.0.2.5'] }, { resolv });
    expect(await find('api.example')).toEqual(['192.0.2.5']);
  });
});

describe('lookups', () => {
  test('of the same name at the same time are one', async () => {
    const { find, server } = await open({ 'busy.example': ['192.0.2.1'] });
    await Promise.all(Array.from({ length: 20 }, () => find('busy.example')));
    expect(server.queries).toHaveLength(2);
  });

  test('that never end keep no other name waiting', async () => {
    const dead = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`dead${i}.example`, 'silence'] as const));
    const { lookup, find } = await open({ ...dead, 'alive.example': ['192.0.2.1'] });
    const controller = new AbortController();
    const hanging = Object.keys(dead).map((name) => lookup(name, controller.signal).catch((reason) => reason));
    const startMs = performance.now();
    expect(await find('alive.example')).toEqual(['192.0.2.1']);
    expect(performance.now() - startMs).toBeLessThan(1500);
    controller.abort('enough');
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['enough']));
  });

  test('are 256 names at most; one more fails at once', async () => {
    const names = Array.from({ length: 257 }, (_, i) => `dead${i}.example`);
    const { lookup } = await open(Object.fromEntries(names.map((name) => [name, 'silence'] as const)));
    const controller = new AbortController();
    const hanging = names.slice(1).map((name) => lookup(name, controller.signal).catch(() => undefined));
    await expect(lookup('dead0.example', NEVER)).rejects.toMatchObject({ code: 'dns' });
    controller.abort();
    await Promise.all(hanging);
  });

  test('that never end fail for dns within the connect timeout', async () => {
    const { lookup } = await open({ 'dead.example': 'silence' });
    const client = openClient({}, { lookup, connectTimeoutMs: 300 });
    const startMs = performance.now();
    await expect(client.ask('http://dead.example/')).rejects.toMatchObject({
      code: 'dns',
      message: 'the name of the upstream did not resolve within 0.3 s',
    });
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  test('that are refused by the name server fail for dns', async () => {
    const { lookup } = await open({ 'no.example': 'refuse' });
    await expect(openClient({}, { lookup }).ask('http://no.example/')).rejects.toMatchObject({
      code: 'dns',
      message: 'the name of the upstream does not resolve (EREFUSED)',
    });
  });
});

test('a name is looked up, connected to, and asked', async () => {
  const upstream = forThisTest(await startFakeUpstream());
  const { lookup, server } = await open({ 'stock.example': ['127.0.0.1'] });
  await openClient({}, { lookup }).ask(`http://stock.example:${upstream.port}/`);
  await eventually('both types are asked for', () => server.queries.length === 2);
  expect(upstream.requests).toHaveLength(1);
});
