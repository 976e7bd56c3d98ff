import type { DocumentRenderer } from '../model/ports.js';
import type { NumberedTranslatorSpec, TranslatorSpec } from '../translate/translator-spec.js';
import { type RenderThread, startRenderThread } from './thread.js';
import { Threads, type ThreadsOptions } from './threads.js';

export interface RenderPoolOptions extends Omit<ThreadsOptions<RenderThread>, 'start'> {
  readonly script: URL;
}

/** Worker threads that render large documents for every module. */
export interface RenderPool {
  /** Threads that there are. */
  readonly threads: number;
  /** Documents that wait for one. */
  readonly queued: number;
  /** A renderer by a recipe. `close` lets the threads forget it; what is under way goes on. */
  open(recipe: TranslatorSpec): Renderer;
  /** Ends every thread, and with it what is under way. */
  close(): Promise<void>;
}

export interface Renderer {
  readonly render: DocumentRenderer;
  close(): void;
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

function openRenderer(threads: Threads<RenderThread>, recipe: NumberedTranslatorSpec): Renderer {
  let isClosed = false;
  const close = () => {
    isClosed = true;
    for (const thread of threads.all) thread.forget(recipe.id);
  };
  return {
    render: async (task, signal) => {
      const thread = await threads.borrow(signal);
      try {
        return await thread.render(task, recipe, signal);
      } finally {
        threads.release(thread);
        if (isClosed) close();
      }
    },
    close,
  };
}
