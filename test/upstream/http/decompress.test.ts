import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createMemoryBudget } from '../../../src/async/memory-budget.js';
import { countBytes } from '../../../src/model/bytes.js';
import { decompress } from '../../../src/upstream/http/decompress.js';
import { toConfigFile } from '../../support/config-file.js';
import { openDaemon } from '../../support/daemon.js';
import { testFailingScrapes } from '../../support/failing-scrapes.js';
import { healthyDocument, reply, startHostileUpstream } from '../../support/hostile-upstream.js';

const coded: readonly (readonly [name: string, headerLines: readonly string[], body: string | Uint8Array])[] = [
  ['identity, unsaid', [], healthyDocument],
  ['identity', ['Content-Encoding: identity'], healthyDocument],
  ['an empty coding', ['Content-Encoding:'], healthyDocument],
  ['gzip', ['Content-Encoding: gzip'], gzipSync(healthyDocument)],
  ['gzip in capitals', ['CONTENT-ENCODING: GZip'], gzipSync(healthyDocument)],
  ['x-gzip', ['Content-Encoding: x-gzip'], gzipSync(healthyDocument)],
  [
    'gzip of several members',
    ['Content-Encoding: gzip'],
    Buffer.concat([gzipSync(healthyDocument.slice(0, 20)), gzipSync(healthyDocument.slice(20))]),
  ],
  ['deflate in a zlib stream', ['Content-Encoding: deflate'], deflateSync(healthyDocument)],
  ['deflate without one', ['Content-Encoding: deflate'], deflateRawSync(healthyDocument)],
  ['deflate, stored', ['Content-Encoding: deflate'], deflateRawSync(healthyDocument, { level: 0 })],
  ['deflate in a zlib stream, stored', ['Content-Encoding: deflate'], deflateSync(healthyDocument, { level: 0 })],
  ['deflate in a small window', ['Content-Encoding: deflate'], deflateSync(healthyDocument, { windowBits: 9 })],
  ['br', ['Content-Encoding: br'], brotliCompressSync(healthyDocument)],
];

describe('the codings that zxp asks for', () => {
  test('all say the same', async () => {
    const upstream = await startHostileUpstream();
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url }) });
    const withoutDuration = (lines: readonly string[]) => lines.filter((line) => !line.includes('duration'));
    try {
      const plain = withoutDuration((await exporter.scrape()).samples);
      expect(plain).toContain('target_up 1');
      for (const [name, headerLines, body] of coded) {
        upstream.behave({ answer: (socket) => socket.write(reply(body, headerLines)) });
        expect(withoutDuration((await exporter.scrape()).samples), name).toEqual(plain);
      }
      expect(upstream.heads.every((head) => /^accept-encoding: gzip, deflate, br$/im.test(head))).toBe(true);
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});

describe('a coding that cannot be undone', () => {
  const gzip = gzipSync(healthyDocument);
  const broken = Buffer.from(gzip).fill(0xff, 20, 30);
  const wrongChecksum = Buffer.from(gzip).fill(0x55, gzip.length - 8, gzip.length - 4);
  const rows: readonly (readonly [title: string, headerLines: readonly string[], body: string | Uint8Array])[] = [
    ['an unknown coding', ['Content-Encoding: zstd'], healthyDocument],
    ['a coding that names a property of every object', ['Content-Encoding: constructor'], healthyDocument],
    ['two codings in one header', ['Content-Encoding: gzip, br'], brotliCompressSync(gzip)],
    ['the same coding twice in two headers', ['Content-Encoding: gzip', 'Content-Encoding: gzip'], gzipSync(gzip)],
    ['gzip that is not', ['Content-Encoding: gzip'], healthyDocument],
    ['gzip with broken bytes', ['Content-Encoding: gzip'], broken],
    ['gzip with a wrong checksum', ['Content-Encoding: gzip'], wrongChecksum],
    ['gzip cut off in its data', ['Content-Encoding: gzip'], gzip.subarray(0, gzip.length - 20)],
    ['gzip cut off in its trailer', ['Content-Encoding: gzip'], gzip.subarray(0, gzip.length - 4)],
    ['gzip cut off in its header', ['Content-Encoding: gzip'], gzip.subarray(0, 5)],
    ['deflate that is not', ['Content-Encoding: deflate'], '{"Gauges":[]}'],
    ['a zlib stream cut off', ['Content-Encoding: deflate'], deflateSync(healthyDocument).subarray(0, -10)],
    ['raw deflate cut off', ['Content-Encoding: deflate'], deflateRawSync(healthyDocument).subarray(0, -10)],
    ['br that is not', ['Content-Encoding: br'], healthyDocument],
    ['br cut off', ['Content-Encoding: br'], brotliCompressSync(healthyDocument).subarray(0, -10)],
  ];
  testFailingScrapes(
    rows.map(([title, headerLines, body]) => ({
      title,
      reason: 'encoding',
      statusCode: 200,
      answer: (socket) => socket.write(reply(body, headerLines)),
    })),
  );
});

describe('decompress', () => {
  const NEVER = new AbortController().signal;
  const decode = async (raw: Uint8Array, coding: string | undefined, maxBytes: number) =>
    decompress(raw, { coding, maxBytes, signal: NEVER });
  const codings = [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ] as const;

  test('gives no bytes for none, whatever their coding', async () => {
    for (const coding of [undefined, 'gzip', 'deflate', 'br']) {
      expect(await decode(new Uint8Array(), coding, 10)).toHaveLength(0);
    }
  });

  test.each([1000, 262_144, 1_000_000])(
    'gives exactly %i bytes, and throws too_large one byte later',
    async (length) => {
      for (const [coding, encode] of codings) {
        const raw = encode('x'.repeat(length));
        expect(await decode(raw, coding, length)).toHaveLength(length);
        await expect(decode(raw, coding, length - 1)).rejects.toMatchObject({ code: 'too_large' });
      }
    },
  );

  test('repeats nothing of the coding that it was given, which may be anything', async () => {
    await expect(decode(Buffer.from('x'), 'secret-text', 10)).rejects.toMatchObject({
      code: 'encoding',
      message: expect.not.stringContaining('secret-text'),
    });
  });

  test('ends with the signal, for its reason, also while it waits for memory', async () => {
    const raw = brotliCompressSync(Buffer.alloc(50_000_000));
    const budget = createMemoryBudget(0);
    const oldest = budget.open();
    await oldest.grow(1, NEVER);
    const gone = new Error('gone');
    const caller = new AbortController();
    const lease = budget.open();
    const openLease = () => lease;
    const asked = decompress(raw, { coding: 'br', maxBytes: 60_000_000, signal: caller.signal, openLease });
    setTimeout(() => caller.abort(gone), 20);
    await expect(asked).rejects.toBe(gone);
    oldest.release();
    lease.release();
    expect(budget.usedBytes).toBe(0);
  });

  test('accounts for a large body until it is released, and for a small one not at all', async () => {
    const budget = createMemoryBudget(10_000_000);
    const lease = budget.open();
    const options = { coding: 'gzip', maxBytes: 1e7, signal: NEVER, openLease: () => lease };
    expect(countBytes(await decompress(gzipSync(Buffer.alloc(200_000)), options))).toBe(200_000);
    expect(budget.usedBytes).toBe(0);
    expect(countBytes(await decompress(gzipSync(Buffer.alloc(2_000_000)), options))).toBe(2_000_000);
    expect(budget.usedBytes).toBe(2_000_000);
    lease.release();
    lease.release();
    expect(budget.usedBytes).toBe(0);
  });

  test('forty bombs at once stay within the budget and what one may have', async () => {
    const raw = brotliCompressSync(Buffer.alloc(8_000_000));
    expect(raw.length).toBeLessThan(200);
    const budget = createMemoryBudget(10_000_000);
    let mostBytes = 0;
    const once = async () => {
      const lease = budget.open();
      const openLease = () => lease;
      const body = await decompress(raw, { coding: 'br', maxBytes: 8_000_000, signal: NEVER, openLease });
      mostBytes = Math.max(mostBytes, budget.usedBytes);
      lease.release();
      return countBytes(body);
    };
    expect(new Set(await Promise.all(Array.from({ length: 40 }, once)))).toEqual(new Set([8_000_000]));
    expect(mostBytes).toBeLessThanOrEqual(18_000_000);
    expect(budget.usedBytes).toBe(0);
  });
});
