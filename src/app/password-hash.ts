import { hashSync } from 'bcryptjs';
import { ZxpError } from '../model/errors.js';

/** A few attempts per second: a scraper does not notice, somebody who guesses does. */
const COST = 10;
/** bcrypt ignores the rest. */
const MAX_BYTES = 72;

/** The bcrypt hash of a password, as `basic_auth_users` takes it. Throws `usage` where bcrypt cannot take it. */
export function hashPassword(password: string): string {
  const refuse = (message: string, hint: string) => new ZxpError('usage', message, { hint });
  if (password === '') throw refuse('the password is empty', 'write it to standard input');
  if (/\p{Cc}/u.test(password)) throw refuse('the password has a control character', 'one line, without tabs');
  if (Buffer.byteLength(password) > MAX_BYTES) {
    throw refuse(`the password is over ${MAX_BYTES} bytes`, 'bcrypt ignores the rest');
  }
  return hashSync(password, COST);
}
