import { startExporter } from '../app/exporter.js';
import { openLog } from '../app/log.js';
import type { Configuration } from '../config/load.js';
import { toZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import { loadDoor } from './settings-source.js';

/** Runs the daemon until it is told to stop. `load` reads the configuration, now and at each reload. */
export async function serve(context: CliContext, load: () => Promise<Configuration>): Promise<number> {
  const configuration = await load();
  const log = await openLog(configuration.log, context.stderr);
  try {
    const exporter = await startExporter({
      configuration,
      load,
      loadDoor: (settings) => loadDoor(context, settings),
      logger: log.logger,
      onReload: (next) => {
        log.adjust(next.log);
        if (next.log.output !== configuration.log.output) {
          log.logger.warn('log.output takes effect at the next start only');
        }
      },
      version: context.version,
      nodeVersion: context.nodeVersion,
      environment: context.environment,
    });
    const upstream = configuration.upstream.url?.href;
    const stopped = context.stopped();
    const { urls, healthUrl: health } = exporter;
    log.logger.info('zxp is up', { version: context.version, upstream, health, listening: urls.join(' ') });
    context.onHangup(() => {
      // What goes wrong is in the log already.
      exporter.reload().catch(() => undefined);
    });
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
