import type { CancellationSignal } from '../model/cancellation.js';
import { type RenderThread, startRenderThread } from './thread.js';

export interface ThreadsOptions {
  readonly script: URL;
  /** How many threads there may be now; what a reload changes counts from then on. */
  readonly maxThreads: () => number;
  /** What all threads together may have of heap: each has its share. */
  readonly heapBytes: number;
  /** How long a thread is kept that has nothing to do. */
  readonly idleMs: number;
}

/** A document that waits. */
interface Waiting {
  readonly start: (thread: RenderThread) => void;
}

/** No thread has less: a chunk of a document, its families and its text fit. */
const MIN_HEAP_BYTES = 64 * 1024 * 1024;

/**
 * Lends threads, which start as they are needed and are kept for a while. Documents get one in the order in which they
 * come.
 */
export class RenderThreads {
  readonly #options: ThreadsOptions;
  readonly #all = new Set<RenderThread>();
  /** Those that have nothing to do, with the end of their time. The one that worked last comes last. */
  readonly #idle = new Map<RenderThread, NodeJS.Timeout>();
  readonly #queue = new Set<Waiting>();
  #isClosed = false;

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  get all(): ReadonlySet<RenderThread> {
    return this.#all;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** A thread for one document. Rejects with the signal's reason. */
  async borrow(signal: CancellationSignal): Promise<RenderThread> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#queue.delete(waiting);
        reject(signal.reason);
        this.#serve();
      };
      const start = (thread: RenderThread) => {
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
  release(thread: RenderThread): void {
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
  #find(): RenderThread | undefined {
    const last = [...this.#idle.keys()].filter((thread) => thread.isUsable).at(-1);
    if (last === undefined) return this.#all.size < this.#options.maxThreads() ? this.#start() : undefined;
    this.#stopIdling(last);
    return last;
  }

  #start(): RenderThread {
    const onEnd = () => {
      this.#all.delete(thread);
      this.#stopIdling(thread);
      this.#serve();
    };
    const { script, maxThreads } = this.#options;
    const heapBytes = Math.max(MIN_HEAP_BYTES, this.#options.heapBytes / maxThreads());
    const thread = startRenderThread({ script, heapBytes, onEnd });
    this.#all.add(thread);
    return thread;
  }

  #stopIdling(thread: RenderThread): void {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
  }
}
