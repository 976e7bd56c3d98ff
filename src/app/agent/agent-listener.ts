import type { Configuration } from '../../config/load.js';
import { ZxpError } from '../../model/errors.js';
import type { Logger } from '../../model/ports.js';
import { createAgentApp, createHealthApp } from '../../server/app.js';
import type { AgentMetrics } from '../../telemetry/agent-metrics.js';
import type { FailureLog } from '../../telemetry/failure-log.js';
import { type AccessSource, openAccess } from '../access.js';
import { startServer } from '../listeners.js';
import type { Runtime } from '../runtime.js';

export interface AgentListenerOptions extends AccessSource {
  readonly configuration: Configuration;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly metrics: AgentMetrics;
  readonly failures: FailureLog;
  readonly isReady: () => boolean;
  readonly reload: () => Promise<void>;
  /** Whether requests are logged, by the active configuration. */
  readonly logsRequests: () => boolean;
}

export interface AgentListener {
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/** Serves health and the agent's own metrics, where there is an address to listen on. Throws `listen`. */
export async function openAgentListener(options: AgentListenerOptions): Promise<AgentListener> {
  const { web } = options.configuration;
  if (web.listenAddresses.length === 0) return { urls: [], close: async () => undefined };
  const { metrics, isReady, runtime } = options;
  const { access: loaded } = runtime;
  if (loaded === undefined) throw new ZxpError('internal', 'access control was not read');
  const access = openAccess({ ...options, loaded, metrics: metrics.access, active: () => options.configuration });
  const main = createAgentApp({
    auth: access.auth,
    ownMetrics: metrics,
    isReady,
    reload: web.enableLifecycle ? options.reload : undefined,
    requestLog: { isOn: options.logsRequests, write: options.logger.info, now: () => performance.now() },
  });
  const health = () => createHealthApp({ access: access.auth.access, isReady });
  const server = await startServer({ main, health }, { web, access, logger: options.logger }).catch(async (thrown) => {
    await access.close();
    throw thrown;
  });
  const watch = access.watch();
  return {
    urls: server.urls,
    close: async () => {
      watch.close();
      await server.close(web.drainTimeoutMs);
      await access.close();
    },
  };
}
