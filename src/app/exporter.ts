import { createSemaphore } from '../async/semaphore.js';
import type { Configuration } from '../config/load.js';
import type { FileWatch } from '../files/file-watcher.js';
import { describeFiles } from '../files/stable-read.js';
import { ZxpError } from '../model/errors.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Logger } from '../model/ports.js';
import type { ScrapeObserver } from '../model/scrape.js';
import { findForwardProblems, listModulesWithoutCredentials } from '../modules/forwarding.js';
import { loadConnections } from '../upstream/client.js';
import { openRenderPool } from '../workers/machine-pool.js';
import type { RenderPool } from '../workers/pool.js';
import { type Access, type AccessSource, openAccess } from './access.js';
import { reloadOnChange } from './auto-reload.js';
import { type AppParts, createApps, type ExporterState } from './exporter-routes.js';
import { type ExporterTelemetry, openTelemetry } from './exporter-telemetry.js';
import { startServer } from './listeners.js';
import { createBudgetStore } from './open-upstreams.js';
import { openPlaygroundPool } from './playground.js';
import { type ActiveState, createReload, logWarnings, type ReloadOptions } from './reload.js';
import { createRuntime, type RuntimeOptions } from './runtime.js';

export interface ExporterOptions extends ReloadOptions, AccessSource {
  readonly configuration: Configuration;
  /** For what is logged of the start and of reloads, where it is another than `logger`. */
  readonly announcer?: Logger;
  /** The processes that zxp runs as, where this is one of several: it binds no address then. */
  readonly cluster?: ClusterHandle;
  /** The file descriptors that systemd passed. */
  readonly inheritedSockets?: readonly number[];
  readonly version: string;
  readonly nodeVersion: string;
  /** For proxies that the environment names; none where it is absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Told of every scrape, in addition to the exporter's own metrics, log and history. */
  readonly observers?: readonly ScrapeObserver[];
  /** How long between two looks at watched files; 2 s by default. */
  readonly watchIntervalMs?: number;
}

const QUEUE_WAIT_MS = 1000;

/** The daemon: listens, scrapes, and reloads. Throws `config` or `listen`, and leaves nothing open. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { web, files } = options.configuration;
  const started = await describeFiles(files);
  const renderPool = openRenderPool({
    configured: () => state.runtime.configuration.scrape.workers,
    processes: web.workers,
  });
  const playgroundPool = openPlaygroundPool({ processes: web.workers });
  const runtimeOptions = toRuntimeOptions(options, renderPool);
  const state: ExporterState = {
    runtime: await createRuntime({ ...runtimeOptions, hasAccessControl: true }),
    isReady: true,
  };
  const concurrency = createSemaphore({ max: web.maxRequests, waitMs: QUEUE_WAIT_MS });
  const telemetry = openTelemetry(options, { renderPool, concurrency });
  const access = openExporterAccess(options, { state, telemetry });
  const reload = createReload(
    { ...toAnnounced(options), runtimeOptions },
    {
      state,
      access,
      metrics: { ...telemetry.metrics, observeReload: telemetry.observeReload },
    },
  );
  const apps = createApps(options, { state, access, reload, telemetry, concurrency, playgroundPool });
  const watches = watchAll(options, { state, access, reload, started });
  const closeRest = async () => {
    for (const watch of watches) watch.close();
    await Promise.all([state.runtime.close(), renderPool.close(), playgroundPool.close(), access.close()]);
  };
  announceStart(options, state.runtime);
  const server = await startServer(apps, { ...options, web, access, inherited: options.inheritedSockets }).catch(
    async (thrown) => {
      await closeRest();
      throw thrown;
    },
  );
  // Once it is known that zxp listens, and before the first scrape needs it.
  setImmediate(() => void loadConnections());
  const { addresses, urls, healthUrl } = server;
  return {
    addresses,
    urls,
    healthUrl,
    reload,
    collectMetrics: telemetry.metrics.collect,
    listHistory: telemetry.history.list,
    close: async () => {
      state.isReady = false;
      await server.close(web.drainTimeoutMs);
      await closeRest();
    },
  };
}

function toRuntimeOptions(options: ExporterOptions, renderPool: RenderPool): RuntimeOptions {
  const onUnusableFiles = ({ message, hint }: ZxpError) => options.logger.warn(message, { hint });
  return { ...options, renderPool, onUnusableFiles, budgets: createBudgetStore() };
}

function toAnnounced(options: ExporterOptions): ExporterOptions {
  return { ...options, logger: options.announcer ?? options.logger };
}

/** Access control of the start; what changes of it on disk becomes active by itself. */
function openExporterAccess(
  options: ExporterOptions,
  { state, telemetry }: { readonly state: ActiveState; readonly telemetry: ExporterTelemetry },
): Access {
  const { access: loaded } = state.runtime;
  if (loaded === undefined) throw new ZxpError('internal', 'access control was not read');
  return openAccess({
    ...options,
    ...telemetry,
    loaded,
    metrics: telemetry.metrics.access,
    active: () => state.runtime.configuration,
    findConflicts: (access) => findForwardProblems(state.runtime.configuration.modules, access),
    onChange: (access, next) => {
      const { runtime } = state;
      state.runtime = { ...runtime, access: next, configuration: { ...runtime.configuration, access } };
    },
  });
}

/** Looks at the files whose changes become active by themselves. */
function watchAll(
  options: ExporterOptions,
  { state, access, reload, started }: Pick<AppParts, 'state' | 'access' | 'reload'> & { readonly started: string },
): readonly FileWatch[] {
  if (!options.configuration.config.autoReload) return [access.watch()];
  const configWatch = reloadOnChange({
    listFiles: () => state.runtime.configuration.files,
    known: { state: started },
    // The primary reloads all of several processes.
    reload: options.cluster?.reload ?? reload,
    watchIntervalMs: options.watchIntervalMs,
  });
  return [access.watch(), configWatch];
}

/** What an operator should know from the beginning. */
function announceStart(options: ExporterOptions, runtime: ActiveState['runtime']): void {
  const logger = options.announcer ?? options.logger;
  logWarnings(logger, runtime.warnings);
  const without = listModulesWithoutCredentials(runtime.configuration);
  if (without.length === 0) return;
  const hint = 'give them credentials of their own, or forward_verified: true';
  const modules = without.join(' ');
  logger.info("modules send no credentials: the scraper's Authorization is for zxp alone", { modules, hint });
}
