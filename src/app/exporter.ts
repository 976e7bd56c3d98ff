import { randomBytes } from 'node:crypto';
import { createSemaphore, type Semaphore } from '../async/semaphore.js';
import type { Configuration } from '../config/load.js';
import { keepUntilRestart } from '../config/restart.js';
import type { FileWatch } from '../files/file-watcher.js';
import { describeFiles } from '../files/stable-read.js';
import { authenticatesClients, forwardsAuthorization } from '../model/credential-policy.js';
import type { DiscoveryObserver } from '../model/discovery.js';
import { toZxpError, ZxpError } from '../model/errors.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Logger } from '../model/ports.js';
import type { ScrapeObserver } from '../model/scrape.js';
import { findForwardProblems, listModulesWithoutCredentials } from '../modules/forwarding.js';
import { renderDebugReport } from '../scrape/debug-report.js';
import { createScrapeHistory } from '../scrape/history.js';
import { createHealthApp, createServerApp, type PagesOptions, type ServerAppOptions } from '../server/app.js';
import type { DiscoveryTarget } from '../server/routes/discover.js';
import type { ScrapeTarget } from '../server/routes/metrics.js';
import { createDiscoveryLog, createScrapeLog } from '../telemetry/event-log.js';
import { createFailureLog } from '../telemetry/failure-log.js';
import { createOwnMetrics } from '../telemetry/own-metrics.js';
import { loadConnections } from '../upstream/client.js';
import { openRenderPool } from '../workers/machine-pool.js';
import type { PlaygroundPool } from '../workers/playground-pool.js';
import type { RenderPool } from '../workers/pool.js';
import { type Access, type AccessSource, openAccess } from './access.js';
import { reloadOnChange } from './auto-reload.js';
import { startServer } from './listeners.js';
import { createBudgetStore } from './open-upstreams.js';
import {
  createPlayground,
  describePlayground,
  noPlaygroundTarget,
  openPlaygroundPool,
  toDocumentTarget,
} from './playground.js';
import { type ActiveState, createReload, logWarnings, type ReloadOptions } from './reload.js';
import { createRuntime, type RuntimeOptions } from './runtime.js';
import { createScraper, type PreparedDiscovery, type PreparedScrape } from './scrape-plans.js';
import {
  describeLanding,
  describeStatus,
  findPublicPrefix,
  HISTORY_LIMITS,
  offersLogin,
  type StatusSource,
} from './status.js';

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

interface ExporterState extends ActiveState {
  isReady: boolean;
}

function toRuntimeOptions(options: ExporterOptions, renderPool: RenderPool): RuntimeOptions {
  const onUnusableFiles = ({ message, hint }: ZxpError) => options.logger.warn(message, { hint });
  return { ...options, renderPool, onUnusableFiles, budgets: createBudgetStore() };
}

function toAnnounced(options: ExporterOptions): ExporterOptions {
  return { ...options, logger: options.announcer ?? options.logger };
}

type Telemetry = ReturnType<typeof openTelemetry>;

/** What the exporter knows of itself, and those that observe its scrapes. */
function openTelemetry(
  { version, nodeVersion, logger, observers = [] }: ExporterOptions,
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

/** Access control of the start; what changes of it on disk becomes active by itself. */
function openExporterAccess(
  options: ExporterOptions,
  { state, telemetry }: { readonly state: ActiveState; readonly telemetry: Telemetry },
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

interface AppParts {
  readonly state: ExporterState;
  readonly access: Access;
  readonly reload: () => Promise<void>;
  readonly telemetry: Telemetry;
  readonly concurrency: Semaphore;
  readonly playgroundPool: PlaygroundPool;
}

/** The routes, each with what it needs of the active state. */
function createApps(options: ExporterOptions, parts: AppParts) {
  const { logger, cluster } = options;
  const { state, access, telemetry } = parts;
  const { web } = options.configuration;
  const { routePrefix, externalUrl } = web;
  const scrapes = createScrapeRoutes(options, parts);
  const source = (): StatusSource => ({
    version: options.version,
    runtime: state.runtime,
    started: options.configuration,
    isConsumed: access.controller.access().consumesAuthorization,
    lastReload: telemetry.lastReload(),
  });
  const isReady = () => state.isReady && cluster?.isReady() !== false;
  const main = createServerApp({
    routePrefix,
    auth: access.auth,
    browsers: { externalUrl },
    telemetryPath: web.telemetryPath,
    metrics: scrapes.metrics,
    probe: scrapes.probe,
    discover: scrapes.discover,
    targets: {
      list: () => state.runtime.configuration.targets,
      externalUrl,
      scheme: access.controller.tls === undefined ? 'http' : 'https',
      routePrefix,
    },
    landing: () => describeLanding(source()),
    pages: web.disableUi
      ? undefined
      : {
          status: () => describeStatus(source(), { ...telemetry, cluster }),
          scrape: scrapes.scrape,
          playground: createPlaygroundRoutes(parts, { source, scrape: scrapes.scrape }),
        },
    ownMetrics: { ...telemetry.metrics, write: cluster?.writeMetrics ?? telemetry.metrics.write },
    isReady,
    // Loaded with YAML, when somebody wants it.
    configuration: async () => {
      const { renderConfiguration } = await import('../config/render.js');
      const { configuration } = state.runtime;
      return renderConfiguration(keepUntilRestart(options.configuration, configuration));
    },
    reload: web.enableLifecycle ? (cluster?.reload ?? parts.reload) : undefined,
    requestLog: {
      isOn: () => state.runtime.configuration.log.requests,
      write: logger.info,
      now: () => performance.now(),
    },
  });
  return { main, health: () => createHealthApp({ access: access.auth.access, isReady, routePrefix }) };
}

/** `/metrics`, `/probe` and `/discover`, and the button that scrapes a target of the configuration now. */
function createScrapeRoutes(
  { configuration: { web } }: ExporterOptions,
  { state, telemetry, concurrency }: AppParts,
): Pick<ServerAppOptions, 'metrics' | 'probe' | 'discover'> & Pick<PagesOptions, 'scrape'> {
  const scrapeOnce = createScraper();
  const toTarget = (prepared: PreparedScrape): ScrapeTarget => ({
    name: prepared.target,
    forwardHeaders: prepared.forwardHeaders,
    forwardsAuthorization: (isConsumed) => forwardsAuthorization(prepared.forwarding, isConsumed),
    scrape: async (request) => {
      const { collector, target, module, isConfigured } = prepared;
      const scraped = await scrapeOnce(collector, request);
      const { outcome } = scraped;
      const isPassThrough = request.headers.length > 0;
      telemetry.observe({ id: request.id, target, isConfigured, module, url: collector.url, isPassThrough, outcome });
      return scraped;
    },
  });
  const route = {
    policy: () => state.runtime.configuration.scrape,
    concurrency,
    now: () => performance.now(),
    nextId: createIds(),
    writeTimeoutMs: web.writeTimeoutMs,
    onRejected: telemetry.metrics.observeRejection,
  };
  return {
    metrics: {
      ...route,
      findTarget: (query) => toTarget(state.runtime.planUpstream(query)),
      renderDebug: undefined,
    },
    probe: {
      ...route,
      findTarget: (query) => toTarget(state.runtime.planProbe(query)),
      renderDebug: renderDebugReport,
    },
    scrape: {
      ...route,
      findTarget: (query) => {
        const { runtime } = state;
        return toTarget(query.has('target') ? runtime.planProbe(query) : runtime.planUpstream(query));
      },
      renderDebug: renderDebugReport,
    },
    discover: {
      ...route,
      findTarget: (query) => toDiscoveryTarget(state.runtime.planDiscovery(query), telemetry.observeDiscovery),
    },
  };
}

/** What people try out: nothing of it is a scrape, and it requests what `/probe` may. */
function createPlaygroundRoutes(
  { state, playgroundPool }: AppParts,
  { source, scrape }: { readonly source: () => StatusSource; readonly scrape: PagesOptions['scrape'] },
): PagesOptions['playground'] {
  const { concurrency, nextId } = scrape;
  return {
    ...createPlayground(playgroundPool, () => state.runtime.configuration.limits),
    facts: async () => {
      const given = source();
      const { moduleNames, configuration } = state.runtime;
      return describePlayground({
        version: given.version,
        prefix: findPublicPrefix(given.started.web),
        moduleNames,
        targets: configuration.targets.map(({ name }) => name),
        isConsumed: given.isConsumed,
        offersLogin: offersLogin(given),
      });
    },
    request: {
      concurrency,
      nextId,
      findTarget: (query) => {
        const { runtime } = state;
        const isNamed = (query.get('target') ?? '') !== '';
        const isAuthenticated = authenticatesClients(runtime.configuration.access);
        if (!isNamed && runtime.configuration.upstream.url === undefined) throw noPlaygroundTarget();
        return toDocumentTarget(isNamed ? runtime.planProbe(query) : runtime.planUpstream(query), { isAuthenticated });
      },
    },
    save: undefined,
  };
}

function toDiscoveryTarget(prepared: PreparedDiscovery, observe: DiscoveryObserver): DiscoveryTarget {
  const { collector, read, target, module, isConfigured, forwardHeaders } = prepared;
  const about = { target, module, isConfigured, url: collector.url };
  return {
    name: target,
    forwardHeaders,
    forwardsAuthorization: (isConsumed) => forwardsAuthorization(prepared.forwarding, isConsumed),
    discover: async ({ headers, ...request }) => {
      const { id } = request;
      try {
        const result = await collector.withHeaders(headers).read(request, read);
        observe({ ...about, id, result });
        return result.elements;
      } catch (thrown) {
        const result = toZxpError(thrown);
        if (result.code !== 'cancelled') observe({ ...about, id, result });
        throw result;
      }
    },
  };
}

/** Ids that no other process gives, short enough to read aloud. */
function createIds(): () => string {
  const prefix = randomBytes(3).toString('hex');
  let last = 0;
  return () => {
    last++;
    return `${prefix}-${last.toString(36)}`;
  };
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
