import { type Bytes, listPieces, mapPieces } from '../model/bytes.js';
import type { CancellationSignal } from '../model/cancellation.js';
import type { DocumentRenderer, RenderedDocument, RenderTask } from '../model/ports.js';
import type { ReadOrder, ReadReply, ThreadReader } from '../model/read-task.js';
import type { ModuleRecipe } from '../modules/module-recipe.js';
import {
  isolateBytes,
  listMemory,
  type ReadingOrder,
  type RecipeRef,
  type RenderMessage,
  type RenderOrder,
  type RenderReply,
  unpackRead,
  unpackRendered,
} from './messages.js';
import { Threads, type ThreadsOptions } from './threads.js';
import { type PooledThread, startWorkerThread } from './worker-thread.js';

export interface RenderPoolOptions extends Omit<ThreadsOptions<RenderThread>, 'start'> {
  readonly script: URL;
}

/** Worker threads that render and read large documents for every module. */
export interface RenderPool {
  /** Threads that there are. */
  readonly threads: number;
  /** Documents that wait for one. */
  readonly queued: number;
  /** A renderer by a recipe. `close` lets the threads forget it; what is under way goes on. */
  open(recipe: ModuleRecipe): Renderer;
  /** Ends every thread, and with it what is under way. */
  close(): Promise<void>;
}

export interface Renderer {
  readonly render: DocumentRenderer;
  readonly read: ThreadReader;
  close(): void;
}

/** A recipe, and a number that no other one has. */
interface NumberedRecipe {
  readonly id: number;
  readonly recipe: ModuleRecipe;
}

/** Makes a pool; no thread starts before there is a document. */
export function createRenderPool({ script, ...options }: RenderPoolOptions): RenderPool {
  const threads = new Threads({ ...options, start: (given) => startRenderThread({ script, ...given }) });
  let recipes = 0;
  return {
    get threads() {
      return threads.all.size;
    },
    get queued() {
      return threads.queued;
    },
    open: (recipe) => {
      recipes++;
      return openRenderer(threads, { id: recipes, recipe });
    },
    close: () => threads.close(),
  };
}

function openRenderer(threads: Threads<RenderThread>, recipe: NumberedRecipe): Renderer {
  let isClosed = false;
  const close = () => {
    isClosed = true;
    for (const thread of threads.all) thread.forget(recipe.id);
  };
  const lend = async <T>(signal: CancellationSignal, work: (thread: RenderThread) => Promise<T>): Promise<T> => {
    const thread = await threads.borrow(signal);
    try {
      return await work(thread);
    } finally {
      threads.release(thread);
      if (isClosed) close();
    }
  };
  return {
    render: (task, signal) => lend(signal, (thread) => thread.render(task, { ...recipe, signal })),
    read: (order, signal) => lend(signal, (thread) => thread.read(order, { ...recipe, signal })),
    close,
  };
}

/** By which recipe, and until when. */
interface ThreadTask extends NumberedRecipe {
  readonly signal: CancellationSignal;
}

/** One worker thread, which renders or reads one document at a time. */
interface RenderThread extends PooledThread {
  /** Rejects as a DocumentRenderer does. Where the signal aborts the thread ends. */
  render(task: RenderTask, by: ThreadTask): Promise<RenderedDocument>;
  /** Rejects as a ThreadReader does. Where the signal aborts the thread ends. */
  read(order: ReadOrder, by: ThreadTask): Promise<ReadReply>;
  /** Lets go of what was compiled for a recipe. */
  forget(recipeId: number): void;
}

interface ThreadOptions {
  readonly script: URL;
  readonly heapBytes: number;
  /** Told once, when the thread is gone. */
  readonly onEnd: () => void;
}

/** What a chunk becomes is garbage when it is written. More than this is no faster, and is memory that a thread keeps. */
const YOUNG_GENERATION_MEBIBYTES = 16;

/** Starts a thread. One that cannot start fails what it is given to render. */
function startRenderThread({ script, heapBytes, onEnd }: ThreadOptions): RenderThread {
  const thread = startWorkerThread<RenderMessage, RenderReply>({
    script,
    name: 'zxp-render',
    limits: {
      maxOldGenerationSizeMb: Math.floor(heapBytes / 1024 / 1024),
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MEBIBYTES,
    },
    onEnd,
  });
  const known = new Set<number>();
  const request = async (
    work: Omit<RenderOrder, keyof RecipeRef> | Omit<ReadingOrder, keyof RecipeRef>,
    { id, recipe, body, signal }: ThreadTask & { readonly body: Bytes },
  ): Promise<RenderReply> => {
    const news = known.has(id) ? undefined : recipe;
    known.add(id);
    const reply = await thread.request({ ...work, recipeId: id, recipe: news }, listMemory(listPieces(body)), signal);
    // What a document that was too much has left in the heap goes with its thread.
    if ('failure' in reply && reply.failure.code === 'limit') void thread.end();
    return reply;
  };
  return {
    get isUsable() {
      return thread.isUsable;
    },
    render: async (task, by) => {
      by.signal.throwIfAborted();
      const body = mapPieces(task.body, isolateBytes);
      return unpackRendered(await request({ kind: 'render', task: { ...task, body } }, { ...by, body }));
    },
    read: async (order, by) => {
      by.signal.throwIfAborted();
      const body = isolateBytes(order.body);
      return unpackRead(await request({ kind: 'read', order: { ...order, body } }, { ...by, body }));
    },
    forget: (recipeId) => {
      if (known.delete(recipeId)) thread.send({ kind: 'forget', recipeId });
    },
    end: thread.end,
  };
}
