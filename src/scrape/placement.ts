import { ZxpError } from '../model/errors.js';
import { takesTooLong } from '../model/work.js';
import { translatedTooLate } from './work-limits.js';

/**
 * Beyond this a document goes to a worker. Smaller ones cost a third more CPU time there: the thread that reads
 * and sends makes little garbage of its own then, and collects the buffers that pass through it by whole collections.
 */
export const LARGE_BODY_BYTES = 1024 * 1024;

/** One piece of work, in either place. What is begun here and takes too long throws `takesTooLong`, and has changed nothing. */
export interface Placed<T> {
  /** Of the document. */
  readonly bytes: number;
  readonly here: () => Promise<T>;
  /** Undefined where there are no threads. */
  readonly inThread: (() => Promise<T>) | undefined;
}

/** Works in a thread where the document is large, or where it has turned out to take too long here. */
export async function workWhereItFits<T>({ bytes, here, inThread }: Placed<T>): Promise<T> {
  if (inThread === undefined) return await here();
  if (bytes <= LARGE_BODY_BYTES) {
    try {
      return await here();
    } catch (thrown) {
      if (thrown !== takesTooLong) throw thrown;
    }
  }
  return await inThread().catch(explainDelay);
}

/** The deadline speaks of a reply that is not complete; here it is. */
function explainDelay(thrown: unknown): never {
  if (!(thrown instanceof ZxpError) || thrown.code !== 'timeout') throw thrown;
  throw translatedTooLate(thrown);
}
