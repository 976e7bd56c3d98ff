import type { SecretSource } from '../../model/module.js';
import { readSecret } from '../secret-text.js';
import type { Credential } from './credential.js';

/** A user and a password in UTF-8 (RFC 7617), their files read anew for each request. */
export function createBasic(spec: {
  readonly username: SecretSource;
  readonly password: SecretSource | undefined;
}): Credential {
  const { username, password } = spec;
  return {
    authorize: async () => {
      const [user, pass] = await Promise.all([
        readSecret(username),
        password === undefined ? '' : readSecret(password),
      ]);
      return { authorization: toBasic(user, pass), renew: undefined };
    },
    close: async () => undefined,
  };
}

export function toBasic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
