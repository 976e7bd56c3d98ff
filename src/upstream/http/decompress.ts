import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { ZxpError } from '../../model/errors.js';
import { tooLarge } from '../../model/limits.js';

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  'deflate-raw': promisify(inflateRaw),
  br: promisify(brotliDecompress),
};

/**
 * Undoes one Content-Encoding (RFC 9110, 8.4.1): identity, gzip, deflate or br, in the thread pool.
 * Throws `too_large` as soon as the output passes `maxBytes`, `encoding` for any other coding, for several, and for
 * data that does not decompress.
 */
export async function decompress(
  raw: Uint8Array,
  options: { readonly coding: string | string[] | undefined; readonly maxBytes: number },
): Promise<Uint8Array> {
  const coding = String(options.coding ?? 'identity')
    .trim()
    .toLowerCase();
  // No bytes are no document, whatever a 204 says of them.
  if (coding === 'identity' || coding === '' || raw.length === 0) return raw;
  const decode = findDecoder(coding, raw);
  try {
    return await decode(raw, { maxOutputLength: options.maxBytes });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(options.maxBytes);
    }
    throw new ZxpError('encoding', `the reply says it is ${coding}, and does not decompress`, { cause });
  }
}

function findDecoder(coding: string, raw: Uint8Array) {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
    case 'br':
      return decoders[coding];
    case 'deflate':
      // Some servers send raw deflate data under this name: a zlib stream says 8 in the low half of its first byte.
      return ((raw[0] ?? 0) & 0x0f) === 8 ? decoders.deflate : decoders['deflate-raw'];
    default:
      throw new ZxpError('encoding', 'the reply has a Content-Encoding that zxp does not know, or several', {
        hint: 'zxp reads identity, gzip, deflate and br',
      });
  }
}
