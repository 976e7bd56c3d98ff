import { ZxpError } from '../model/errors.js';

/**
 * Reads a body to its end. Throws `too_large` past `maxBytes`, as announced or as counted; the stream is destroyed
 * then, and with it its connection.
 */
export async function readBody(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  options: {
    readonly declaredLength: string | string[] | undefined;
    readonly maxBytes: number;
  },
): Promise<Uint8Array> {
  const { maxBytes } = options;
  if (Number(options.declaredLength) > maxBytes) {
    body.destroy();
    throw tooLarge(maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, length);
}

export function tooLarge(maxBytes: number): ZxpError {
  return new ZxpError('too_large', `the reply is larger than ${maxBytes} bytes`, {
    hint: 'raise limits.body_size, or have the upstream say less',
  });
}
