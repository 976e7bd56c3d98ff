import { runDaemonWorker } from '../app/daemon.js';
import { type Log, nameWorker, openLog } from '../app/log.js';
import type { Configuration } from '../config/load.js';
import type { CliContext, Primary } from './context.js';
import { toExporterOptions } from './exporter-options.js';

/**
 * Runs the daemon's part in one of several processes until the first one ends it. Why it cannot, the first one reports.
 * The exit code is always 0: nobody but the first one reads it.
 */
export async function serveAsWorker(
  context: CliContext,
  primary: Primary,
  load: () => Promise<Configuration>,
): Promise<number> {
  let log: Log | undefined;
  await runDaemonWorker(primary, async () => {
    const configuration = await load();
    log = await openLog(configuration.log, context.stderr);
    const { logger, announcer } = nameWorker(log.logger, primary.workerId);
    return { ...toExporterOptions(context, { configuration, load, log, announcer }), logger };
  });
  await log?.close();
  return 0;
}
