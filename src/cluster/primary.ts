import type { Socket } from 'node:net';
import { type BackOff, createBackOff } from '../async/back-off.js';
import { createQueue, shareQueued } from '../async/queue.js';
import { toZxpError, ZxpError } from '../model/errors.js';
import type { Arrival, Exporter } from '../model/exporter.js';
import type { Logger } from '../model/ports.js';
import { createSharedMetrics } from '../telemetry/shared-metrics.js';
import type { WorkerProcess } from './fork.js';
import { createDispatcher, createHandoff, type Handoff } from './handoff.js';
import { errorDto, fromErrorDto, type Handlers, openPeer, type Peer } from './rpc.js';

/** The addresses of the daemon, which this process alone binds. */
export interface SharedAddresses extends Pick<Exporter, 'addresses' | 'urls' | 'healthUrl'> {
  /** Accepts no more connections. */
  close(): Promise<void>;
}

export interface WorkersOptions {
  readonly count: number;
  /** Starts the process of a worker, 1 to `count`. */
  readonly fork: (workerId: number) => WorkerProcess;
  /** Binds the addresses; each connection goes to a worker. Throws `listen`. */
  readonly bind: (accept: (socket: Socket, arrival: Arrival) => void) => Promise<SharedAddresses>;
  readonly logger: Logger;
  /** Called when every worker has reloaded the configuration. */
  readonly onReload: () => Promise<void>;
  /** How long a worker that is to end may finish what is under way. */
  readonly drainTimeoutMs: number;
}

/** A worker that does not respond within this is left out of one exposition or page. */
const COLLECT_TIMEOUT_MS = 2000;
/** What a worker that ends has in addition to the time for draining. */
const END_TIMEOUT_MS = 5000;

/**
 * Runs the daemon as several processes. This one binds the addresses and hands each connection to one of them. Resolves
 * when all of them take connections; rejects with the first failure, and leaves none. One that ends later is restarted.
 */
export async function startWorkers(
  options: WorkersOptions,
): Promise<Pick<Exporter, 'addresses' | 'urls' | 'healthUrl' | 'reload' | 'close'>> {
  const workers = new Map<number, WorkerHandle>();
  const restarts = new Map<number, NodeJS.Timeout>();
  const state: { phase: 'starting' | 'running' | 'ending' } = { phase: 'starting' };
  const metrics = createSharedMetrics({ workers: () => workers.size });
  const reload = shareQueued(createQueue(), async () => {
    await reloadAll(workers, options.logger);
    await options.onReload();
  });
  const writeMetrics = async () => metrics.write(await collectFrom(workers, 'metrics'));
  const listHistories = () => collectFrom(workers, 'history');
  const connections = createDispatcher(() =>
    [...workers.values()].filter(({ hasStarted }) => hasStarted()).map(({ handoff }) => handoff),
  );

  const start = (workerId: number, backOff: BackOff) => {
    const worker = holdWorker(options.fork(workerId), { reload, metrics: writeMetrics, history: listHistories });
    workers.set(workerId, worker);
    backOff.start();
    worker.started.then(connections.flush, () => undefined);
    void worker.ended.then((how) => {
      workers.delete(workerId);
      if (state.phase === 'running') restart(workerId, { how, backOff });
    });
    return worker;
  };
  const restart = (workerId: number, { how, backOff }: { readonly how: string; readonly backOff: BackOff }) => {
    const delayMs = backOff.nextDelayMs();
    options.logger.error('worker ended, restarting it', { worker: workerId, how, after_s: delayMs / 1000 });
    metrics.countRestart();
    const startAgain = () => {
      const { peer, started } = start(workerId, backOff);
      started
        .then(() => peer.request('ready'))
        .catch((thrown: unknown) => {
          options.logger.error('worker not started', { worker: workerId, cause: toZxpError(thrown) });
        });
    };
    restarts.set(workerId, setTimeout(startAgain, delayMs));
  };

  const workerIds = Array.from({ length: options.count }, (_, i) => i + 1);
  const started = workerIds.map((workerId) =>
    start(
      workerId,
      createBackOff(() => performance.now()),
    ),
  );
  try {
    await Promise.all(started.map((worker) => worker.started));
    const { addresses, urls, healthUrl, close } = await options.bind(connections.dispatch);
    state.phase = 'running';
    await Promise.all(started.map((worker) => worker.peer.request('ready')));
    const end = async () => {
      state.phase = 'ending';
      for (const timer of restarts.values()) clearTimeout(timer);
      await close();
      // A channel keeps its order: what was accepted before reaches a worker before this.
      await Promise.all([...workers.values()].map((worker) => endWorker(worker, options.drainTimeoutMs)));
    };
    return { addresses, urls, healthUrl, reload, close: end };
  } catch (thrown) {
    state.phase = 'ending';
    for (const worker of workers.values()) worker.kill();
    await Promise.all(started.map((worker) => worker.ended));
    throw thrown;
  }
}

/** A worker as this process sees it. */
interface WorkerHandle {
  readonly peer: Peer;
  readonly handoff: Handoff;
  /** Resolves when it takes connections, rejects with why it does not. */
  readonly started: Promise<void>;
  readonly hasStarted: () => boolean;
  /** Resolves when it is gone, with how it ended. */
  readonly ended: Promise<string>;
  kill(): void;
}

function holdWorker(worker: WorkerProcess, handlers: Handlers): WorkerHandle {
  const ended = new Promise<string>((resolve) => worker.onExit(resolve));
  let isStarted = false;
  const start: { resolve: () => void; reject: (error: ZxpError) => void } = {
    resolve: () => {},
    reject: () => {},
  };
  const started = new Promise<void>((resolve, reject) => Object.assign(start, { resolve, reject }));
  const peer = openPeer(worker.channel, {
    ...handlers,
    started: async () => {
      isStarted = true;
      start.resolve();
    },
    failed: async (payload) => {
      if (errorDto.matches(payload)) start.reject(fromErrorDto(payload));
    },
  });
  const handoff = createHandoff(worker.channel);
  void ended.then((how) => {
    isStarted = false;
    const error = new ZxpError('internal', `a worker ended ${how}`);
    peer.abandon(error);
    handoff.abandon();
    start.reject(error);
  });
  return { peer, handoff, started, hasStarted: () => isStarted, ended, kill: worker.kill };
}

/** Rejects with the first failure. The first worker logs it; for the others it is only a difference that counts. */
async function reloadAll(workers: ReadonlyMap<number, WorkerHandle>, logger: Logger): Promise<void> {
  const results = await Promise.all(
    [...workers].map(async ([workerId, { peer }]) => ({
      workerId,
      error: await peer.request('reload').then(() => undefined, toZxpError),
    })),
  );
  const failed = results.filter(({ error }) => error !== undefined);
  const [first] = failed;
  if (first?.error === undefined) return;
  if (failed.length < results.length) {
    const names = failed.map(({ workerId }) => workerId).join(' ');
    logger.error('configuration not reloaded by some workers', { workers: names, cause: first.error });
  }
  throw first.error;
}

/** What every worker responds to a request, of those that do in time. */
async function collectFrom(
  workers: ReadonlyMap<number, WorkerHandle>,
  name: 'metrics' | 'history',
): Promise<readonly unknown[]> {
  const collected = await Promise.allSettled([...workers.values()].map(({ peer }) => inTime(peer.request(name))));
  return collected.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ZxpError('timeout', 'a worker does not respond')), COLLECT_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function endWorker({ peer, ended, kill }: WorkerHandle, drainTimeoutMs: number): Promise<void> {
  const timer = setTimeout(kill, drainTimeoutMs + END_TIMEOUT_MS);
  // One that is gone already settles `ended`.
  peer.request('end').catch(() => {});
  await ended;
  clearTimeout(timer);
}
