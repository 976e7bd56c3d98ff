import type { DocumentRenderer } from '../../model/ports.js';
import { HEAP_BYTES_PER_BYTE } from '../../scrape/document-size.js';
import type { Recipe } from './recipe.js';
import { type RenderThread, startRenderThread } from './thread.js';

/** Worker threads that render large documents for every module. */
export interface RenderPool {
  /** Threads that there are. */
  readonly threads: number;
  /** Documents that wait for one. */
  readonly queued: number;
  /** What documents may take of memory at the most; one that may need more is never rendered. */
  readonly heapBytes: number;
  /** A renderer by a recipe. `close` lets the threads forget it; what is under way goes on. */
  open(recipe: Recipe): Renderer;
  /** Ends every thread, and with it what is under way. */
  close(): Promise<void>;
}

export interface Renderer {
  readonly render: DocumentRenderer;
  close(): void;
}

export interface RenderPoolOptions {
  readonly script: URL;
  /** How many threads there may be now; what a reload changes counts from then on. */
  readonly maxThreads: () => number;
  /** The heap of one thread, and what all documents under way may take of memory in the worst case. */
  readonly heapBytes: number;
  /** How long a thread is kept that has nothing to do. */
  readonly idleMs: number;
}

interface Waiting {
  readonly heapBytes: number;
  readonly start: (thread: RenderThread) => void;
}

/**
 * Starts threads as they are needed, and keeps them for a while. Documents are taken in the order in which they come,
 * as soon as there is a thread, and memory for what they may need with those under way.
 */
export function createRenderPool(options: RenderPoolOptions): RenderPool {
  const threads = new Set<RenderThread>();
  const idle = new Map<RenderThread, NodeJS.Timeout>();
  const queue = new Set<Waiting>();
  /** What the documents under way may need, by the thread that has them until they are done or it is gone. */
  const taken = new Map<RenderThread, number>();
  let recipes = 0;
  let isClosed = false;

  const startThread = () => {
    const thread: RenderThread = startRenderThread({
      ...options,
      onEnd: () => {
        threads.delete(thread);
        taken.delete(thread);
        stopIdling(thread);
        serveQueue();
      },
    });
    threads.add(thread);
    return thread;
  };
  const stopIdling = (thread: RenderThread) => {
    clearTimeout(idle.get(thread));
    idle.delete(thread);
  };
  /** The one that worked last: those that are not needed come to their end. */
  const findThread = (): RenderThread | undefined => {
    const last = [...idle.keys()].filter((thread) => thread.isUsable).at(-1);
    if (last === undefined) return threads.size < options.maxThreads() ? startThread() : undefined;
    stopIdling(last);
    return last;
  };
  const hasRoom = (heapBytes: number) => {
    const sum = [...taken.values()].reduce((total, each) => total + each, 0);
    return sum === 0 || sum + heapBytes <= options.heapBytes;
  };
  const serveQueue = () => {
    for (const waiting of queue) {
      if (isClosed || !hasRoom(waiting.heapBytes)) return;
      const thread = findThread();
      if (thread === undefined) return;
      queue.delete(waiting);
      taken.set(thread, waiting.heapBytes);
      waiting.start(thread);
    }
  };
  const enter = (heapBytes: number, signal: AbortSignal) =>
    new Promise<RenderThread>((resolve, reject) => {
      const leave = () => {
        queue.delete(waiting);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        heapBytes,
        start: (thread) => {
          signal.removeEventListener('abort', leave);
          resolve(thread);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.add(waiting);
      serveQueue();
    });
  const release = (thread: RenderThread) => {
    if (!thread.isUsable) return;
    taken.delete(thread);
    idle.set(
      thread,
      setTimeout(() => void thread.end(), options.idleMs),
    );
    serveQueue();
  };

  return {
    get threads() {
      return threads.size;
    },
    get queued() {
      return queue.size;
    },
    heapBytes: options.heapBytes,
    open: (recipe) => {
      const id = ++recipes;
      let isForgotten = false;
      const forget = () => {
        isForgotten = true;
        for (const thread of threads) thread.forget(id);
      };
      return {
        render: async (task, signal) => {
          signal.throwIfAborted();
          const thread = await enter(task.body.length * HEAP_BYTES_PER_BYTE, signal);
          try {
            return await thread.render(task, { id, recipe }, signal);
          } finally {
            release(thread);
            if (isForgotten) forget();
          }
        },
        close: forget,
      };
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...threads].map((thread) => thread.end()));
    },
  };
}
