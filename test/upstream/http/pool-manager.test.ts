import { describe, expect, test } from 'vitest';
import { guardedLookup } from '../../../src/upstream/http/guarded-lookup.js';
import type { OriginPool } from '../../../src/upstream/http/origin-pool.js';
import { PoolManager } from '../../../src/upstream/http/pool-manager.js';
import { forThisTest } from '../../support/for-this-test.js';

let nowMs = 0;

/** Connects to nobody: what is used is looked at, and not asked. */
const openPoolManager = () =>
  forThisTest(
    new PoolManager({
      tls: () => Promise.reject(new Error('there is no TLS')),
      findProxy: () => undefined,
      lookup: guardedLookup(async () => []),
      exemptHosts: [],
      maxConnections: 1,
      connectTimeoutMs: 1000,
      peer: 'the upstream',
      now: () => nowMs,
    }),
  );

const take = (transport: PoolManager, host: string) =>
  transport.use(at(`http://${host}.example/`), async (origin) => origin);

async function takeMany(transport: PoolManager, name: string, count: number): Promise<readonly OriginPool[]> {
  const origins: OriginPool[] = [];
  for (let i = 0; i < count; i++) origins.push(await take(transport, `${name}${i}`));
  return origins;
}

const at = (url: string) => ({ url: new URL(url), signal: new AbortController().signal });

describe('the origins of a transport', () => {
  test('are the same for the same scheme, host and port', async () => {
    const transport = openPoolManager();
    const origin = await take(transport, 'a');
    expect(await take(transport, 'A')).toBe(origin);
    expect(await take(transport, 'b')).not.toBe(origin);
    expect(await transport.use(at('http://a.example:80/x'), async (each) => each)).toBe(origin);
    expect(await transport.use(at('http://a.example:81/x'), async (each) => each)).not.toBe(origin);
  });

  test('beyond 512 go, the one that was used the longest time ago first', async () => {
    const transport = openPoolManager();
    const [first, second] = await takeMany(transport, 'a', 512);
    expect(await take(transport, 'a0')).toBe(first);
    await take(transport, 'one-more');
    expect(await take(transport, 'a0')).toBe(first);
    expect(second?.isClosed).toBe(true);
    expect(await take(transport, 'a1')).not.toBe(second);
  });

  test('are made again after five minutes, when nobody uses them any more', async () => {
    const transport = openPoolManager();
    const first = await take(transport, 'a');
    nowMs += 299_000;
    expect(await take(transport, 'a')).toBe(first);
    await transport.use(at('http://a.example/'), async (origin) => {
      nowMs += 2000;
      expect(await take(transport, 'a')).not.toBe(first);
      expect(origin.isClosed).toBe(false);
    });
    expect(first.isClosed).toBe(true);
  });

  test('do not go while they are used', async () => {
    const transport = openPoolManager();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const using = transport.use(at('http://used.example/'), (origin) => held.then(() => origin));
    await takeMany(transport, 'a', 600);
    expect(await take(transport, 'used')).toMatchObject({ isClosed: false });
    release();
    expect((await using).isClosed).toBe(false);
  });

  test('go with the transport', async () => {
    const transport = openPoolManager();
    const origins = await takeMany(transport, 'a', 3);
    await transport.close();
    expect(origins.map((each) => each.isClosed)).toEqual([true, true, true]);
    await expect(take(transport, 'a0')).rejects.toMatchObject({ code: 'closed' });
  });
});
