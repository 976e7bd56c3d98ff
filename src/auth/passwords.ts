import { createHmac, randomBytes } from 'node:crypto';
import { LruMap } from '../async/lru-map.js';
import type { UserSpec } from '../model/access-policy.js';
import type { PasswordAttempt, RejectionReason, VerifyPassword } from '../model/auth-decision.js';

/** Why a user and password are rejected; undefined where they are valid. At once where that is known already. */
export type PasswordCheck = (
  request: UserPassword,
) => RejectionReason | undefined | Promise<RejectionReason | undefined>;

/** What one request presents. */
export interface UserPassword {
  readonly user: string;
  readonly password: string;
  /** Who waits: the attempts of one client do not delay those of another. */
  readonly client: string;
}

/** Whether a password is that of a hash. Rejects as the verification does. */
export type PasswordMemory = (
  request: UserPassword & { readonly hash: string; readonly cost: number },
) => boolean | 'busy' | Promise<boolean | 'busy'>;

const MAX_VALID = 1000;
const MAX_INVALID = 1000;
const MAX_OF_CLIENT = 32;
const MAX_WAITING = 128;

/**
 * Remembers results under an HMAC with a key of this process, those of valid and of invalid passwords apart: no number of
 * invalid ones evicts a valid one. The same attempt twice at once is verified once.
 */
export function createPasswordMemory(verify: VerifyPassword): PasswordMemory {
  const key = randomBytes(32);
  const valid = new LruMap<true>(MAX_VALID);
  const invalid = new LruMap<true>(MAX_INVALID);
  const underWay = new Map<string, Promise<boolean | 'busy'>>();
  const enqueue = createPasswordQueue({ verify, maxOfClient: MAX_OF_CLIENT, maxWaiting: MAX_WAITING });
  return ({ user, password, client, hash, cost }) => {
    const attemptKey = createHmac('sha256', key).update(`${hash}\n${user}:${password}`).digest('base64');
    if (valid.get(attemptKey) === true) return true;
    if (invalid.get(attemptKey) === true) return false;
    const pending = underWay.get(attemptKey);
    if (pending !== undefined) return pending;
    const verified = enqueue(client, { password, hash, cost }).then(
      (isValid) => {
        underWay.delete(attemptKey);
        if (isValid !== 'busy') (isValid ? valid : invalid).set(attemptKey, true);
        return isValid;
      },
      (thrown: unknown) => {
        underWay.delete(attemptKey);
        throw thrown;
      },
    );
    underWay.set(attemptKey, verified);
    return verified;
  };
}

interface PasswordQueueOptions {
  readonly verify: VerifyPassword;
  /** Attempts that may wait, of one client and in all. */
  readonly maxOfClient: number;
  readonly maxWaiting: number;
}

/** Whether a password is valid, or `busy` where there was no room to find out. Rejects as `verify` does. */
export type PasswordQueue = (client: string, attempt: PasswordAttempt) => Promise<boolean | 'busy'>;

interface Job {
  readonly attempt: PasswordAttempt;
  readonly settle: (result: Promise<boolean> | 'busy') => void;
}

/**
 * Verifies one attempt after another, one of each client in turn: a client that sends few passwords waits for few, however
 * many another one sends. Where all room is taken, a client with less than its share replaces one with the most.
 */
export function createPasswordQueue({ verify, maxOfClient, maxWaiting }: PasswordQueueOptions): PasswordQueue {
  // In the order of their turns.
  const waiting = new Map<string, Job[]>();
  let count = 0;
  let isWorking = false;

  const work = async () => {
    isWorking = true;
    for (let job = next(); job !== undefined; job = next()) {
      const result = verify(job.attempt);
      job.settle(result);
      await result.catch(() => undefined);
    }
    isWorking = false;
  };
  const next = (): Job | undefined => {
    const [first] = waiting;
    if (first === undefined) return undefined;
    const [client, jobs] = first;
    const job = jobs.shift();
    waiting.delete(client);
    if (jobs.length > 0) waiting.set(client, jobs);
    count--;
    return job;
  };
  const makeRoom = (ownLength: number): boolean => {
    if (count < maxWaiting) return true;
    const longest = [...waiting.values()].reduce((most, jobs) => (jobs.length > most.length ? jobs : most), []);
    if (longest.length <= ownLength + 1) return false;
    longest.pop()?.settle('busy');
    count--;
    return true;
  };

  return (client, attempt) => {
    const own = waiting.get(client) ?? [];
    if (own.length >= maxOfClient || !makeRoom(own.length)) return Promise.resolve('busy');
    return new Promise((resolve) => {
      own.push({ attempt, settle: resolve });
      waiting.set(client, own);
      count++;
      if (!isWorking) void work();
    });
  };
}

/** Salt and digest of no password. */
const NO_PASSWORD = '.'.repeat(53);

/** Checks passwords of users. An unknown user costs as much work as a known one. */
export function createPasswordCheck(users: readonly UserSpec[], memory: PasswordMemory): PasswordCheck {
  const hashes = new Map(users.map(({ name, hash }) => [name, hash.reveal()]));
  const cost = Math.max(...[...hashes.values()].map(readCost));
  const hashOfUnknown = `$2b$${String(cost).padStart(2, '0')}$${NO_PASSWORD}`;
  return ({ user, password, client }) => {
    const hash = hashes.get(user);
    const explain = (isValid: boolean | 'busy'): RejectionReason | undefined => {
      if (isValid === 'busy') return 'busy';
      return isValid && hash !== undefined ? undefined : 'wrong_credential';
    };
    const result = memory({ user, password, client, hash: hash ?? hashOfUnknown, cost });
    return result instanceof Promise ? result.then(explain) : explain(result);
  };
}

/** The cost in a bcrypt hash: `$2b$10$...`. */
function readCost(hash: string): number {
  return Number(/^\$2[aby]\$(\d\d)\$/.exec(hash)?.[1] ?? Number.NaN);
}
