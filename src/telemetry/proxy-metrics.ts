import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AuthMetrics } from '../model/auth-metrics.js';
import {
  agentEnds,
  droppedResponses,
  type ProxyLoad,
  type ProxyObserver,
  pathRefusals,
  proxyScrapeOutcomes,
} from '../model/proxy.js';
import { createAuthMetrics } from './auth-metrics.js';

export interface ProxyMetrics {
  readonly observer: ProxyObserver;
  /** Of the side that Prometheus scrapes. */
  readonly access: AuthMetrics;
  /** Of token files and certificates of the tunnel. */
  observeReload(successful: boolean, unixSeconds: number): void;
  write(): Promise<string>;
  readonly contentType: string;
}

/** A proxy's metrics about itself: `zxp_proxy_*`, and prom-client's `process_*` and `nodejs_*`. */
export function createProxyMetrics(input: {
  readonly version: string;
  readonly nodeVersion: string;
  readonly load: () => ProxyLoad;
}): ProxyMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'zxp_build_info',
    help: 'A constant 1 with the version of zxp and of the Node that it runs on.',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version: input.version, node_version: input.nodeVersion }, 1);
  const createLoadGauge = (name: string, help: string, key: keyof ProxyLoad) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(input.load()[key]);
      },
    });
  createLoadGauge('zxp_proxy_agents', 'Agents that are connected.', 'agents');
  createLoadGauge('zxp_proxy_paths', 'Paths that agents have registered.', 'paths');
  createLoadGauge('zxp_proxy_connections', 'HTTP/2 connections on the tunnel.', 'connections');
  createLoadGauge('zxp_proxy_streams', 'HTTP/2 streams on the tunnel.', 'streams');
  createLoadGauge('zxp_proxy_scrapes_in_flight', 'Scrapes that wait for an agent to respond.', 'pendingScrapes');
  createLoadGauge('zxp_proxy_queued_requests', 'Requests that wait for an agent to read them.', 'queuedRequests');
  createLoadGauge('zxp_proxy_buffered_bytes', 'Bytes of chunked responses that are incomplete.', 'bufferedBytes');

  const createCounter = <Label extends string>(
    name: string,
    help: string,
    label?: { readonly name: Label; readonly values: readonly string[] },
  ) => {
    const counter = new Counter<string>({
      name,
      help,
      labelNames: label === undefined ? [] : [label.name],
      registers,
    });
    for (const value of label?.values ?? []) if (label !== undefined) counter.inc({ [label.name]: value }, 0);
    return counter;
  };
  const scrapes = createCounter('zxp_proxy_scrapes_total', 'Scrapes by outcome.', {
    name: 'outcome',
    values: proxyScrapeOutcomes,
  });
  const durations = new Histogram({
    name: 'zxp_proxy_scrape_duration_seconds',
    help: 'Duration of scrapes through agents, from the request to the complete response.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const connects = createCounter('zxp_proxy_agent_connects_total', 'Agents that registered.');
  const ends = createCounter('zxp_proxy_agent_disconnects_total', 'Agents that are gone, by reason.', {
    name: 'reason',
    values: agentEnds,
  });
  const evictions = createCounter('zxp_proxy_agent_evictions_total', 'Agents that were evicted for their silence.');
  const displacements = createCounter('zxp_proxy_displacements_total', 'Paths that another agent took over.');
  const refusals = createCounter('zxp_proxy_paths_refused_total', 'Registrations of paths that were refused.', {
    name: 'reason',
    values: pathRefusals,
  });
  const labels = createCounter('zxp_proxy_labels_dropped_total', 'Discovery labels that Prometheus would refuse.');
  const dropped = createCounter('zxp_proxy_responses_dropped_total', 'Messages of agents that no scrape waited for.', {
    name: 'reason',
    values: droppedResponses,
  });
  const credentials = createCounter(
    'zxp_proxy_credentials_refused_total',
    'Scrapes whose credentials would have gone over plaintext or to an unknown agent.',
  );
  const duplicates = createCounter(
    'zxp_proxy_duplicate_series_total',
    'Series of consolidated paths that an earlier agent had already.',
  );
  const failures = createCounter(
    'zxp_proxy_agent_auth_failures_total',
    'Calls without a valid token, and TLS handshakes that failed.',
  );
  const floods = createCounter('zxp_proxy_floods_total', 'Connections closed for too many control frames.');
  const reloadSuccessful = new Gauge({
    name: 'zxp_proxy_last_reload_successful',
    help: 'Whether tokens and certificates of the tunnel were read the last time: 1 if so, 0 if not.',
    registers,
  });
  const reloadTime = new Gauge({
    name: 'zxp_proxy_last_reload_success_timestamp_seconds',
    help: 'When the active tokens and certificates of the tunnel were read.',
    registers,
  });
  return {
    contentType: registry.contentType,
    write: () => registry.metrics(),
    access: createAuthMetrics(registry),
    observeReload: (successful, unixSeconds) => {
      reloadSuccessful.set(successful ? 1 : 0);
      if (successful) reloadTime.set(unixSeconds);
    },
    observer: {
      scraped: (outcome, seconds) => {
        scrapes.inc({ outcome });
        durations.observe(seconds);
      },
      connected: () => connects.inc(),
      ended: (reason) => {
        ends.inc({ reason });
        if (reason === 'evicted') evictions.inc();
      },
      displaced: () => displacements.inc(),
      pathRefused: (reason) => refusals.inc({ reason }),
      labelsDropped: (count) => labels.inc(count),
      responseDropped: (reason) => dropped.inc({ reason }),
      credentialsRefused: () => credentials.inc(),
      duplicateSeriesDropped: (count) => duplicates.inc(count),
      authenticationFailed: () => failures.inc(),
      flooded: () => floods.inc(),
    },
  };
}
