import type { CancellationSignal } from '../model/cancellation.js';
import { type RenderThread, startRenderThread } from './thread.js';

export interface ThreadsOptions {
  readonly script: URL;
  /** How many threads there may be now; what a reload changes counts from then on. */
  readonly maxThreads: () => number;
  /** The heap of one thread, and what all documents under way may take of memory in the worst case. */
  readonly heapBytes: number;
  /** How long a thread is kept that has nothing to do. */
  readonly idleMs: number;
}

/** A document that waits. */
interface Waiting {
  readonly heapBytes: number;
  readonly start: (thread: RenderThread) => void;
}

/**
 * Lends threads, which start as they are needed and are kept for a while. Documents get one in the order in which they
 * come, as soon as there is a thread, and memory for what they may need beside those under way.
 */
export class RenderThreads {
  readonly #options: ThreadsOptions;
  readonly #all = new Set<RenderThread>();
  /** Those that have nothing to do, with the end of their time. The one that worked last comes last. */
  readonly #idle = new Map<RenderThread, NodeJS.Timeout>();
  /** What the documents under way may need, by the thread that has them until they are done or it is gone. */
  readonly #taken = new Map<RenderThread, number>();
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

  /** A thread for a document that may need so much of the heap. Rejects with the signal's reason. */
  async borrow(heapBytes: number, signal: CancellationSignal): Promise<RenderThread> {
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
      const waiting = { heapBytes, start };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.add(waiting);
      this.#serve();
    });
  }

  /** Takes a thread back. One that has come to its end gives its place back when it is gone. */
  giveBack(thread: RenderThread): void {
    if (!thread.isUsable) return;
    this.#taken.delete(thread);
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
      const thread = this.#isClosed || !this.#hasRoom(waiting.heapBytes) ? undefined : this.#find();
      if (thread === undefined) return;
      this.#queue.delete(waiting);
      this.#taken.set(thread, waiting.heapBytes);
      waiting.start(thread);
    }
  }

  #hasRoom(heapBytes: number): boolean {
    const sum = [...this.#taken.values()].reduce((total, each) => total + each, 0);
    return sum === 0 || sum + heapBytes <= this.#options.heapBytes;
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
      this.#taken.delete(thread);
      this.#stopIdling(thread);
      this.#serve();
    };
    const thread = startRenderThread({ ...this.#options, onEnd });
    this.#all.add(thread);
    return thread;
  }

  #stopIdling(thread: RenderThread): void {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
  }
}
