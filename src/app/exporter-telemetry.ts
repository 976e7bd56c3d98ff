import type { Semaphore } from '../async/semaphore.js';
import type { DiscoveryObserver } from '../model/discovery.js';
import type { Logger } from '../model/ports.js';
import type { ScrapeObserver } from '../model/scrape.js';
import { createScrapeHistory } from '../scrape/history.js';
import { createDiscoveryLog, createScrapeLog } from '../telemetry/event-log.js';
import { createFailureLog } from '../telemetry/failure-log.js';
import { createOwnMetrics } from '../telemetry/own-metrics.js';
import type { RenderPool } from '../workers/pool.js';
import { HISTORY_LIMITS } from './status.js';

export interface TelemetryOptions {
  readonly version: string;
  readonly nodeVersion: string;
  readonly logger: Logger;
  /** Told of every scrape, in addition to the exporter's own metrics, log and history. */
  readonly observers?: readonly ScrapeObserver[];
}

export type ExporterTelemetry = ReturnType<typeof openTelemetry>;

/** What the exporter knows of itself, and those that observe its scrapes. */
export function openTelemetry(
  { version, nodeVersion, logger, observers = [] }: TelemetryOptions,
  { renderPool, concurrency }: { readonly renderPool: RenderPool; readonly concurrency: Semaphore },
) {
  const scrapesInFlight = () => concurrency.inFlight;
  const metrics = createOwnMetrics({ version, nodeVersion, scrapesInFlight, renderPool });
  let lastReload = { atMs: Date.now(), isSuccessful: true };
  const observeReload = (isSuccessful: boolean, unixSeconds: number) => {
    lastReload = { atMs: unixSeconds * 1000, isSuccessful };
    metrics.observeReload(isSuccessful, unixSeconds);
  };
  observeReload(true, Date.now() / 1000);
  const failures = createFailureLog(logger, () => performance.now());
  const history = createScrapeHistory(HISTORY_LIMITS, () => Date.now());
  const all: readonly ScrapeObserver[] = [
    metrics.observeScrape,
    createScrapeLog(logger, failures),
    history.observe,
    ...observers,
  ];
  const observe: ScrapeObserver = (event) => {
    for (const observer of all) observer(event);
  };
  const logDiscovery = createDiscoveryLog(logger, failures);
  const observeDiscovery: DiscoveryObserver = (event) => {
    metrics.observeDiscovery(event);
    logDiscovery(event);
  };
  return {
    metrics,
    failures,
    history,
    observe,
    observeDiscovery,
    observeReload,
    lastReload: () => lastReload,
  };
}
