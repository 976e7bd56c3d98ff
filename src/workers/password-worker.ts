import { Worker } from 'node:worker_threads';
import type { VerifyPassword } from '../model/auth-decision.js';
import { ZxpError } from '../model/errors.js';

export interface PasswordWorker {
  /** Rejects with `internal` where the thread dies of it. */
  readonly verify: VerifyPassword;
  close(): Promise<void>;
}

/** bcrypt in a thread of its own, which is there from the first password on and keeps no process alive. */
export function createPasswordWorker(script: URL): PasswordWorker {
  let thread: PasswordWorker | undefined;
  const start = (): PasswordWorker => {
    const started = startThread(script, () => {
      if (thread === started) thread = undefined;
    });
    return started;
  };
  return {
    verify: (attempt) => {
      thread ??= start();
      return thread.verify(attempt);
    },
    close: async () => {
      await thread?.close();
    },
  };
}

interface Pending {
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (error: ZxpError) => void;
}

/** One thread until it ends: what it has not answered by then fails. */
function startThread(script: URL, onEnd: () => void): PasswordWorker {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  const worker = new Worker(script);
  worker.unref();
  worker.on('message', ({ id, isRight }: { readonly id: number; readonly isRight: boolean }) => {
    pending.get(id)?.resolve(isRight);
    pending.delete(id);
  });
  const end = (cause?: unknown) => {
    onEnd();
    for (const { reject } of pending.values())
      reject(new ZxpError('internal', 'a password was not checked', { cause }));
    pending.clear();
  };
  worker.once('error', end);
  worker.once('exit', () => end());
  return {
    verify: (attempt) =>
      new Promise((resolve, reject) => {
        lastId++;
        pending.set(lastId, { resolve, reject });
        worker.postMessage({ id: lastId, attempt });
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}
