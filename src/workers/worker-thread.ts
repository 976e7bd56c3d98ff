import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { CancellationSignal } from '../model/cancellation.js';
import { ZxpError } from '../model/errors.js';

/** A thread that a pool lends for one piece of work at a time. */
export interface PooledThread {
  /** Whether it can be given another piece of work, once it is done with the one it has. */
  readonly isUsable: boolean;
  /** Ends the thread, whatever it does, and resolves when it is gone. */
  end(): Promise<void>;
}

/** A worker thread that replies to each order with one message, one order at a time. */
export interface WorkerThread<Order, Reply> extends PooledThread {
  /** Rejects with the signal's reason, and ends the thread, where the signal aborts; with `internal` or `limit` where the thread dies. */
  request(order: Order, memory: readonly ArrayBuffer[], signal: CancellationSignal): Promise<Reply>;
  /** Sends what gets no reply. */
  send(order: Order): void;
}

interface WorkerThreadOptions {
  readonly script: URL;
  readonly name: string;
  readonly limits: NonNullable<WorkerOptions['resourceLimits']>;
  /** Told once, when the thread is gone. */
  readonly onEnd: () => void;
}

/** Starts a thread. One that cannot start fails what it is given to do. */
export function startWorkerThread<Order, Reply>(options: WorkerThreadOptions): WorkerThread<Order, Reply> {
  const { script, name, limits, onEnd } = options;
  const worker = new Worker(script, { name, env: {}, resourceLimits: limits });
  let isUsable = true;
  let failure = new ZxpError('internal', 'the thread that rendered the reply has ended');
  let receive: (reply: Reply) => void = () => undefined;
  let fail: (reason: unknown) => void = () => undefined;
  const end = async () => {
    isUsable = false;
    await worker.terminate();
  };
  worker.on('message', (reply: Reply) => receive(reply));
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
    request: async (order, memory, signal) => {
      signal.throwIfAborted();
      worker.postMessage(order, memory);
      const abort = () => {
        fail(signal.reason);
        void end();
      };
      signal.addEventListener('abort', abort, { once: true });
      return new Promise<Reply>((resolve, reject) => {
        receive = resolve;
        fail = reject;
      }).finally(() => signal.removeEventListener('abort', abort));
    },
    send: (order) => worker.postMessage(order),
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
