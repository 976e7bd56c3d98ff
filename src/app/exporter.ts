import { createSemaphore } from '../async/semaphore.js';
import type { Configuration } from '../config/load.js';
import type { ZxpError } from '../model/errors.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Logger } from '../model/ports.js';
import { renderDebugReport } from '../scrape/debug-report.js';
import { createHealthApp, createServerApp } from '../server/app.js';
import type { ScrapeTarget } from '../server/routes/metrics.js';
import { createFailureLog } from '../telemetry/failure-log.js';
import { createOwnMetrics } from '../telemetry/own-metrics.js';
import { loadConnections } from '../upstream/client.js';
import { openRenderPool } from '../workers/machine-pool.js';
import type { RenderPool } from '../workers/pool.js';
import { createAuthReporter, warnOfPlaintextCredential } from './auth-report.js';
import { describeForPeople } from './landing-facts.js';
import { listenOnAll } from './listeners.js';
import { type AccessPolicySource, openAccessControl } from './open-access-control.js';
import { createReload, inTurn, logWarnings, type ReloadOptions } from './reload.js';
import { createRuntime, createScraper, type PreparedScrape, type RuntimeOptions } from './runtime.js';
import { createScrapeReporter } from './scrape-report.js';

export interface ExporterOptions extends ReloadOptions, AccessPolicySource {
  readonly configuration: Configuration;
  /** For what is said of the start and of reloads, where it is another than `logger`. */
  readonly announcer?: Logger;
  /** The processes that zxp runs as, where this is one of several. */
  readonly cluster?: ClusterHandle;
  readonly version: string;
  readonly nodeVersion: string;
  /** For proxies that the environment names; none where it is not given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const QUEUE_WAIT_MS = 1000;

/** The daemon: listens, scrapes for whoever asks, and reloads. Throws `config` or `listen`, and leaves nothing open. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { logger, version, cluster } = options;
  const announced = { ...options, logger: options.announcer ?? logger };
  const { web } = options.configuration;
  const renderPool = openRenderPool({
    configured: () => state.runtime.configuration.scrape.workers,
    processes: web.workers,
  });
  const runtimeOptions = toRuntimeOptions(options, renderPool);
  const state = { runtime: await createRuntime({ ...runtimeOptions, hasAccessControl: true }), isReady: true };
  logWarnings(announced.logger, state.runtime.warnings);
  const gate = createSemaphore({ max: web.maxRequests, waitMs: QUEUE_WAIT_MS });
  const ownMetrics = createOwnMetrics({
    version,
    nodeVersion: options.nodeVersion,
    scrapesInFlight: () => gate.inFlight,
    renderPool,
  });
  ownMetrics.observeReload(true, Date.now() / 1000);
  ownMetrics.access.observeReload(true, Date.now() / 1000);
  const failures = createFailureLog(logger, () => performance.now());
  const refuse = createAuthReporter(failures, ownMetrics.access);
  const accessController = await openAccessControl(announced, state, { metrics: ownMetrics.access, onRefused: refuse });
  const reload = inTurn(
    createReload({ ...announced, runtimeOptions }, state, ownMetrics.observeReload),
    accessController.reload,
  );
  const report = createScrapeReporter(logger, failures);
  const scrapeOnce = createScraper();
  const toTarget = ({ collector, forwardHeaders, forwardsVerified }: PreparedScrape): ScrapeTarget => ({
    forwardHeaders,
    forwardsVerified,
    scrape: async (request) => {
      const scraped = await scrapeOnce(collector, request);
      ownMetrics.observeScrape(scraped.outcome);
      report(collector.url, scraped.outcome);
      return scraped;
    },
  });
  const route = {
    policy: () => state.runtime.configuration.scrape,
    gate,
    now: () => performance.now(),
    writeTimeoutMs: web.writeTimeoutMs,
    onRefused: ownMetrics.observeRejection,
    renderDebug: undefined,
  };
  const isReady = () => state.isReady && cluster?.isReady() !== false;
  const app = createServerApp({
    guard: {
      ...accessController,
      onRefused: (cause, peer) => refuse(cause, `from ${peer}`),
      onPlainCredential: (peer) => warnOfPlaintextCredential(logger, peer),
    },
    telemetryPath: web.telemetryPath,
    metrics: { ...route, findTarget: (query) => toTarget(state.runtime.planUpstream(query)) },
    probe: {
      ...route,
      findTarget: (query) => toTarget(state.runtime.planProbe(query)),
      renderDebug: renderDebugReport,
    },
    targets: () => state.runtime.configuration.targets,
    landing: () => describeForPeople(state.runtime.configuration, { version, access: accessController.access() }),
    ownMetrics: { ...ownMetrics, write: cluster?.writeMetrics ?? ownMetrics.write },
    isReady,
    // What waits for the next start is not in force.
    configuration: async () => {
      // YAML comes with it.
      const { renderConfiguration } = await import('../config/render.js');
      return renderConfiguration({ ...state.runtime.configuration, web, access: accessController.spec() });
    },
    reload: web.enableLifecycle ? (cluster?.reload ?? reload) : undefined,
  });
  const closeRest = async () => {
    await Promise.all([state.runtime.close(), renderPool.close(), accessController.close()]);
  };
  const apps = { main: app, health: () => createHealthApp({ access: accessController.access, isReady }) };
  const listeners = await listenOnAll(apps, web, accessController.tls).catch(async (thrown) => {
    await closeRest();
    throw thrown;
  });
  accessController.follow(listeners.main);
  // Once whoever waits for zxp to listen has heard that it does, and before the first scrape wants it.
  setImmediate(() => void loadConnections());
  return {
    urls: listeners.main.map((listener) => listener.url),
    healthUrl: listeners.health?.url,
    reload,
    collectMetrics: ownMetrics.collect,
    close: async () => {
      state.isReady = false;
      await listeners.drain(web.drainTimeoutMs);
      await closeRest();
    },
  };
}

function toRuntimeOptions(options: ExporterOptions, renderPool: RenderPool): RuntimeOptions {
  const onUnusableFiles = ({ message, hint }: ZxpError) => options.logger.warn(message, { hint });
  return { ...options, renderPool, onUnusableFiles };
}
