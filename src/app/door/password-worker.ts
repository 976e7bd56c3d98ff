import { Worker } from 'node:worker_threads';
import type { VerifyPassword } from '../../model/admission.js';
import { ZxpError } from '../../model/errors.js';

export interface PasswordWorker {
  /** Rejects with `internal` where the thread dies of it. */
  readonly verify: VerifyPassword;
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (error: ZxpError) => void;
}

/** bcrypt in a thread of its own, which is there from the first password on and keeps no process alive. */
export function createPasswordWorker(script: URL): PasswordWorker {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;
  const start = (): Worker => {
    const started = new Worker(script);
    started.unref();
    started.on('message', ({ id, isRight }: { readonly id: number; readonly isRight: boolean }) => {
      pending.get(id)?.resolve(isRight);
      pending.delete(id);
    });
    const end = (cause?: unknown) => {
      worker = undefined;
      for (const { reject } of pending.values())
        reject(new ZxpError('internal', 'a password was not checked', { cause }));
      pending.clear();
    };
    started.once('error', end);
    started.once('exit', () => end());
    return started;
  };
  return {
    verify: (attempt) =>
      new Promise((resolve, reject) => {
        lastId++;
        pending.set(lastId, { resolve, reject });
        worker ??= start();
        worker.postMessage({ id: lastId, attempt });
      }),
    close: async () => {
      await worker?.terminate();
    },
  };
}
