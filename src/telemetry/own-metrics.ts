import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AuthMetrics } from '../model/auth-metrics.js';
import type { DiscoveryObserver } from '../model/discovery.js';
import { ZxpError } from '../model/errors.js';
import type { ScrapeObserver } from '../model/scrape.js';
import { createAuthMetrics } from './auth-metrics.js';
import { collectRuntimeMetrics, createBuildInfo, createConfigReloadMetrics } from './process-metrics.js';

export interface OwnMetrics {
  /** Counts a scrape that is over. */
  readonly observeScrape: ScrapeObserver;
  /** Counts a request that was rejected before it became a scrape. */
  observeRejection(cause: 'request' | 'refused' | 'busy' | 'cancelled'): void;
  /** Counts a discovery that is over. */
  readonly observeDiscovery: DiscoveryObserver;
  observeReload(successful: boolean, unixSeconds: number): void;
  /** Of access control. */
  readonly access: AuthMetrics;
  /** zxp's own exposition, in the text format. */
  write(): Promise<string>;
  /** The same as objects, to be summed over several processes. */
  collect(): Promise<readonly object[]>;
  readonly contentType: string;
}

/** zxp's metrics about itself: `zxp_*`, and prom-client's `process_*` and `nodejs_*`. */
export function createOwnMetrics(input: {
  version: string;
  nodeVersion: string;
  scrapesInFlight: () => number;
  renderPool: { readonly threads: number; readonly queued: number };
}): OwnMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectRuntimeMetrics(registry);
  createBuildInfo(registry, input);
  new Gauge({
    name: 'zxp_scrapes_in_flight',
    help: 'Scrapes in flight.',
    registers,
    collect() {
      this.set(input.scrapesInFlight());
    },
  });
  new Gauge({
    name: 'zxp_render_threads',
    help: 'Running threads for large responses; they start when they are needed.',
    registers,
    collect() {
      this.set(input.renderPool.threads);
    },
  });
  new Gauge({
    name: 'zxp_render_queue_length',
    help: 'Large responses that wait for a thread, or for memory.',
    registers,
    collect() {
      this.set(input.renderPool.queued);
    },
  });
  const scrapes = new Counter({
    name: 'zxp_scrapes_total',
    help: 'Scrapes, by reason of failure; the reason is empty where the target was up.',
    labelNames: ['reason'],
    registers,
  });
  scrapes.inc({ reason: '' }, 0);
  const refusals = new Counter({
    name: 'zxp_scrapes_refused_total',
    help: 'Requests for metrics that were rejected or left by their client, by cause.',
    labelNames: ['cause'],
    registers,
  });
  for (const cause of ['request', 'refused', 'busy', 'cancelled'] as const) refusals.inc({ cause }, 0);
  const durations = new Histogram({
    name: 'zxp_scrape_duration_seconds',
    help: 'Duration of scrapes, from the request to the last translated sample.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const dropped = new Counter({
    name: 'zxp_samples_dropped_total',
    help: 'Samples of targets that scrapes dropped.',
    registers,
  });
  const discoveries = new Counter({
    name: 'zxp_discoveries_total',
    help: 'Requests for /discover, by reason of failure; the reason is empty where there were targets to give.',
    labelNames: ['reason'],
    registers,
  });
  discoveries.inc({ reason: '' }, 0);
  const observeReload = createConfigReloadMetrics(registry);
  return {
    contentType: registry.contentType,
    access: createAuthMetrics(registry),
    write: () => registry.metrics(),
    collect: () => registry.getMetricsAsJSON(),
    observeScrape: ({ outcome }) => {
      scrapes.inc({ reason: outcome.reason ?? '' });
      durations.observe(outcome.durationSeconds);
      const { total } = outcome.drops;
      if (total > 0) dropped.inc(total);
    },
    observeRejection: (cause) => refusals.inc({ cause }),
    observeDiscovery: ({ result }) => discoveries.inc({ reason: result instanceof ZxpError ? result.code : '' }),
    observeReload,
  };
}
