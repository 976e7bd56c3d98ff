import type { Logger } from '../../model/ports.js';
import type { AgentMetrics } from '../../telemetry/agent-metrics.js';
import type { FailureLog } from '../../telemetry/failure-log.js';
import type { AgentEvent } from '../../tunnel/agent/agent.js';

/** Counts and logs what happens to an agent. What repeats is logged once a minute. */
export function createAgentReporter(deps: {
  readonly logger: Logger;
  readonly failures: FailureLog;
  readonly metrics: AgentMetrics;
}): (event: AgentEvent) => void {
  const { logger, failures, metrics } = deps;
  let hasWarnedOfPlaintext = false;
  const reportPlaintext = (proxy: string) => {
    metrics.observePlaintextCredentials(proxy);
    if (hasWarnedOfPlaintext) return;
    hasWarnedOfPlaintext = true;
    logger.warn('credentials of scrapers cross the tunnel in plaintext', {
      proxy,
      hint: 'set tunnel.tls on both sides',
    });
  };
  return (event) => {
    switch (event.kind) {
      case 'connected': {
        const { proxy, address, agentId: agent_id } = event;
        metrics.observeConnect(proxy, true);
        return logger.info('connected to proxy', { proxy, address, agent_id });
      }
      case 'disconnected': {
        const { proxy, address, end } = event;
        metrics.observeDisconnect(proxy, end.reason);
        const fields = { proxy, address, reason: end.reason, detail: end.message };
        const { abortedScrapes: scrapes } = end;
        if (scrapes !== undefined) {
          const hint = 'raise --web.drain-timeout, and the time that the service manager waits';
          logger.warn('in-flight scrapes aborted, the drain timeout is over', { proxy, scrapes, hint });
        }
        if (end.reason === 'stopped') return logger.info('disconnected from proxy', fields);
        return failures.report(
          { cause: `disconnected ${proxy} ${address} ${end.reason}` },
          'connection to proxy lost',
          fields,
        );
      }
      case 'connect_failed': {
        const { proxy, address, error } = event;
        metrics.observeConnect(proxy, false);
        const fields = { proxy, address, reason: error.code, cause: error.message, hint: error.hint };
        return failures.report(
          { cause: `connect ${proxy} ${address} ${error.message}` },
          'connection to proxy failed',
          fields,
        );
      }
      case 'path_refused':
        return logger.warn('path refused by proxy', { proxy: event.proxy, path: event.path, reason: event.reason });
      case 'token_unreadable':
        return failures.report({ cause: 'token' }, 'token is unavailable, keeping the previous one', {
          cause: event.error.message,
        });
      case 'plaintext_credentials':
        return reportPlaintext(event.proxy);
      case 'scrape': {
        const { path, outcome, statusCode: status, reason, durationMs } = event.scrape;
        metrics.observeScrape({ path, outcome, durationSeconds: durationMs / 1000 });
        if (outcome === 'success') return undefined;
        return failures.report({ cause: `scrape ${path} ${outcome} ${status}` }, 'scrape failed', {
          path,
          outcome,
          status,
          reason,
        });
      }
    }
  };
}
