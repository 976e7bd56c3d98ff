import { once } from 'node:events';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressChunk, compressChunks } from '../../src/exposition/compress.js';

async function* give(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

test('one chunk is one gzip file', () => {
  expect(gunzipSync(compressChunk(Buffer.from('metrics')))).toEqual(Buffer.from('metrics'));
});

test('chunks are one gzip file of all of them in order', async () => {
  const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc(64 * 1024, `chunk ${i} `));
  const compressed = await readAll(compressChunks(give(...chunks)));
  expect(gunzipSync(compressed).equals(Buffer.concat(chunks))).toBe(true);
  expect(compressed.length).toBeLessThan(50 * 64 * 1024 * 0.1);
});

test('empty chunks and no chunks give a gzip file of nothing', async () => {
  expect(gunzipSync(await readAll(compressChunks(give(Buffer.alloc(0)))))).toHaveLength(0);
  expect(gunzipSync(await readAll(compressChunks(give())))).toHaveLength(0);
});

test('an error of the source comes out of the result', async () => {
  const failure = new Error('the writer failed');
  async function* fail(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(64 * 1024);
    throw failure;
  }
  await expect(readAll(compressChunks(fail()))).rejects.toBe(failure);
});

test('a reader that stops early stops the source', async () => {
  let isStopped = false;
  async function* giveForever(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.alloc(64 * 1024, 'x');
    } finally {
      isStopped = true;
    }
  }
  const compressed = compressChunks(giveForever());
  for await (const _ of compressed) break;
  if (compressed instanceof Readable && !compressed.closed) await once(compressed, 'close');
  await expect.poll(() => isStopped).toBe(true);
});
