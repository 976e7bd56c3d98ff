import { openLog } from '../app/log.js';
import type { Configuration } from '../config/load.js';
import { toZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import { type Means, toExporterOptions } from './exporter-options.js';

/** Runs the daemon until it is told to stop. `load` reads the configuration, now and at each reload. */
export async function serve(context: CliContext, load: () => Promise<Configuration>): Promise<number> {
  if (context.primary !== undefined) {
    const { serveAsWorker } = await import('./serve-worker.js');
    return serveAsWorker(context, context.primary, load);
  }
  const configuration = await load();
  const log = await openLog(configuration.log, context.stderr);
  try {
    const starting = start(context, { configuration, load, log });
    // Before anybody is told that zxp is up: a SIGHUP that nobody listens for ends the process.
    context.onHangup(() => {
      // What goes wrong is in the log already.
      starting.then((exporter) => exporter.reload()).catch(() => undefined);
    });
    const exporter = await starting;
    const upstream = configuration.upstream.url?.href;
    const stopped = context.stopped();
    const { urls, healthUrl: health } = exporter;
    const workers = configuration.web.workers === 1 ? undefined : configuration.web.workers;
    log.logger.info('zxp is up', { version: context.version, upstream, workers, health, listening: urls.join(' ') });
    await stopped;
    log.logger.info('shutting down: scrapes under way are answered');
    await exporter.close();
    log.logger.info('zxp is down');
    return 0;
  } catch (thrown) {
    throw toZxpError(thrown);
  } finally {
    await log.close();
  }
}

async function start(context: CliContext, means: Means) {
  const { web } = means.configuration;
  if (web.workers === 1) {
    const { startExporter } = await import('../app/exporter.js');
    return startExporter(toExporterOptions(context, means));
  }
  const { forkWorker } = await import('../cluster/fork.js');
  const { startWorkers } = await import('../cluster/primary.js');
  return startWorkers({
    count: web.workers,
    fork: forkWorker,
    logger: means.log.logger,
    onReload: async () => means.log.adjust((await means.load()).log),
    drainTimeoutMs: web.drainTimeoutMs,
  });
}
