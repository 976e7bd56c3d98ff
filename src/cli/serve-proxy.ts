import { openLog } from '../app/log.js';
import { startProxy } from '../app/proxy.js';
import { logWarnings } from '../app/reload.js';
import { toZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import type { ProxyConfiguration } from './proxy-settings.js';
import { loadAccessPolicy } from './settings-source.js';

/** Runs a proxy until it is told to stop. `load` reads the configuration, now and at each reload. */
export async function serveProxy(context: CliContext, load: () => Promise<ProxyConfiguration>): Promise<number> {
  const { spec, settings, warnings } = await load();
  const log = await openLog(settings.log, context.stderr);
  const { version, nodeVersion } = context;
  let activeLog = settings.log;
  try {
    logWarnings(log.logger, warnings);
    const starting = startProxy({
      spec,
      settings,
      loadSpec: async () => {
        const next = await load();
        activeLog = next.settings.log;
        log.adjust(activeLog);
        return next.spec;
      },
      loadAccessPolicy: (web) => loadAccessPolicy(context, web),
      logger: log.logger,
      logsRequests: () => activeLog.requests,
      version,
      nodeVersion,
    });
    // Before anything is logged of the start: a SIGHUP that nobody listens for ends the process.
    context.onHangup(() => {
      // What goes wrong is in the log already.
      starting.then((proxy) => proxy.reload()).catch(() => undefined);
    });
    const proxy = await starting;
    log.logger.info('proxy started', {
      version,
      tunnel: proxy.tunnelAddresses.join(' '),
      health: proxy.healthUrl,
      listening: proxy.urls.join(' '),
    });
    await context.stopped();
    log.logger.info('shutting down, draining in-flight scrapes');
    await proxy.close();
    log.logger.info('proxy stopped');
    return 0;
  } catch (thrown) {
    throw toZxpError(thrown);
  } finally {
    await log.close();
  }
}
