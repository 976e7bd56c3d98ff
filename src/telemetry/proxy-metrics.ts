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
import { createBuildInfo, createReloadMetrics, type MetricText } from './process-metrics.js';

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
  collectDefaultMetrics({ register: registry });
  createBuildInfo(registry, input);
  createLoadGauges(registry, input.load);
  return {
    contentType: registry.contentType,
    write: () => registry.metrics(),
    access: createAuthMetrics(registry),
    observeReload: createReloadMetrics(registry, {
      successful: [
        'zxp_proxy_last_reload_successful',
        'Whether tokens and certificates of the tunnel were read the last time: 1 if so, 0 if not.',
      ],
      time: [
        'zxp_proxy_last_reload_success_timestamp_seconds',
        'When the active tokens and certificates of the tunnel were read.',
      ],
    }),
    observer: { ...countScrapes(registry), ...countAgents(registry), ...countRejections(registry) },
  };
}

function createLoadGauges(registry: Registry, load: () => ProxyLoad): void {
  const create = (name: string, help: string, key: keyof ProxyLoad) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(load()[key]);
      },
    });
  create('zxp_proxy_agents', 'Agents that are connected.', 'agents');
  create('zxp_proxy_paths', 'Paths that agents have registered.', 'paths');
  create('zxp_proxy_connections', 'HTTP/2 connections on the tunnel.', 'connections');
  create('zxp_proxy_streams', 'HTTP/2 streams on the tunnel.', 'streams');
  create('zxp_proxy_scrapes_in_flight', 'Scrapes that wait for an agent to respond.', 'pendingScrapes');
  create('zxp_proxy_queued_requests', 'Requests that wait for an agent to read them.', 'queuedRequests');
  create('zxp_proxy_buffered_bytes', 'Bytes of chunked responses that are incomplete.', 'bufferedBytes');
}

/** A counter that is 0 from the beginning, for every value of its label. */
function createCounter(
  registry: Registry,
  [name, help]: MetricText,
  label?: { readonly name: string; readonly values: readonly string[] },
): Counter {
  const labelNames = label === undefined ? [] : [label.name];
  const counter = new Counter<string>({ name, help, labelNames, registers: [registry] });
  if (label !== undefined) for (const value of label.values) counter.inc({ [label.name]: value }, 0);
  return counter;
}

function countScrapes(
  registry: Registry,
): Pick<ProxyObserver, 'scraped' | 'responseDropped' | 'credentialsRefused' | 'duplicateSeriesDropped'> {
  const scrapes = createCounter(registry, ['zxp_proxy_scrapes_total', 'Scrapes by outcome.'], {
    name: 'outcome',
    values: proxyScrapeOutcomes,
  });
  const durations = new Histogram({
    name: 'zxp_proxy_scrape_duration_seconds',
    help: 'Duration of scrapes through agents, from the request to the complete response.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  const dropped = createCounter(
    registry,
    ['zxp_proxy_responses_dropped_total', 'Messages of agents that no scrape waited for.'],
    { name: 'reason', values: droppedResponses },
  );
  const credentials = createCounter(registry, [
    'zxp_proxy_credentials_refused_total',
    'Scrapes whose credentials would have gone over plaintext or to an unknown agent.',
  ]);
  const duplicates = createCounter(registry, [
    'zxp_proxy_duplicate_series_total',
    'Series of consolidated paths that an earlier agent had already.',
  ]);
  return {
    scraped: (outcome, seconds) => {
      scrapes.inc({ outcome });
      durations.observe(seconds);
    },
    responseDropped: (reason) => dropped.inc({ reason }),
    credentialsRefused: () => credentials.inc(),
    duplicateSeriesDropped: (count) => duplicates.inc(count),
  };
}

function countAgents(
  registry: Registry,
): Pick<ProxyObserver, 'connected' | 'ended' | 'displaced' | 'pathRefused' | 'labelsDropped'> {
  const connects = createCounter(registry, ['zxp_proxy_agent_connects_total', 'Agents that registered.']);
  const ends = createCounter(registry, ['zxp_proxy_agent_disconnects_total', 'Agents that are gone, by reason.'], {
    name: 'reason',
    values: agentEnds,
  });
  const evictions = createCounter(registry, [
    'zxp_proxy_agent_evictions_total',
    'Agents that were evicted for their silence.',
  ]);
  const displacements = createCounter(registry, [
    'zxp_proxy_displacements_total',
    'Paths that another agent took over.',
  ]);
  const refusals = createCounter(
    registry,
    ['zxp_proxy_paths_refused_total', 'Registrations of paths that were refused.'],
    { name: 'reason', values: pathRefusals },
  );
  const labels = createCounter(registry, [
    'zxp_proxy_labels_dropped_total',
    'Discovery labels that Prometheus would refuse.',
  ]);
  return {
    connected: () => connects.inc(),
    ended: (reason) => {
      ends.inc({ reason });
      if (reason === 'evicted') evictions.inc();
    },
    displaced: () => displacements.inc(),
    pathRefused: (reason) => refusals.inc({ reason }),
    labelsDropped: (count) => labels.inc(count),
  };
}

function countRejections(registry: Registry): Pick<ProxyObserver, 'authenticationFailed' | 'flooded'> {
  const failures = createCounter(registry, [
    'zxp_proxy_agent_auth_failures_total',
    'Calls without a valid token, and TLS handshakes that failed.',
  ]);
  const floods = createCounter(registry, ['zxp_proxy_floods_total', 'Connections closed for too many control frames.']);
  return { authenticationFailed: () => failures.inc(), flooded: () => floods.inc() };
}
