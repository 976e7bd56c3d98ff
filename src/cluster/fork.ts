import cluster from 'node:cluster';
import type { Channel } from '../model/ports.js';
import { slotVariable } from './worker-id.js';

/** A process that runs `runWorker`. */
export interface WorkerProcess {
  readonly channel: Channel;
  /** Calls back once, with how it ended: `with code 1`, `by SIGKILL`. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

/** Starts this program once more, with the same command line, to share the addresses that it listens on. */
export function forkWorker(slot: number): WorkerProcess {
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork({ [slotVariable]: String(slot) });
  const { process: child } = worker;
  return {
    channel: {
      send: (message) => {
        // Who has gone is told by onExit.
        if (worker.isConnected()) worker.send(message, () => {});
      },
      onMessage: (listener) => worker.on('message', listener),
    },
    onExit: (listener) => {
      worker.once('exit', (code: number | null, signal: string | null) =>
        listener(signal === null || signal === '' ? `with code ${code}` : `by ${signal}`),
      );
    },
    kill: () => child.kill('SIGKILL'),
  };
}
