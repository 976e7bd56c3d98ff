/** Runs work one after another, in the order of the calls, whether or not the work before failed. */
export type Queue = (work: () => Promise<void>) => Promise<void>;

export function createQueue(): Queue {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    last = last.catch(() => undefined).then(work);
    return last;
  };
}

/**
 * Makes work that does the same each time wait in the queue once at most: calls that come before it begins share it, and
 * its failure. What was changed before a call is therefore seen by the work that the call waits for.
 */
export function shareQueued(enqueue: Queue, work: () => Promise<void>): () => Promise<void> {
  let waiting: Promise<void> | undefined;
  const begin = () => {
    waiting = undefined;
    return work();
  };
  return () => {
    waiting ??= enqueue(begin);
    return waiting;
  };
}
