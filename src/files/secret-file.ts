import { type FailureReason, ZxpError } from '../model/errors.js';
import { isHeaderText } from '../model/header-syntax.js';
import type { SecretSource } from '../model/module.js';
import { explainFileError, readTextFile } from './read-file.js';

/**
 * The text of a secret: one of the configuration as it is, one of a file without the white space around it, as
 * prometheus/common's secrets have it. Files are read again each time: regular ones of at most 1 MiB, within five seconds.
 * One that cannot be read or is empty is a ZxpError that names the file; its reason is `config` where nothing else is given.
 */
export async function readSecret(source: SecretSource, reason: FailureReason = 'config'): Promise<string> {
  const text = await readSecretText(source, reason);
  if (text !== '' || 'inline' in source) return text;
  throw new ZxpError(reason, `the file ${source.file} is empty`, {
    hint: 'the configuration names it for a secret or a certificate: see what writes it',
  });
}

/** As `readSecret`, for callers that have a message of their own for an empty file. */
export async function readSecretText(source: SecretSource, reason: FailureReason = 'config'): Promise<string> {
  if ('inline' in source) return source.inline.reveal();
  try {
    return (await readTextFile(source.file)).trim();
  } catch (cause) {
    throw new ZxpError(reason, `the file ${source.file} cannot be read: ${explainFileError(cause)}`, {
      cause,
      hint: 'the configuration names it for a secret or a certificate: see that it exists and that zxp may read it',
    });
  }
}

/** How messages call a secret. */
export function nameSecret(source: SecretSource, inlineName: string): string {
  return 'inline' in source ? inlineName : `the file ${source.file}`;
}

/**
 * Text as the value of a header: without white space around it, in the bytes of UTF-8, as Go sends it. Throws `config`
 * where it has a line break or a control character; `name` is what the message calls it.
 */
export function toHeaderValue(text: string, name: string): string {
  const trimmed = text.trim();
  if (!isHeaderText(trimmed)) {
    throw new ZxpError('config', `${name} has a line break or a control character, which no header can carry`);
  }
  return Buffer.from(trimmed, 'utf8').toString('latin1');
}
