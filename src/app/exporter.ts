import type { Configuration } from '../config/load.js';
import { renderConfiguration } from '../config/render.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { ScrapeOutcome } from '../model/scrape.js';
import { renderDebugReport } from '../scrape/debug-report.js';
import { createServerApp } from '../server/app.js';
import { createGate } from '../server/gate.js';
import { type Listener, listen } from '../server/listener.js';
import type { ScrapeTarget } from '../server/routes/metrics.js';
import { createFailureLog } from '../telemetry/failure-log.js';
import { createOwnMetrics } from '../telemetry/own-metrics.js';
import { createRuntime, type Runtime, type RuntimeOptions, type ScrapePlan, scrapeOnce } from './runtime.js';

export interface ExporterOptions {
  readonly configuration: Configuration;
  /** Reads the configuration anew, for a reload. Throws `config` with everything that is wrong. */
  readonly load: () => Promise<Configuration>;
  readonly logger: Logger;
  /** Told of the configuration that a reload brought into force, for what it does not govern itself. */
  readonly onReload?: (configuration: Configuration) => void;
  readonly version: string;
  readonly nodeVersion: string;
  /** For proxies that the environment names; none where it is not given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Exporter {
  /** Where it listens: `http://localhost:8081`. */
  readonly urls: readonly string[];
  /** Loads the configuration again. Throws what was wrong with it; the running one stays in force then. */
  reload(): Promise<void>;
  /** Answers the scrapes under way and closes everything. */
  close(): Promise<void>;
}

const QUEUE_WAIT_MS = 1000;

/** The daemon: listens, scrapes for whoever asks, and reloads. Throws `config` or `listen`, and leaves nothing open. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { logger, version } = options;
  const { web } = options.configuration;
  const state = { runtime: await createRuntime(toRuntimeOptions(options)), isReady: true };
  logWarnings(logger, state.runtime.warnings);
  const gate = createGate({ max: web.maxRequests, waitMs: QUEUE_WAIT_MS });
  const ownMetrics = createOwnMetrics({
    version,
    nodeVersion: options.nodeVersion,
    scrapesInFlight: () => gate.inFlight,
  });
  ownMetrics.observeReload(true, Date.now() / 1000);
  const reload = createReload(options, state, ownMetrics.observeReload);
  const report = createReporter(logger);
  const toTarget = ({ collector, forwardHeaders }: ScrapePlan): ScrapeTarget => ({
    forwardHeaders,
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
  const app = createServerApp({
    telemetryPath: web.telemetryPath,
    metrics: { ...route, findTarget: (query) => toTarget(state.runtime.planUpstream(query)) },
    probe: {
      ...route,
      findTarget: (query) => toTarget(state.runtime.planProbe(query)),
      renderDebug: renderDebugReport,
    },
    targets: () => state.runtime.configuration.targets,
    landing: () => describeForPeople(state.runtime.configuration, version),
    ownMetrics,
    isReady: () => state.isReady,
    configuration: () => renderConfiguration(state.runtime.configuration),
    reload: web.enableLifecycle ? reload : undefined,
  });
  const listeners = await listenOnAll(app, web).catch(async (thrown) => {
    await state.runtime.close();
    throw thrown;
  });
  return {
    urls: listeners.map((listener) => listener.url),
    reload,
    close: async () => {
      state.isReady = false;
      await Promise.all(listeners.map((listener) => listener.drain(web.drainTimeoutMs)));
      await state.runtime.close();
    },
  };
}

async function listenOnAll(app: Parameters<typeof listen>[0], web: Configuration['web']): Promise<readonly Listener[]> {
  const { maxConnections, readTimeoutMs, writeTimeoutMs } = web;
  const listeners: Listener[] = [];
  try {
    for (const address of web.listenAddresses) {
      listeners.push(await listen(app, { ...address, maxConnections, readTimeoutMs, writeTimeoutMs }));
    }
    return listeners;
  } catch (thrown) {
    await Promise.all(listeners.map((listener) => listener.drain(0)));
    throw thrown;
  }
}

/** A line for a failed scrape, and for what one drops, held back where the same was said within the minute. */
function createReporter(logger: Logger) {
  const failures = createFailureLog(logger, () => performance.now());
  return (url: URL, outcome: ScrapeOutcome): void => {
    const upstream = `${url.origin}${url.pathname}`;
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

function describeForPeople(configuration: Configuration, version: string) {
  const { upstream, module, modules, targets, web } = configuration;
  return {
    version,
    upstream: upstream.url?.href,
    module,
    passesCredentials: modules.get(module)?.request.httpClient.credential === undefined,
    modules: [...modules.keys()],
    targets: targets.map((target) => target.name),
    telemetryPath: web.telemetryPath,
    lifecycle: web.enableLifecycle,
  };
}

function createReload(
  options: ExporterOptions,
  state: { runtime: Runtime },
  observe: (successful: boolean, unixSeconds: number) => void,
): () => Promise<void> {
  const { logger } = options;
  let last: Promise<void> = Promise.resolve();
  const reloadNow = async () => {
    try {
      const configuration = await options.load();
      const next = await createRuntime({ ...toRuntimeOptions(options), configuration });
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

function toRuntimeOptions(options: ExporterOptions): RuntimeOptions {
  const onUnusableFiles = ({ message, hint }: ZxpError) => options.logger.warn(message, { hint });
  return { ...options, onUnusableFiles };
}

function logWarnings(logger: Logger, warnings: readonly Problem[]): void {
  for (const { where, message, hint } of warnings) logger.warn(message, { where, hint });
}

function warnOfRestart(logger: Logger, before: Configuration, after: Configuration): void {
  const changed = Object.entries(after.web)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(new Map(Object.entries(before.web)).get(key)))
    .map(([key]) => `web.${key}`);
  if (changed.length > 0)
    logger.warn('some settings take effect at the next start only', { settings: changed.join(' ') });
}
