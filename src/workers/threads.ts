import type { CancellationSignal } from '../model/cancellation.js';
import type { PooledThread } from './worker-thread.js';

export interface ThreadsOptions<Thread> {
  /** Starts a thread with so much heap; `onEnd` is to be called once, when it is gone. */
  readonly start: (options: { readonly heapBytes: number; readonly onEnd: () => void }) => Thread;
  /** How many threads there may be now; what a reload changes counts from then on. */
  readonly maxThreads: () => number;
  /** What all threads together may have of heap: each has its share. */
  readonly heapBytes: number;
  /** How long a thread is kept that has nothing to do. */
  readonly idleMs: number;
}

/** A document that waits. */
interface Waiting<Thread> {
  readonly start: (thread: Thread) => void;
}

/** No thread has less: a chunk of a document, its families and its text fit. */
const MIN_HEAP_BYTES = 64 * 1024 * 1024;

/**
 * Lends threads, which start as they are needed and are kept for a while. Documents get one in the order in which they
 * come.
 */
export class Threads<Thread extends PooledThread> {
  readonly #options: ThreadsOptions<Thread>;
  readonly #all = new Set<Thread>();
  /** Those that have nothing to do, with the end of their time. The one that worked last comes last. */
  readonly #idle = new Map<Thread, NodeJS.Timeout>();
  readonly #queue = new Set<Waiting<Thread>>();
  #isClosed = false;

  constructor(options: ThreadsOptions<Thread>) {
    this.#options = options;
  }

  get all(): ReadonlySet<Thread> {
    return this.#all;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** A thread for one document. Rejects with the signal's reason. */
  async borrow(signal: CancellationSignal): Promise<Thread> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#queue.delete(waiting);
        reject(signal.reason);
        this.#serve();
      };
      const start = (thread: Thread) => {
        signal.removeEventListener('abort', leave);
        resolve(thread);
      };
      const waiting = { start };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.add(waiting);
      this.#serve();
    });
  }

  /** Takes a thread back. One that has come to its end gives its place back when it is gone. */
  release(thread: Thread): void {
    if (!thread.isUsable) return;
    const end = setTimeout(() => void thread.end(), this.#options.idleMs);
    this.#idle.set(thread, end);
    this.#serve();
  }

  /** Ends every thread, and lends none any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }

  #serve(): void {
    for (const waiting of this.#queue) {
      const thread = this.#isClosed ? undefined : this.#find();
      if (thread === undefined) return;
      this.#queue.delete(waiting);
      waiting.start(thread);
    }
  }

  /** The one that worked last, so that those which are not needed come to their end; or a new one. */
  #find(): Thread | undefined {
    const last = [...this.#idle.keys()].filter((thread) => thread.isUsable).at(-1);
    if (last === undefined) return this.#all.size < this.#options.maxThreads() ? this.#start() : undefined;
    this.#stopIdling(last);
    return last;
  }

  #start(): Thread {
    const onEnd = () => {
      this.#all.delete(thread);
      this.#stopIdling(thread);
      this.#serve();
    };
    const { start, maxThreads } = this.#options;
    const heapBytes = Math.max(MIN_HEAP_BYTES, this.#options.heapBytes / maxThreads());
    const thread = start({ heapBytes, onEnd });
    this.#all.add(thread);
    return thread;
  }

  #stopIdling(thread: Thread): void {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
  }
}
