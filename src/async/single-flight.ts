import type { CancellationSignal } from '../model/cancellation.js';
import { ZxpError } from '../model/errors.js';
import { CancellationSource } from './cancellation.js';

/** One fetch that several wait for. */
export interface SingleFlight<T> {
  /** Resolves with what was fetched; rejects with its failure, or at once with the reason of the waiter's own signal. */
  join(signal: CancellationSignal): Promise<T>;
  /** Whether everybody has left before it was over: there is nothing to join any more. */
  readonly isAbandoned: boolean;
}

/** Starts a fetch. It is aborted when the last one of those who wait for it has left, and not before. */
export function startSingleFlight<T>(fetch: (signal: CancellationSignal) => Promise<T>): SingleFlight<T> {
  const own = new CancellationSource();
  const fetched = fetch(own);
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  // Whoever waits is told by join; when nobody does any more, nobody wants to know.
  fetched.then(end, end);
  let waiters = 0;
  return {
    get isAbandoned() {
      return own.aborted;
    },
    join: (signal) =>
      new Promise((resolve, reject) => {
        const leave = () => {
          waiters--;
          if (waiters === 0 && !isOver) own.abort(new ZxpError('cancelled', 'nobody waits for it any more'));
          reject(signal.reason);
        };
        waiters++;
        signal.addEventListener('abort', leave, { once: true });
        if (signal.aborted) leave();
        fetched.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      }),
  };
}
