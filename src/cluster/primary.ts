import { type BackOff, createBackOff } from '../async/back-off.js';
import { toZxpError, ZxpError } from '../model/errors.js';
import type { Exporter } from '../model/exporter.js';
import type { Logger } from '../model/ports.js';
import { createSharedMetrics } from '../telemetry/shared-metrics.js';
import type { WorkerProcess } from './fork.js';
import { holdWorker, type WorkerHandle } from './worker-handle.js';

export interface WorkersOptions {
  readonly count: number;
  /** Starts the process that has one of the places 1 to `count`. */
  readonly fork: (slot: number) => WorkerProcess;
  readonly logger: Logger;
  /** Called when every worker has loaded the configuration again. */
  readonly onReload: () => Promise<void>;
  /** How long a worker answers what is under way when it is to end. */
  readonly drainTimeoutMs: number;
}

/** A worker that does not say within this what it counts is left out of one exposition. */
const METRICS_TIMEOUT_MS = 2000;
/** What a worker that ends has beside the time for draining. */
const END_TIMEOUT_MS = 5000;

/**
 * Runs the daemon as several processes that share its addresses, this one beside them. Resolves when all of them
 * listen; rejects with what the first of them to fail says, and leaves none. One that ends later is started again.
 */
export async function startWorkers(
  options: WorkersOptions,
): Promise<Pick<Exporter, 'urls' | 'healthUrl' | 'reload' | 'close'>> {
  const workers = new Map<number, WorkerHandle>();
  const restarts = new Map<number, NodeJS.Timeout>();
  const state: { phase: 'starting' | 'up' | 'ending' } = { phase: 'starting' };
  const metrics = createSharedMetrics({ workers: () => workers.size });
  const reload = async () => {
    await reloadAll(workers, options.logger);
    await options.onReload();
  };
  const writeMetrics = async () => metrics.write(await collectFrom(workers));

  const start = (slot: number, backOff: BackOff) => {
    const worker = holdWorker(options.fork(slot), { reload, metrics: writeMetrics });
    workers.set(slot, worker);
    backOff.start();
    void worker.ended.then((how) => {
      workers.delete(slot);
      if (state.phase === 'up') startAgain(slot, { how, backOff });
    });
    return worker;
  };
  const startAgain = (slot: number, { how, backOff }: { readonly how: string; readonly backOff: BackOff }) => {
    const delayMs = backOff.nextDelayMs();
    options.logger.error(`a worker ended ${how}; it is started again`, { worker: slot, after_s: delayMs / 1000 });
    metrics.countRestart();
    const restart = () => {
      const { peer, up } = start(slot, backOff);
      up.then(() => peer.ask('ready')).catch((thrown: unknown) => {
        options.logger.error('a worker did not start', { worker: slot, cause: toZxpError(thrown) });
      });
    };
    restarts.set(slot, setTimeout(restart, delayMs));
  };
  const end = async () => {
    state.phase = 'ending';
    for (const timer of restarts.values()) clearTimeout(timer);
    await Promise.all([...workers.values()].map((worker) => endWorker(worker, options.drainTimeoutMs)));
  };

  const slots = Array.from({ length: options.count }, (_, i) => i + 1);
  const started = slots.map((slot) =>
    start(
      slot,
      createBackOff(() => performance.now()),
    ),
  );
  try {
    const [first] = await Promise.all(started.map((worker) => worker.up));
    state.phase = 'up';
    await Promise.all(started.map((worker) => worker.peer.ask('ready')));
    return { urls: first?.urls ?? [], healthUrl: first?.healthUrl, reload, close: end };
  } catch (thrown) {
    state.phase = 'ending';
    for (const worker of workers.values()) worker.kill();
    await Promise.all(started.map((worker) => worker.ended));
    throw thrown;
  }
}

/** Rejects with what one of them says. The first one logs what it has to say; of the others it is only a difference that counts. */
async function reloadAll(workers: ReadonlyMap<number, WorkerHandle>, logger: Logger): Promise<void> {
  const results = await Promise.all(
    [...workers].map(async ([slot, { peer }]) => ({
      slot,
      error: await peer.ask('reload').then(() => undefined, toZxpError),
    })),
  );
  const failed = results.filter(({ error }) => error !== undefined);
  const [first] = failed;
  if (first?.error === undefined) return;
  if (failed.length < results.length) {
    const names = failed.map(({ slot }) => slot).join(' ');
    logger.error('some workers did not load the configuration', { workers: names, cause: first.error });
  }
  throw first.error;
}

/** The metrics of every worker that has an answer in time. */
async function collectFrom(workers: ReadonlyMap<number, WorkerHandle>): Promise<readonly unknown[]> {
  const answers = await Promise.allSettled([...workers.values()].map(({ peer }) => inTime(peer.ask('metrics'))));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ZxpError('timeout', 'a worker does not answer')), METRICS_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function endWorker({ peer, ended, kill }: WorkerHandle, drainTimeoutMs: number): Promise<void> {
  const timer = setTimeout(kill, drainTimeoutMs + END_TIMEOUT_MS);
  // Whoever is gone already says so by `ended`.
  peer.ask('end').catch(() => {});
  await ended;
  clearTimeout(timer);
}
