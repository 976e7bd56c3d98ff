import { once } from 'node:events';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compressChunk, compressChunks, hasZstd } from '../../src/exposition/compress.js';
import { codings, decode } from './codings.js';

async function* give(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

test('zstd is there where Node has it', () => {
  expect(hasZstd).toBe('createZstdCompress' in zlib);
});

if (hasZstd) {
  test('a large file of zstd has a window that Prometheus takes', async () => {
    const compressed = await readAll(
      compressChunks(give(...Array.from({ length: 200 }, () => Buffer.alloc(65_536, 'x'))), 'zstd'),
    );
    // RFC 8878, 3.1.1.1: a descriptor without a single segment, and an exponent above 10 in the five high bits.
    const [descriptor = 0, window = 0] = compressed.subarray(4);
    expect(descriptor & 0x20).toBe(0);
    expect(10 + (window >> 3)).toBeLessThanOrEqual(23);
  });
}

describe.each(codings)('%s', (coding) => {
  test('of one chunk is one file', () => {
    expect(decode(compressChunk(Buffer.from('metrics'), coding), coding)).toEqual(Buffer.from('metrics'));
  });

  test('of chunks is one file of all of them in order', async () => {
    const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc(64 * 1024, `chunk ${i} `));
    const compressed = await readAll(compressChunks(give(...chunks), coding));
    expect(decode(compressed, coding).equals(Buffer.concat(chunks))).toBe(true);
    if (coding !== 'identity') expect(compressed.length).toBeLessThan(50 * 64 * 1024 * 0.1);
  });

  test('tells of each chunk that was read, in order, and that may be overwritten then', async () => {
    const chunks = Array.from({ length: 20 }, (_, i) => Buffer.alloc(64 * 1024, `chunk ${i} `));
    const whole = Buffer.concat(chunks);
    const read: Buffer[] = [];
    const compressed = compressChunks(give(...chunks), coding, (chunk) => read.push(chunk.fill(0)));
    expect(decode(await readAll(compressed), coding).equals(whole)).toBe(true);
    expect(read).toEqual(coding === 'identity' ? [] : chunks);
  });

  test('of empty chunks and of no chunks is a file of nothing', async () => {
    expect(decode(await readAll(compressChunks(give(Buffer.alloc(0)), coding)), coding)).toHaveLength(0);
    expect(decode(await readAll(compressChunks(give(), coding)), coding)).toHaveLength(0);
  });

  test('throws what its source throws', async () => {
    const failure = new Error('the writer failed');
    async function* fail(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(64 * 1024);
      throw failure;
    }
    await expect(readAll(compressChunks(fail(), coding))).rejects.toBe(failure);
  });

  test('stops its source when its reader stops early', async () => {
    let isStopped = false;
    async function* giveForever(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield Buffer.alloc(64 * 1024, 'x');
      } finally {
        isStopped = true;
      }
    }
    const compressed = compressChunks(giveForever(), coding);
    for await (const _ of compressed) break;
    if (compressed instanceof Readable && !compressed.closed) await once(compressed, 'close');
    await expect.poll(() => isStopped).toBe(true);
  });
});
