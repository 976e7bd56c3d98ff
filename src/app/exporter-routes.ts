import { randomBytes } from 'node:crypto';
import type { Semaphore } from '../async/semaphore.js';
import type { Configuration } from '../config/load.js';
import { keepUntilRestart } from '../config/restart.js';
import { authenticatesClients, forwardsAuthorization } from '../model/credential-policy.js';
import type { DiscoveryObserver } from '../model/discovery.js';
import { toZxpError } from '../model/errors.js';
import type { ClusterHandle } from '../model/exporter.js';
import type { Logger } from '../model/ports.js';
import { renderDebugReport } from '../scrape/debug-report.js';
import { createHealthApp, createServerApp, type PagesOptions, type ServerAppOptions } from '../server/app.js';
import type { DiscoveryTarget } from '../server/routes/discover.js';
import type { ScrapeTarget } from '../server/routes/metrics.js';
import type { PlaygroundPool } from '../workers/playground-pool.js';
import type { Access } from './access.js';
import type { ExporterTelemetry } from './exporter-telemetry.js';
import { createPlayground, describePlayground, noPlaygroundTarget, toDocumentTarget } from './playground.js';
import type { ActiveState } from './reload.js';
import { createScraper, type PreparedDiscovery, type PreparedScrape } from './scrape-plans.js';
import { describeLanding, describeStatus, findPublicPrefix, offersLogin, type StatusSource } from './status.js';

/** What routes need of the options of an exporter. */
export interface AppOptions {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly cluster?: ClusterHandle;
  readonly version: string;
}

/** What is active, and whether zxp is to get requests. */
export interface ExporterState extends ActiveState {
  isReady: boolean;
}

/** What routes are made of. */
export interface AppParts {
  readonly state: ExporterState;
  readonly access: Access;
  readonly reload: () => Promise<void>;
  readonly telemetry: ExporterTelemetry;
  readonly concurrency: Semaphore;
  readonly playgroundPool: PlaygroundPool;
}

/** The routes, each with what it needs of the active state. */
export function createApps(options: AppOptions, parts: AppParts) {
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
  { configuration: { web } }: AppOptions,
  { state, telemetry, concurrency }: AppParts,
): Pick<ServerAppOptions, 'metrics' | 'probe' | 'discover'> & Pick<PagesOptions, 'scrape'> {
  const scrapeOnce = createScraper();
  const toTarget = (prepared: PreparedScrape): ScrapeTarget => ({
    name: prepared.target,
    module: prepared.module,
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
  const { collector, readTargets, target, module, isConfigured, forwardHeaders } = prepared;
  const about = { target, module, isConfigured, url: collector.url };
  return {
    name: target,
    module,
    forwardHeaders,
    forwardsAuthorization: (isConsumed) => forwardsAuthorization(prepared.forwarding, isConsumed),
    discover: async ({ headers, ...request }) => {
      const { id } = request;
      try {
        const result = await collector.withHeaders(headers).read(request, readTargets);
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
