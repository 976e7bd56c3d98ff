import { ZxpError } from '../model/errors.js';
import { compileGuard } from '../schema/guard.js';
import { fromWire, type WireError, wireErrorSchema } from './error-dto.js';
import type { WorkerProcess } from './fork.js';
import { type Answers, openPeer, type Peer } from './rpc.js';

/** Where a worker listens. */
export interface Addresses {
  readonly urls: readonly string[];
  readonly healthUrl?: string | undefined;
}

/** A worker as the first process has it. */
export interface WorkerHandle {
  readonly peer: Peer;
  /** Resolves when it listens, rejects with why it does not. */
  readonly up: Promise<Addresses>;
  /** Resolves when it is gone, with how it ended. */
  readonly ended: Promise<string>;
  kill(): void;
}

const addresses = compileGuard<Addresses>({
  type: 'object',
  required: ['urls'],
  properties: { urls: { type: 'array', items: { type: 'string' } } },
});
const failure = compileGuard<WireError>(wireErrorSchema);

/** Speaks with a process that runs `runWorker`. */
export function holdWorker(worker: WorkerProcess, answers: Answers): WorkerHandle {
  const ended = new Promise<string>((resolve) => worker.onExit(resolve));
  const start: { resolve: (at: Addresses) => void; reject: (error: ZxpError) => void } = {
    resolve: () => {},
    reject: () => {},
  };
  const up = new Promise<Addresses>((resolve, reject) => Object.assign(start, { resolve, reject }));
  const peer = openPeer(worker.channel, {
    ...answers,
    up: async (asked) => {
      if (addresses.matches(asked)) start.resolve(asked);
    },
    failed: async (asked) => {
      if (failure.matches(asked)) start.reject(fromWire(asked));
    },
  });
  void ended.then((how) => {
    const error = new ZxpError('internal', `a worker ended ${how}`);
    peer.abandon(error);
    start.reject(error);
  });
  return { peer, up, ended, kill: worker.kill };
}
