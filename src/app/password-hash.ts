import { hashSync } from 'bcryptjs';
import { ZxpError } from '../model/errors.js';

/** Tried a few times a second, which a scraper does not notice and whoever guesses does. */
const COST = 10;
/** bcrypt takes no notice of what is beyond. */
const MAX_BYTES = 72;

/** The bcrypt hash of a password, as `basic_auth_users` takes it. Throws `usage` where it is no password for that. */
export function hashPassword(password: string): string {
  const refuse = (message: string, hint: string) => new ZxpError('usage', message, { hint });
  if (password === '') throw refuse('the password is empty', 'write it to standard input');
  if (/\p{Cc}/u.test(password)) throw refuse('the password has a control character', 'one line, without tabs');
  if (Buffer.byteLength(password) > MAX_BYTES) {
    throw refuse(`the password is over ${MAX_BYTES} bytes`, 'bcrypt takes no notice of the rest');
  }
  return hashSync(password, COST);
}
