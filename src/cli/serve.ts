import { listOpenAddresses, startDaemon } from '../app/daemon.js';
import { openLog } from '../app/log.js';
import type { Configuration } from '../config/load.js';
import { toZxpError } from '../model/errors.js';
import { listInheritedSockets } from '../model/listen-address.js';
import type { CliContext } from './context.js';
import { toExporterOptions } from './exporter-options.js';

/** Runs the daemon until it is told to stop. `load` reads the configuration, now and at each reload. */
export async function serve(context: CliContext, load: () => Promise<Configuration>): Promise<number> {
  if (context.primary !== undefined) {
    const { serveAsWorker } = await import('./serve-worker.js');
    return serveAsWorker(context, context.primary, load);
  }
  const configuration = await load();
  const log = await openLog(configuration.log, context.stderr);
  try {
    const starting = startDaemon(configuration, {
      options: () => toExporterOptions(context, { configuration, load, log }),
      inheritedSockets: listInheritedSockets(context.environment, context.pid),
      logger: log.logger,
      onReload: async () => log.adjust((await load()).log),
    });
    // Before zxp reports that it has started: a SIGHUP that nobody listens for ends the process.
    context.onHangup(() => {
      // What goes wrong is in the log already.
      starting.then((exporter) => exporter.reload()).catch(() => undefined);
    });
    const exporter = await starting;
    const upstream = configuration.upstream.url?.href;
    const stopped = context.stopped();
    const { addresses, healthUrl: health } = exporter;
    const workers = configuration.web.workers === 1 ? undefined : configuration.web.workers;
    const listening = addresses.join(' ');
    log.logger.info('server started', { version: context.version, upstream, workers, health, listening });
    const open = listOpenAddresses(configuration, exporter);
    if (open.length > 0) {
      const hint = 'set --web.config.file, or listen on 127.0.0.1 behind a reverse proxy that authenticates';
      log.logger.warn('no authentication of clients', { listening: open.join(' '), hint });
    }
    await stopped;
    log.logger.info('shutting down, draining in-flight scrapes');
    await exporter.close();
    log.logger.info('server stopped');
    return 0;
  } catch (thrown) {
    throw toZxpError(thrown);
  } finally {
    await log.close();
  }
}
