import { Worker } from 'node:worker_threads';
import type { CancellationSignal } from '../model/cancellation.js';
import { ZxpError } from '../model/errors.js';
import type { RenderedDocument, RenderTask } from '../model/ports.js';
import type { NumberedTranslatorSpec } from '../translate/translator-spec.js';
import { isolateBytes, listMemory, type RenderMessage, type RenderReply, unpackReply } from './messages.js';

/** One worker thread, which renders one document at a time. */
export interface RenderThread {
  /** Whether it can be given another document, once it is done with the one it has. */
  readonly isUsable: boolean;
  /** Rejects as a DocumentRenderer does. Where the signal aborts the thread ends. */
  render(task: RenderTask, by: NumberedTranslatorSpec, signal: CancellationSignal): Promise<RenderedDocument>;
  /** Lets go of what was compiled for a recipe. */
  forget(recipeId: number): void;
  /** Ends the thread, whatever it does, and resolves when it is gone. */
  end(): Promise<void>;
}

interface ThreadOptions {
  readonly script: URL;
  readonly heapBytes: number;
  /** Told once, when the thread is gone. */
  readonly onEnd: () => void;
}

/**
 * Documents survive the young generation, which is copying of no use. With this much of it Node 20 takes a third less
 * CPU time for 100,000 series than with its usual 48, and no less with more; Node 24 takes as long either way.
 */
const YOUNG_GENERATION_MEBIBYTES = 64;

/** Starts a thread. One that cannot start fails what it is given to render. */
export function startRenderThread({ script, heapBytes, onEnd }: ThreadOptions): RenderThread {
  const worker = new Worker(script, {
    name: 'zxp-render',
    env: {},
    resourceLimits: {
      maxOldGenerationSizeMb: Math.floor(heapBytes / 1024 / 1024),
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MEBIBYTES,
    },
  });
  const known = new Set<number>();
  let isUsable = true;
  let failure = new ZxpError('internal', 'the thread that rendered the reply has ended');
  let receive: (reply: RenderReply) => void = () => undefined;
  let fail: (reason: unknown) => void = () => undefined;
  const send = (message: RenderMessage, memory: readonly ArrayBuffer[] = []) => worker.postMessage(message, memory);
  const end = async () => {
    isUsable = false;
    await worker.terminate();
  };
  worker.on('message', (reply: RenderReply) => receive(reply));
  worker.on('error', (error) => {
    isUsable = false;
    failure = explainError(error);
  });
  worker.once('exit', () => {
    isUsable = false;
    fail(failure);
    onEnd();
  });
  return {
    get isUsable() {
      return isUsable;
    },
    render: async (task, { id, recipe }, signal) => {
      signal.throwIfAborted();
      const body = isolateBytes(task.body);
      const news = known.has(id) ? undefined : recipe;
      send({ kind: 'render', recipeId: id, recipe: news, task: { ...task, body } }, listMemory([body]));
      known.add(id);
      const abort = () => {
        fail(signal.reason);
        void end();
      };
      signal.addEventListener('abort', abort, { once: true });
      const reply = await new Promise<RenderReply>((resolve, reject) => {
        receive = resolve;
        fail = reject;
      }).finally(() => signal.removeEventListener('abort', abort));
      return unpackReply(reply);
    },
    forget: (recipeId) => {
      if (known.delete(recipeId)) send({ kind: 'forget', recipeId });
    },
    end,
  };
}

/** What became of the thread, in the words of a scrape. */
function explainError(error: Error): ZxpError {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ZxpError('limit', 'the reply needs more memory than there is', {
      cause: error,
      hint: 'have the upstream say less, or raise the heap: NODE_OPTIONS=--max-old-space-size=MEBIBYTES',
    });
  }
  return new ZxpError('internal', `the thread that rendered the reply broke: ${error.message}`, { cause: error });
}
