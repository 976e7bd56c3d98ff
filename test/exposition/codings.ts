import * as zlib from 'node:zlib';
import { type Compression, hasZstd } from '../../src/exposition/compress.js';

/** The content codings that this Node can make, no coding among them. */
export const codings: readonly Compression[] = ['identity', 'gzip', ...(hasZstd ? (['zstd'] as const) : [])];

/** The bytes behind a coding. */
export function decode(bytes: Buffer, coding: Compression): Buffer {
  if (coding === 'identity') return bytes;
  if (coding === 'gzip') return zlib.gunzipSync(bytes);
  if (!('zstdDecompressSync' in zlib) || typeof zlib.zstdDecompressSync !== 'function') throw new Error('no zstd here');
  return zlib.zstdDecompressSync(bytes);
}
