import { createHmac, randomBytes } from 'node:crypto';
import { LruMap } from '../async/lru-map.js';
import type { UserSpec } from '../model/access-policy.js';
import type { RejectionReason, VerifyPassword } from '../model/auth-decision.js';
import { createPasswordQueue } from './password-queue.js';

/** Why a user and password do not get in; undefined where they do. At once where that is known already. */
export type PasswordCheck = (
  request: UserPassword,
) => RejectionReason | undefined | Promise<RejectionReason | undefined>;

export interface UserPassword {
  readonly user: string;
  readonly password: string;
  /** Who waits: one client's attempts do not hold up another's. */
  readonly client: string;
}

/** Whether a password is that of a hash; what it knows holds whoever the users are. Rejects as the verifying does. */
export type PasswordMemory = (
  request: UserPassword & { readonly hash: string; readonly cost: number },
) => boolean | 'busy' | Promise<boolean | 'busy'>;

const MAX_RIGHT = 1000;
const MAX_WRONG = 1000;
const MAX_OF_CLIENT = 32;
const MAX_WAITING = 128;

/**
 * Remembers answers under an HMAC with a key of this process's own, those to right and to wrong passwords apart: no
 * number of wrong ones pushes out a right one. The same question asked twice at once is worked on once.
 */
export function createPasswordMemory(verify: VerifyPassword): PasswordMemory {
  const key = randomBytes(32);
  const right = new LruMap<true>(MAX_RIGHT);
  const wrong = new LruMap<true>(MAX_WRONG);
  const underWay = new Map<string, Promise<boolean | 'busy'>>();
  const ask = createPasswordQueue({ verify, maxOfClient: MAX_OF_CLIENT, maxWaiting: MAX_WAITING });
  return ({ user, password, client, hash, cost }) => {
    const question = createHmac('sha256', key).update(`${hash}\n${user}:${password}`).digest('base64');
    if (right.get(question) === true) return true;
    if (wrong.get(question) === true) return false;
    const asked = underWay.get(question);
    if (asked !== undefined) return asked;
    const answer = ask(client, { password, hash, cost }).then(
      (isRight) => {
        underWay.delete(question);
        if (isRight !== 'busy') (isRight ? right : wrong).set(question, true);
        return isRight;
      },
      (thrown: unknown) => {
        underWay.delete(question);
        throw thrown;
      },
    );
    underWay.set(question, answer);
    return answer;
  };
}

/** Salt and digest of a password that nobody has. */
const NOBODY = '.'.repeat(53);

/** Whoever is not among the users costs as much work as those who are. */
export function createPasswordCheck(users: readonly UserSpec[], memory: PasswordMemory): PasswordCheck {
  const hashes = new Map(users.map(({ name, hash }) => [name, hash.reveal()]));
  const cost = Math.max(...[...hashes.values()].map(readCost));
  const hashOfNobody = `$2b$${String(cost).padStart(2, '0')}$${NOBODY}`;
  return ({ user, password, client }) => {
    const hash = hashes.get(user);
    const judge = (isRight: boolean | 'busy'): RejectionReason | undefined => {
      if (isRight === 'busy') return 'busy';
      return isRight && hash !== undefined ? undefined : 'wrong_credential';
    };
    const answer = memory({ user, password, client, hash: hash ?? hashOfNobody, cost });
    return answer instanceof Promise ? answer.then(judge) : judge(answer);
  };
}

/** The cost in a bcrypt hash: `$2b$10$...`. */
function readCost(hash: string): number {
  return Number(/^\$2[aby]\$(\d\d)\$/.exec(hash)?.[1] ?? Number.NaN);
}
