import { CancellationSource } from '../async/cancellation.js';
import type { CancellationSignal } from '../model/cancellation.js';
import { callerLeft, toZxpError, ZxpError } from '../model/errors.js';
import type { PlaygroundResults, PlaygroundTask } from '../model/playground.js';
import { type Failure, unpackFailure } from './messages.js';
import { Threads } from './threads.js';
import { startWorkerThread, type WorkerThread } from './worker-thread.js';

/** Threads for what people type, apart from those that scrapes wait for. */
export interface PlaygroundPool {
  /** Rejects with `limit` where the work takes too long or too much memory, or with the signal's reason. */
  run<Kind extends PlaygroundTask['kind']>(
    task: Extract<PlaygroundTask, { readonly kind: Kind }>,
    signal: CancellationSignal,
  ): Promise<PlaygroundResults[Kind]>;
  close(): Promise<void>;
}

export interface PlaygroundPoolOptions {
  readonly script: URL;
  readonly maxThreads: number;
  /** Of each thread. */
  readonly heapBytes: number;
  /** What one piece of work may take, the start of its thread included. */
  readonly timeoutMs: number;
}

const YOUNG_GENERATION_MEBIBYTES = 32;
const STACK_MEBIBYTES = 4;
const IDLE_MS = 60_000;

type Reply<Kind extends PlaygroundTask['kind']> =
  | { readonly result: PlaygroundResults[Kind] }
  | { readonly failure: Failure };

/** Makes a pool; no thread starts before there is work. */
export function createPlaygroundPool({
  script,
  maxThreads,
  heapBytes,
  timeoutMs,
}: PlaygroundPoolOptions): PlaygroundPool {
  const threads = new Threads<WorkerThread<PlaygroundTask, Reply<never>>>({
    start: (given) =>
      startWorkerThread({
        script,
        name: 'zxp-playground',
        limits: {
          maxOldGenerationSizeMb: Math.floor(given.heapBytes / 1024 / 1024),
          maxYoungGenerationSizeMb: YOUNG_GENERATION_MEBIBYTES,
          stackSizeMb: STACK_MEBIBYTES,
        },
        onEnd: given.onEnd,
      }),
    maxThreads: () => maxThreads,
    heapBytes: heapBytes * maxThreads,
    idleMs: IDLE_MS,
  });
  return {
    run: async (task, caller) => {
      const thread = await threads.borrow(caller);
      const deadline = startDeadline(timeoutMs, caller);
      try {
        const reply = await thread.request(task, [], deadline.signal);
        if ('failure' in reply) throw unpackFailure(reply.failure);
        return reply.result;
      } catch (thrown) {
        throw explain(thrown);
      } finally {
        deadline.clear();
        threads.release(thread);
      }
    },
    close: () => threads.close(),
  };
}

function startDeadline(timeoutMs: number, caller: CancellationSignal) {
  const signal = new CancellationSource();
  const cancel = () => signal.abort(callerLeft());
  const timer = setTimeout(() => signal.abort(tooLong(timeoutMs)), timeoutMs);
  if (caller.aborted) cancel();
  else caller.addEventListener('abort', cancel, { once: true });
  return {
    signal,
    clear: () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', cancel);
    },
  };
}

function tooLong(timeoutMs: number): ZxpError {
  return new ZxpError('limit', `the evaluation takes longer than ${timeoutMs / 1000} s`, {
    hint: 'take a smaller document, or simpler paths and expressions',
  });
}

/** What is said of a thread is about a scrape. */
function explain(thrown: unknown): ZxpError {
  const error = toZxpError(thrown);
  if (error.code !== 'limit' || error.cause === undefined) return error;
  return new ZxpError('limit', 'the evaluation needs more memory than it may have', {
    hint: 'take a smaller document or mapping',
  });
}
