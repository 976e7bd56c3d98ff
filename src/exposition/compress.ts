import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** The content codings in which an exposition can be sent, the best one last. */
export type Compression = 'identity' | 'gzip' | 'zstd';

/** How one coding is made: of one chunk at once, and of many in the thread pool. */
interface Coder {
  readonly compress: (chunk: Buffer) => Buffer;
  readonly createStream: () => Transform;
}

/** Level 1 costs a quarter of the default level for nearly the same size of metrics. */
const GZIP_OPTIONS = { level: 1 };

const gzip: Coder = {
  compress: (chunk) => zlib.gzipSync(chunk, GZIP_OPTIONS),
  createStream: () => zlib.createGzip(GZIP_OPTIONS),
};

/** A window of 512 KiB, as level 1 has by itself: Prometheus' decoder takes 8 MiB at most. */
const ZSTD_WINDOW_LOG = 19;

/** zstd at its level 1 takes two thirds of the time of gzip, and makes the text of metrics a little smaller. */
const zstd = findZstd();

/** Whether this Node can make zstd: from 22.15 and 23.8 on. */
export const hasZstd = zstd !== undefined;

function findZstd(): Coder | undefined {
  if (!('createZstdCompress' in zlib) || typeof zlib.createZstdCompress !== 'function') return undefined;
  if (!('zstdCompressSync' in zlib) || typeof zlib.zstdCompressSync !== 'function') return undefined;
  const constants: object = zlib.constants;
  if (!('ZSTD_c_compressionLevel' in constants)) return undefined;
  if (!('ZSTD_c_windowLog' in constants)) return undefined;
  const { ZSTD_c_compressionLevel: level, ZSTD_c_windowLog: windowLog } = constants;
  const options = { params: { [Number(level)]: 1, [Number(windowLog)]: ZSTD_WINDOW_LOG } };
  const { createZstdCompress, zstdCompressSync } = zlib;
  return {
    compress: (chunk) => zstdCompressSync(chunk, options),
    createStream: () => createZstdCompress(options),
  };
}

/** One chunk at once; for a body that is small anyway. */
export function compressChunk(chunk: Buffer, compression: Compression): Buffer {
  return findCoder(compression)?.compress(chunk) ?? chunk;
}

/**
 * Compresses chunks as they come, in the thread pool. An error of the source comes out of the result. `onRead` is told of
 * each chunk that the coder has read and will not read again; of none where there is no coder.
 */
export function compressChunks(
  chunks: AsyncIterable<Buffer>,
  compression: Compression,
  onRead: (chunk: Buffer) => void = () => undefined,
): AsyncIterable<Buffer> {
  const coder = findCoder(compression);
  if (coder === undefined) return chunks;
  const stream = coder.createStream();
  feed(stream, chunks, onRead).catch((error: Error) => stream.destroy(error));
  return stream;
}

/** Ends early where the stream is closed. */
async function feed(stream: Transform, chunks: AsyncIterable<Buffer>, onRead: (chunk: Buffer) => void): Promise<void> {
  let giveUp: () => void = () => undefined;
  stream.once('close', () => giveUp());
  for await (const chunk of chunks) {
    const isRead = await new Promise<boolean>((resolve) => {
      giveUp = () => resolve(false);
      stream.write(chunk, (error) => resolve(error === null || error === undefined));
    });
    if (!isRead || stream.destroyed) return;
    onRead(chunk);
  }
  stream.end();
}

function findCoder(compression: Compression): Coder | undefined {
  switch (compression) {
    case 'gzip':
      return gzip;
    case 'zstd':
      return zstd;
    case 'identity':
      return undefined;
  }
}
