import cluster from 'node:cluster';
import { Socket } from 'node:net';
import { workerVariable } from '../model/exporter.js';
import type { Channel } from '../model/ports.js';

/** A process that runs `runWorker`. */
export interface WorkerProcess {
  readonly channel: Channel;
  /** Calls back once, with how it ended: `with code 1`, `by SIGKILL`. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

/** Starts this program again, with the same command line, as the worker of a number. */
export function forkWorker(workerId: number): WorkerProcess {
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork({ [workerVariable]: String(workerId) });
  const { process: child } = worker;
  // What cannot be sent to a worker that is dying is settled when it has ended.
  worker.on('error', () => undefined);
  return {
    channel: {
      send: (message, socket) => {
        if (!worker.isConnected()) return;
        if (socket === undefined) worker.send(message, () => undefined);
        else worker.send(message, socket, { keepOpen: true }, () => undefined);
      },
      onMessage: (listener) =>
        worker.on('message', (message: unknown, handle: unknown) =>
          listener(message, handle instanceof Socket ? handle : undefined),
        ),
    },
    onExit: (listener) => {
      worker.once('exit', (code: number | null, signal: string | null) =>
        listener(signal === null || signal === '' ? `with code ${code}` : `by ${signal}`),
      );
    },
    kill: () => child.kill('SIGKILL'),
  };
}
