import { parentPort } from 'node:worker_threads';
import { compareSync, getRounds, hashSync } from 'bcryptjs';
import type { PasswordAttempt } from '../../model/auth-decision.js';

const SALT = '.'.repeat(22);

parentPort?.on('message', ({ id, attempt }: { readonly id: number; readonly attempt: PasswordAttempt }) => {
  parentPort?.postMessage({ id, isRight: verify(attempt) });
});

/**
 * Hashes at the cost that the attempt says, whatever the hash's own: 2^c for the hash and then 2^c, 2^(c+1), ... up to
 * the half of it make 2^cost in all.
 */
function verify({ password, hash, cost }: PasswordAttempt): boolean {
  const isRight = compareSync(password, hash);
  for (let more = getRounds(hash); more < cost; more++) {
    hashSync(password, `$2b$${String(more).padStart(2, '0')}$${SALT}`);
  }
  return isRight;
}
