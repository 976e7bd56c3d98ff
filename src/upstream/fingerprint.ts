import { createHmac, randomBytes } from 'node:crypto';

/** Names texts without telling any of them: the same texts in the same order have the same name. */
export type Fingerprint = (...texts: readonly string[]) => string;

/** Names that hold for as long as the process runs, by a random key. */
export function createFingerprint(): Fingerprint {
  const key = randomBytes(32);
  return (...texts) => createHmac('sha256', key).update(JSON.stringify(texts)).digest('base64');
}
