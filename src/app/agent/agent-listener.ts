import type { Configuration } from '../../config/load.js';
import type { Logger } from '../../model/ports.js';
import { createAgentApp, createHealthApp } from '../../server/app.js';
import type { AgentMetrics } from '../../telemetry/agent-metrics.js';
import type { FailureLog } from '../../telemetry/failure-log.js';
import { createAuthReporter, warnOfPlaintextCredential } from '../auth-report.js';
import { listenOnAll } from '../listeners.js';
import { type AccessPolicySource, openAccessControl } from '../open-access-control.js';
import type { Runtime } from '../runtime.js';

export interface AgentListenerOptions extends Pick<AccessPolicySource, 'loadAccessPolicy'> {
  readonly configuration: Configuration;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly metrics: AgentMetrics;
  readonly failures: FailureLog;
  readonly isReady: () => boolean;
  readonly reload: () => Promise<void>;
}

export interface AgentListener {
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/** Serves health and the agent's own metrics, where there is an address to listen on. Throws `listen`. */
export async function openAgentListener(options: AgentListenerOptions): Promise<AgentListener> {
  const { web } = options.configuration;
  if (web.listenAddresses.length === 0) return { urls: [], close: async () => undefined };
  const { logger, metrics, failures, isReady } = options;
  const refuse = createAuthReporter(failures, metrics.access);
  metrics.access.observeReload(true, Date.now() / 1000);
  const access = await openAccessControl(options, options, { metrics: metrics.access, onRefused: refuse });
  const main = createAgentApp({
    guard: {
      ...access,
      onRefused: (cause, peer) => refuse(cause, `from ${peer}`),
      onPlainCredential: (peer) => warnOfPlaintextCredential(logger, peer),
    },
    ownMetrics: metrics,
    isReady,
    reload: web.enableLifecycle ? options.reload : undefined,
  });
  const health = () => createHealthApp({ access: access.access, isReady });
  const listeners = await listenOnAll({ main, health }, web, access.tls).catch(async (thrown) => {
    await access.close();
    throw thrown;
  });
  access.follow(listeners.main);
  return {
    urls: listeners.main.map((listener) => listener.url),
    close: async () => {
      await listeners.drain(web.drainTimeoutMs);
      await access.close();
    },
  };
}
