import type { Door } from '../auth/door.js';
import type { Configuration } from '../config/load.js';
import { renderConfiguration } from '../config/render.js';
import type { DoorReading, DoorSettings } from '../config/web/door.js';
import type { DoorCause } from '../model/admission.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { ScrapeOutcome } from '../model/scrape.js';
import { renderDebugReport } from '../scrape/debug-report.js';
import { createHealthApp, createServerApp } from '../server/app.js';
import { createGate } from '../server/gate.js';
import type { LandingFacts } from '../server/pages/landing.js';
import type { ScrapeTarget } from '../server/routes/metrics.js';
import { createFailureLog, type FailureLog } from '../telemetry/failure-log.js';
import { createOwnMetrics, type OwnMetrics } from '../telemetry/own-metrics.js';
import { loadConnections } from '../upstream/client.js';
import type { FrontDoor } from './door/front-door.js';
import { leaveOpen } from './door/no-door.js';
import { findForwardProblems, listSilentModules } from './forwarding.js';
import { listenOnAll } from './listeners.js';
import { openRenderPool } from './render/machine-pool.js';
import type { RenderPool } from './render/pool.js';
import { listWaiting } from './restart.js';
import { createRuntime, type Runtime, type RuntimeOptions, type ScrapePlan, scrapeOnce } from './runtime.js';

export interface ExporterOptions {
  readonly configuration: Configuration;
  /** Reads the configuration anew, for a reload. Throws `config` with everything that is wrong. */
  readonly load: () => Promise<Configuration>;
  /** Reads anew what guards zxp, and nothing else. Throws `config`. Without it that stays as it is in `configuration`. */
  readonly loadDoor?: (settings: DoorSettings) => Pick<DoorReading, 'door' | 'warnings'>;
  readonly logger: Logger;
  /** Told of the configuration that a reload brought into force, for what it does not govern itself. */
  readonly onReload?: (configuration: Configuration) => void;
  readonly version: string;
  readonly nodeVersion: string;
  /** For proxies that the environment names; none where it is not given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long between two looks at the files of the door; 2 s where it is not said. */
  readonly watchIntervalMs?: number;
}

export interface Exporter {
  /** Where it listens: `http://localhost:8081`. */
  readonly urls: readonly string[];
  /** Where health is answered apart from the rest; undefined where it is not. */
  readonly healthUrl: string | undefined;
  /** Loads the configuration again. Throws what was wrong with it; the running one stays in force then. */
  reload(): Promise<void>;
  /** Answers the scrapes under way and closes everything. */
  close(): Promise<void>;
}

const QUEUE_WAIT_MS = 1000;
const WATCH_INTERVAL_MS = 2000;

/** The daemon: listens, scrapes for whoever asks, and reloads. Throws `config` or `listen`, and leaves nothing open. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { logger, version } = options;
  const { web } = options.configuration;
  const renderPool = openRenderPool(() => state.runtime.configuration.scrape.workers);
  const runtimeOptions = toRuntimeOptions(options, renderPool);
  const state = { runtime: await createRuntime({ ...runtimeOptions, hasDoor: true }), isReady: true };
  logWarnings(logger, state.runtime.warnings);
  const gate = createGate({ max: web.maxRequests, waitMs: QUEUE_WAIT_MS });
  const ownMetrics = createOwnMetrics({
    version,
    nodeVersion: options.nodeVersion,
    scrapesInFlight: () => gate.inFlight,
    renderPool,
  });
  ownMetrics.observeReload(true, Date.now() / 1000);
  ownMetrics.door.observeReload(true, Date.now() / 1000);
  const failures = createFailureLog(logger, () => performance.now());
  const refuse = createDoorReporter(failures, ownMetrics);
  const frontDoor = await openFrontDoor(options, state, { refuse, ownMetrics });
  const reload = inTurn(
    createReload({ ...options, runtimeOptions }, state, ownMetrics.observeReload),
    frontDoor.reload,
  );
  const report = createReporter(logger, failures);
  const toTarget = ({ collector, ...plan }: ScrapePlan): ScrapeTarget => ({
    ...plan,
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
    onRefused: ownMetrics.observeRefusal,
    renderDebug: undefined,
  };
  const isReady = () => state.isReady;
  const app = createServerApp({
    guard: {
      ...frontDoor,
      onRefused: (cause, peer) => refuse(cause, `from ${peer}`),
      onPlainCredential: (peer) => warnOfPlainCredential(logger, peer),
    },
    telemetryPath: web.telemetryPath,
    metrics: { ...route, findTarget: (query) => toTarget(state.runtime.planUpstream(query)) },
    probe: {
      ...route,
      findTarget: (query) => toTarget(state.runtime.planProbe(query)),
      renderDebug: renderDebugReport,
    },
    targets: () => state.runtime.configuration.targets,
    landing: () => describeForPeople(state.runtime.configuration, { version, door: frontDoor.door() }),
    ownMetrics,
    isReady,
    // What waits for the next start is not in force.
    configuration: () => renderConfiguration({ ...state.runtime.configuration, web, door: frontDoor.spec() }),
    reload: web.enableLifecycle ? reload : undefined,
  });
  const closeRest = async () => {
    await Promise.all([state.runtime.close(), renderPool.close(), frontDoor.close()]);
  };
  const apps = { main: app, health: () => createHealthApp({ door: frontDoor.door, isReady }) };
  const listeners = await listenOnAll(apps, web, frontDoor.tls).catch(async (thrown) => {
    await closeRest();
    throw thrown;
  });
  frontDoor.follow(listeners.main);
  // Once whoever waits for zxp to listen has heard that it does, and before the first scrape wants it.
  setImmediate(() => void loadConnections());
  return {
    urls: listeners.main.map((listener) => listener.url),
    healthUrl: listeners.health?.url,
    reload,
    close: async () => {
      state.isReady = false;
      await listeners.drain(web.drainTimeoutMs);
      await closeRest();
    },
  };
}

/** The door that the configuration says, if it says any; all that belongs to one is loaded only then. */
async function openFrontDoor(
  options: ExporterOptions,
  state: { readonly runtime: Runtime },
  means: { readonly refuse: (cause: DoorCause, why: string) => void; readonly ownMetrics: OwnMetrics },
): Promise<FrontDoor> {
  const { configuration, door: loaded } = state.runtime;
  if (loaded === undefined) return leaveOpen();
  const { createFrontDoor } = await import('./door/front-door.js');
  const silent = listSilentModules(configuration);
  if (silent.length > 0) {
    const hint = 'credentials of their own, or forward_verified: true, would change that';
    options.logger.info("scrapers' Authorization is for zxp alone: these modules ask without any", {
      modules: silent.join(' '),
      hint,
    });
  }
  return createFrontDoor({
    loaded,
    configFile: configuration.web.configFile,
    read: () => options.loadDoor?.(configuration.web) ?? configuration,
    findConflicts: (spec) => findForwardProblems(state.runtime.configuration.modules, spec),
    logger: options.logger,
    metrics: means.ownMetrics.door,
    onRefused: means.refuse,
    watchIntervalMs: options.watchIntervalMs ?? WATCH_INTERVAL_MS,
  });
}

/** Counts whoever is turned away, and logs a line a minute for each cause. */
function createDoorReporter(failures: FailureLog, ownMetrics: OwnMetrics) {
  return (cause: DoorCause, why: string): void => {
    ownMetrics.door.observeRefusal(cause);
    failures.report(`door ${cause}`, 'a caller was turned away', { cause, why });
  };
}

function warnOfPlainCredential(logger: Logger, peer: string): void {
  const hint = 'give zxp a certificate: tls_server_config in --web.config.file; this is said once';
  logger.warn('a credential came over plain HTTP, which everybody on the way can read', { peer, hint });
}

/** One after the other, the second in any case. Throws what the first one of them threw. */
function inTurn(first: () => Promise<void>, second: () => Promise<void>): () => Promise<void> {
  return async () => {
    const [one, other] = [await settle(first()), await settle(second())];
    for (const result of [one, other]) if (result !== undefined) throw result.thrown;
  };
}

async function settle(work: Promise<void>): Promise<{ readonly thrown: unknown } | undefined> {
  try {
    await work;
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}

/** A line for a failed scrape, and for what one drops, held back where the same was said within the minute. */
function createReporter(logger: Logger, failures: FailureLog) {
  return (url: URL, outcome: ScrapeOutcome): void => {
    const upstream = url.href.replace(/[?#].*$/s, '');
    const { reason, message, statusCode, drops, durationSeconds } = outcome;
    if (reason !== undefined) {
      const fields = { upstream, reason, cause: message, status: statusCode };
      failures.report(`${upstream} ${reason} ${statusCode}`, 'scrape failed', fields);
    }
    const [example] = drops.examples;
    if (example !== undefined) {
      const fields = { upstream, samples: drops.total, where: example.where, cause: example.message };
      failures.report(`${upstream} dropped ${example.cause}`, 'samples dropped', fields);
    }
    logger.debug('scrape', {
      upstream,
      up: outcome.up,
      samples: outcome.samples,
      duration_s: durationSeconds,
      status: statusCode,
    });
  };
}

function describeForPeople(
  configuration: Configuration,
  { version, door }: { readonly version: string; readonly door: Door },
): LandingFacts {
  const { upstream, module, modules, targets, web } = configuration;
  const { httpClient, forwardsVerified } = modules.get(module)?.request ?? {};
  return {
    version,
    upstream: upstream.url?.href,
    module,
    passesCredentials: httpClient?.credential === undefined && (!door.takesAuthorization || forwardsVerified === true),
    modules: [...modules.keys()],
    targets: targets.map((target) => target.name),
    telemetryPath: web.telemetryPath,
    lifecycle: web.enableLifecycle,
  };
}

function createReload(
  options: ExporterOptions & { readonly runtimeOptions: RuntimeOptions },
  state: { runtime: Runtime },
  observe: (successful: boolean, unixSeconds: number) => void,
): () => Promise<void> {
  const { logger } = options;
  let last: Promise<void> = Promise.resolve();
  const reloadNow = async () => {
    try {
      const configuration = await options.load();
      const next = await createRuntime({ ...options.runtimeOptions, configuration });
      logWarnings(logger, next.warnings);
      const previous = state.runtime;
      state.runtime = next;
      void previous.close();
      warnOfRestart(logger, previous.configuration, configuration);
      options.onReload?.(configuration);
      observe(true, Date.now() / 1000);
      logger.info('the configuration was loaded again');
    } catch (thrown) {
      observe(false, Date.now() / 1000);
      const error = toZxpError(thrown);
      logger.error('the configuration was not loaded; the one before stays in force', { cause: error });
      for (const { where, message, hint } of error.problems) logger.error(message, { where, hint });
      const { code, message, problems, hint } = error;
      throw new ZxpError(code, `${message}; the one before stays in force`, { cause: error, problems, hint });
    }
  };
  return () => {
    // One at a time: the last one asked for is the one that counts.
    last = last.catch(() => undefined).then(reloadNow);
    return last;
  };
}

function toRuntimeOptions(options: ExporterOptions, renderPool: RenderPool): RuntimeOptions {
  const onUnusableFiles = ({ message, hint }: ZxpError) => options.logger.warn(message, { hint });
  return { ...options, renderPool, onUnusableFiles };
}

function logWarnings(logger: Logger, warnings: readonly Problem[]): void {
  for (const { where, message, hint } of warnings) logger.warn(message, { where, hint });
}

function warnOfRestart(logger: Logger, before: Configuration, after: Configuration): void {
  const waiting = listWaiting(before.web, after.web);
  if (waiting.length > 0)
    logger.warn('some settings take effect at the next start only', { settings: waiting.join(' ') });
}
