import { readSecret } from '../../files/secret-file.js';
import type { BasicSpec } from '../../model/module.js';
import { toBasic } from '../../net/basic.js';
import { type Credential, createFixedCredential } from './credential.js';

/** A user and a password, their files read again for each request. */
export function createBasic(spec: BasicSpec): Credential {
  return createFixedCredential(() => readBasic(spec));
}

/** The value of `Authorization` for a user and a password, as their files are now. */
export async function readBasic({ username, password }: BasicSpec): Promise<string> {
  const [user, pass] = await Promise.all([readSecret(username), password === undefined ? '' : readSecret(password)]);
  return toBasic(user, pass);
}
