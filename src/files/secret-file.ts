import { createReadStream } from 'node:fs';
import { type FailureReason, ZxpError } from '../model/errors.js';
import type { SecretSource } from '../model/module.js';

const MAX_SECRET_BYTES = 1024 * 1024;

/** What may not be in the value of a header (RFC 9110, 5.5). */
const CONTROL = /[^\t\x20-\x7e\x80-\u{10ffff}]/u;

/**
 * The text of a secret: what stands in the configuration as it is, what stands in a file without the white space around
 * it, as prometheus/common's secrets have it. Files are read anew each time, 1 MiB at the most. One that cannot be read
 * is a ZxpError that names the file: by default `internal`, as it is zxp's own surroundings that are not as they were.
 */
export async function readSecret(source: SecretSource, reason: FailureReason = 'internal'): Promise<string> {
  if ('inline' in source) return source.inline.reveal();
  try {
    return decodeUtf8(await readBounded(source.file)).trim();
  } catch (cause) {
    const why =
      cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no text in it';
    throw new ZxpError(reason, `the file ${source.file} cannot be read (${why})`, {
      cause,
      hint: 'the configuration names it for a secret or a certificate: see that it is there and that zxp may read it',
    });
  }
}

/** How messages call a secret. */
export function nameSecret(source: SecretSource, inlineName: string): string {
  return 'inline' in source ? inlineName : `the file ${source.file}`;
}

/**
 * Text as the value of a header: without white space around it, in the bytes of UTF-8, as Go sends it. Throws `internal`
 * where it has a line break or a control character; `name` is what the message calls it.
 */
export function toHeaderValue(text: string, name: string): string {
  const trimmed = text.trim();
  if (CONTROL.test(trimmed)) {
    throw new ZxpError('internal', `${name} has a line break or a control character, which no header can carry`);
  }
  return Buffer.from(trimmed, 'utf8').toString('latin1');
}

async function readBounded(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: MAX_SECRET_BYTES })) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  if (bytes.length > MAX_SECRET_BYTES) throw Object.assign(new Error('the file is over 1 MiB'), { code: 'EFBIG' });
  return bytes;
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
