import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AuthMetrics } from '../model/auth-metrics.js';
import { createAuthMetrics } from './auth-metrics.js';
import { createBuildInfo, createConfigReloadMetrics } from './process-metrics.js';

/** What an agent's state towards one proxy is. */
export interface AgentProxyState {
  readonly proxy: string;
  readonly connections: number;
  readonly isStandby: boolean;
  readonly refusedPaths: number;
}

export interface AgentMetrics {
  observeConnect(proxy: string, isSuccessful: boolean): void;
  observeDisconnect(proxy: string, reason: string): void;
  observeScrape(scrape: { readonly path: string; readonly outcome: string; readonly durationSeconds: number }): void;
  observePlaintextCredentials(proxy: string): void;
  observeReload(successful: boolean, unixSeconds: number): void;
  /** Whether certificates of targets are not verified. */
  observeTrustAll(isOn: boolean): void;
  /** Of the agent's own listener. */
  readonly access: AuthMetrics;
  /** The exposition, in the text format. */
  write(): Promise<string>;
  readonly contentType: string;
}

/** An agent's metrics about itself: `zxp_agent_*`, and prom-client's `process_*` and `nodejs_*`. */
export function createAgentMetrics(input: {
  readonly version: string;
  readonly nodeVersion: string;
  readonly proxies: () => readonly AgentProxyState[];
  readonly paths: () => number;
}): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  createBuildInfo(registry, input);
  new Gauge({
    name: 'zxp_agent_connected',
    help: 'Connections to this proxy over which paths are served; absent for one that stands by in the mode failover.',
    labelNames: ['proxy'],
    registers,
    collect() {
      this.reset();
      for (const { proxy, connections, isStandby } of input.proxies()) if (!isStandby) this.set({ proxy }, connections);
    },
  });
  new Gauge({
    name: 'zxp_agent_paths',
    help: 'Paths that the configuration has.',
    registers,
    collect() {
      this.set(input.paths());
    },
  });
  new Gauge({
    name: 'zxp_agent_paths_refused',
    help: 'Paths that this proxy refused to register.',
    labelNames: ['proxy'],
    registers,
    collect() {
      this.reset();
      for (const { proxy, refusedPaths } of input.proxies()) this.set({ proxy }, refusedPaths);
    },
  });
  const connects = new Counter({
    name: 'zxp_agent_connects_total',
    help: 'Attempts to connect to this proxy, by result.',
    labelNames: ['proxy', 'result'],
    registers,
  });
  const disconnects = new Counter({
    name: 'zxp_agent_disconnects_total',
    help: 'Connections to this proxy that ended, by reason.',
    labelNames: ['proxy', 'reason'],
    registers,
  });
  const scrapes = new Counter({
    name: 'zxp_agent_scrapes_total',
    help: 'Scrapes that proxies requested, by path and outcome; the path is empty where the agent does not have it.',
    labelNames: ['path', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'zxp_agent_scrape_duration_seconds',
    help: 'Duration of scrapes, from the request of the proxy until the response was sent.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    registers,
  });
  const credentials = new Counter({
    name: 'zxp_agent_plaintext_credentials_total',
    help: 'Scrapes whose credentials came over a tunnel without TLS from another machine.',
    labelNames: ['proxy'],
    registers,
  });
  const trustAll = new Gauge({
    name: 'zxp_agent_trust_all_x509',
    help: 'Whether certificates of targets are not verified: 1 if so, 0 if not.',
    registers,
  });
  const observeReload = createConfigReloadMetrics(registry);
  return {
    contentType: registry.contentType,
    access: createAuthMetrics(registry),
    write: () => registry.metrics(),
    observeConnect: (proxy, isSuccessful) => connects.inc({ proxy, result: isSuccessful ? 'success' : 'failure' }),
    observeDisconnect: (proxy, reason) => disconnects.inc({ proxy, reason }),
    observeScrape: ({ path, outcome, durationSeconds }) => {
      scrapes.inc({ path, outcome });
      durations.observe(durationSeconds);
    },
    observePlaintextCredentials: (proxy) => credentials.inc({ proxy }),
    observeTrustAll: (isOn) => trustAll.set(isOn ? 1 : 0),
    observeReload,
  };
}
