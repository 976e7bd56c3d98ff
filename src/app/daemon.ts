import { slotVariable } from '../cluster/worker-id.js';
import type { Configuration } from '../config/load.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Channel, Logger } from '../model/ports.js';
import type { ExporterOptions } from './exporter.js';

/** The environment variable that tells a process which worker it is. */
export const workerVariable = slotVariable;

/** Starts the exporter in this process, or `--web.workers` processes that each run one. Throws as `startExporter` does. */
export async function startDaemon(
  { web }: Pick<Configuration, 'web'>,
  deps: {
    readonly options: () => ExporterOptions;
    readonly logger: Logger;
    /** Called when every worker has loaded the configuration again. */
    readonly onReload: () => Promise<void>;
  },
): Promise<Pick<Exporter, 'urls' | 'healthUrl' | 'reload' | 'close'>> {
  if (web.workers === 1) {
    const { startExporter } = await import('./exporter.js');
    return startExporter(deps.options());
  }
  const { forkWorker } = await import('../cluster/fork.js');
  const { startWorkers } = await import('../cluster/primary.js');
  return startWorkers({
    count: web.workers,
    fork: forkWorker,
    logger: deps.logger,
    onReload: deps.onReload,
    drainTimeoutMs: web.drainTimeoutMs,
  });
}

/** Runs an exporter as one of several processes until the first process ends it. Never rejects. */
export async function runDaemonWorker(
  channel: Channel,
  options: (cluster: ClusterHandle) => Promise<ExporterOptions>,
): Promise<void> {
  const { startExporter } = await import('./exporter.js');
  const { runWorker } = await import('../cluster/worker.js');
  await runWorker(channel, async (cluster) => startExporter({ ...(await options(cluster)), cluster }));
}
