import { startAgent } from '../app/agent/agent.js';
import type { AgentConfiguration } from '../app/agent/agent-configuration.js';
import { openLog } from '../app/log.js';
import { toZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import { loadAccessPolicy } from './settings-source.js';

/** Runs an agent until a signal stops it. `load` reads the configuration, now and at each reload. */
export async function serveAgent(context: CliContext, load: () => Promise<AgentConfiguration>): Promise<number> {
  const configuration = await load();
  const log = await openLog(configuration.settings.log, context.stderr);
  const { version, nodeVersion, environment } = context;
  try {
    const starting = startAgent({
      configuration,
      load,
      loadAccessPolicy: (settings) => loadAccessPolicy(context, settings),
      logger: log.logger,
      onReload: ({ settings }) => log.adjust(settings.log),
      version,
      nodeVersion,
      environment,
    });
    // Before anything is logged of the start: a SIGHUP that nobody listens for ends the process.
    context.onHangup(() => {
      // What goes wrong is in the log already.
      starting.then((agent) => agent.reload()).catch(() => undefined);
    });
    const agent = await starting;
    const { spec } = configuration;
    const listening = agent.urls.length === 0 ? undefined : agent.urls.join(' ');
    log.logger.info('agent started', { version, paths: spec.paths.length, proxies: spec.proxies.length, listening });
    await context.stopped();
    log.logger.info('shutting down, draining in-flight scrapes');
    await agent.close();
    log.logger.info('agent stopped');
    return 0;
  } catch (thrown) {
    throw toZxpError(thrown);
  } finally {
    await log.close();
  }
}
