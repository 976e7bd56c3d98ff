import type { Configuration } from '../config/load.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Channel, Logger } from '../model/ports.js';
import type { ExporterOptions } from './exporter.js';

/** Starts the exporter in this process, or `--web.workers` processes that each run one. Throws as `startExporter` does. */
export async function startDaemon(
  { web, access }: Pick<Configuration, 'web' | 'access'>,
  deps: {
    readonly options: () => ExporterOptions;
    /** The file descriptors that systemd passed. */
    readonly inheritedSockets: readonly number[];
    readonly logger: Logger;
    /** Called when every worker has reloaded the configuration. */
    readonly onReload: () => Promise<void>;
  },
): Promise<Pick<Exporter, 'addresses' | 'urls' | 'healthUrl' | 'reload' | 'close'>> {
  if (web.workers === 1) {
    const { startExporter } = await import('./exporter.js');
    return startExporter({ ...deps.options(), inheritedSockets: deps.inheritedSockets });
  }
  const { forkWorker } = await import('../cluster/fork.js');
  const { startWorkers } = await import('../cluster/primary.js');
  const { bindAll } = await import('./listeners.js');
  const scheme = access?.tls === undefined ? 'http' : 'https';
  return startWorkers({
    count: web.workers,
    fork: forkWorker,
    bind: (accept) => bindAll({ web, inherited: deps.inheritedSockets, scheme }, accept),
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

/** The addresses on which any client may scrape: nothing authenticates it there, and other machines reach them. */
export function listOpenAddresses(
  { access }: Pick<Configuration, 'access'>,
  { addresses }: Pick<Exporter, 'addresses'>,
): readonly string[] {
  const requiresCertificate = access?.tls?.clientAuthType.startsWith('Require') === true;
  const isChecked = access !== undefined && (access.mode !== 'none' || access.allowedClients !== undefined);
  if (isChecked || requiresCertificate) return [];
  return addresses.filter((address) => !/^unix:|^https?:\/\/(127\.|\[::1\])/.test(address));
}
