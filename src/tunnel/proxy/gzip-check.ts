import { createGunzip } from 'node:zlib';

/** What a gzip holds, or what is wrong with it. */
export type GzipCheck =
  | { readonly fault: 'invalid' | 'too_large' }
  | {
      /** The plain bytes; empty unless they were wanted. */
      readonly plain: readonly Buffer[];
      readonly plainBytes: number;
      /** Whether the gzip ends where its bytes do: other readers refuse what follows. */
      readonly isExact: boolean;
    };

export interface GzipCheckOptions {
  /** Of the plain bytes. */
  readonly maxBytes: number;
  readonly wantsPlain: boolean;
}

const OUTPUT_BYTES = 512 * 1024;

/**
 * Reads a gzip to its end, of several members where it has them, in the thread pool; no more than `maxBytes` and one
 * buffer of it is ever there. Zero bytes are an empty gzip. Never rejects.
 */
export function checkGzip(bytes: Uint8Array, { maxBytes, wantsPlain }: GzipCheckOptions): Promise<GzipCheck> {
  if (bytes.length === 0) return Promise.resolve({ plain: [], plainBytes: 0, isExact: false });
  return new Promise((resolve) => {
    const gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
    const plain: Buffer[] = [];
    let plainBytes = 0;
    const settle = (check: GzipCheck) => {
      gunzip.destroy();
      resolve(check);
    };
    gunzip.on('data', (chunk: Buffer) => {
      plainBytes += chunk.length;
      if (plainBytes > maxBytes) settle({ fault: 'too_large' });
      else if (wantsPlain) plain.push(chunk);
    });
    gunzip.once('error', () => settle({ fault: 'invalid' }));
    gunzip.once('end', () => settle({ plain, plainBytes, isExact: gunzip.bytesWritten === bytes.length }));
    gunzip.end(bytes);
  });
}
