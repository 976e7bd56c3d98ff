import type { PasswordAttempt, VerifyPassword } from '../model/auth-decision.js';

export interface PasswordQueueOptions {
  readonly verify: VerifyPassword;
  /** Attempts that may wait, of one client and in all. */
  readonly maxOfClient: number;
  readonly maxWaiting: number;
}

/** Whether a password is right, or `busy` where there was no room to find out. Rejects as `verify` does. */
export type PasswordQueue = (client: string, attempt: PasswordAttempt) => Promise<boolean | 'busy'>;

interface Job {
  readonly attempt: PasswordAttempt;
  readonly settle: (answer: Promise<boolean> | 'busy') => void;
}

/**
 * One attempt after another, a client's turn each: whoever sends few passwords waits for few, however many another
 * sends. Where all room is taken, a client with less than its share gets that of the one with the most.
 */
export function createPasswordQueue({ verify, maxOfClient, maxWaiting }: PasswordQueueOptions): PasswordQueue {
  // In the order of their turns.
  const waiting = new Map<string, Job[]>();
  let count = 0;
  let isWorking = false;

  const work = async () => {
    isWorking = true;
    for (let job = next(); job !== undefined; job = next()) {
      const answer = verify(job.attempt);
      job.settle(answer);
      await answer.catch(() => undefined);
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
