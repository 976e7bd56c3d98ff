import { promisify } from 'node:util';
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzip,
  inflate,
  inflateRaw,
} from 'node:zlib';
import { createMemoryBudget, type MemoryLease } from '../../async/memory-budget.js';
import { type Bytes, countBytes, joinBytes, listPieces } from '../../model/bytes.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import { tooLarge } from '../../model/limits.js';
import { BodyPieces } from './body-pieces.js';

/** How much is decompressed at a time, and then accounted for. */
const CHUNK_BYTES = 64 * 1024;

/** A body that is no larger is decompressed in one go, and not accounted for. */
const SMALL_BYTES = 256 * 1024;

const decoders = {
  gzip: { whole: promisify(gunzip), createStream: createGunzip },
  'x-gzip': { whole: promisify(gunzip), createStream: createGunzip },
  deflate: { whole: promisify(inflate), createStream: createInflate },
  'deflate-raw': { whole: promisify(inflateRaw), createStream: createInflateRaw },
  br: { whole: promisify(brotliDecompress), createStream: createBrotliDecompress },
};

type Decoder = (typeof decoders)[keyof typeof decoders];

export interface DecompressOptions {
  /** Of the reply; identity where it has none. */
  readonly coding: string | undefined;
  /** Of the decompressed body. */
  readonly maxBytes: number;
  /** Ends the work at once. */
  readonly signal: CancellationSignal;
  /** Accounts for a body that is not small; the caller releases it. Memory of its own where it is not given. */
  readonly openLease?: (() => MemoryLease) | undefined;
}

/**
 * Undoes one Content-Encoding (RFC 9110, 8.4.1): identity, gzip, deflate or br, in libuv's pool, in steps, each of which
 * waits for its part of the memory. Throws `too_large` as soon as the output passes `maxBytes`, `encoding` for any other
 * coding, for several, and for data that does not decompress, and the reason of the signal.
 */
export async function decompress(raw: Bytes, options: DecompressOptions): Promise<Bytes> {
  const coding = (options.coding ?? 'identity').trim().toLowerCase();
  // No bytes are no document, whatever a 204 says of them.
  if (coding === 'identity' || coding === '' || countBytes(raw) === 0) return raw;
  const decoder = findDecoder(coding, raw);
  try {
    options.signal.throwIfAborted();
    return (await decompressSmall(raw, decoder, options)) ?? (await decompressInSteps(raw, decoder, options));
  } catch (cause) {
    if (cause instanceof ZxpError || cause === options.signal.reason) throw cause;
    throw new ZxpError('encoding', `the reply has the coding ${coding} and does not decompress`, { cause });
  }
}

/** Undefined for what is not small. */
async function decompressSmall(
  raw: Bytes,
  { whole }: Decoder,
  { maxBytes }: DecompressOptions,
): Promise<Uint8Array | undefined> {
  if (countBytes(raw) > SMALL_BYTES) return undefined;
  try {
    return await whole(joinBytes(raw), { maxOutputLength: Math.min(maxBytes, SMALL_BYTES) });
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE')) throw thrown;
    if (maxBytes <= SMALL_BYTES) throw tooLarge(maxBytes);
    return undefined;
  }
}

async function decompressInSteps(
  raw: Bytes,
  { createStream }: Decoder,
  { maxBytes, signal, openLease = () => createMemoryBudget(0).open() }: DecompressOptions,
): Promise<Bytes> {
  const lease = openLease();
  const stream = createStream({ chunkSize: CHUNK_BYTES });
  const abort = () => stream.destroy(toError(signal.reason));
  const body = new BodyPieces();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    for (const piece of listPieces(raw)) stream.write(piece);
    stream.end();
    for await (const chunk of stream) {
      if (body.length + chunk.length > maxBytes) throw tooLarge(maxBytes);
      await lease.grow(chunk.length, signal);
      body.add(chunk);
    }
    return body.take();
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function findDecoder(coding: string, raw: Bytes): Decoder {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
    case 'br':
      return decoders[coding];
    case 'deflate':
      // Some servers send raw deflate data under this name: a zlib stream has 8 in the low half of its first byte.
      return ((listPieces(raw)[0]?.[0] ?? 0) & 0x0f) === 8 ? decoders.deflate : decoders['deflate-raw'];
    default:
      throw new ZxpError('encoding', 'the reply has a Content-Encoding that zxp does not know, or several', {
        hint: 'zxp reads identity, gzip, deflate and br',
      });
  }
}
