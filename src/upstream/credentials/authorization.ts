import { nameSecret, readSecret, toHeaderValue } from '../../files/secret-file.js';
import type { SecretSource } from '../../model/module.js';
import { type Credential, createFixedCredential } from './credential.js';

/** A scheme and what comes after it, its file read again for each request. */
export function createAuthorization(spec: { readonly scheme: string; readonly credentials: SecretSource }): Credential {
  const { scheme, credentials } = spec;
  return createFixedCredential(async () => {
    const text = await readSecret(credentials);
    return toHeaderValue(`${scheme} ${text}`, nameSecret(credentials, 'the value of authorization'));
  });
}
