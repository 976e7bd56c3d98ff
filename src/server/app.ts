import type { Express, RequestHandler } from 'express';
import type { AccessControl } from '../auth/access-control.js';
import { type AuthMiddlewareOptions, authenticateRequests } from './auth-middleware.js';
import {
  createBareApp,
  HEALTH_PATHS,
  lastResort,
  listLifecycleRoutes,
  notFound,
  type OwnExposition,
  ownMetricsRoute,
  type Routes,
  serveActing,
  serveHealth,
  serveReading,
  stripPrefix,
} from './base-app.js';
import { type BrowserPolicy, rejectCrossSite } from './cross-site.js';
import type { LandingFacts } from './pages/landing.js';
import { STYLE_PATH, styleRoute } from './pages/page.js';
import type { StatusFacts } from './pages/status-page.js';
import { logRequests, type RequestLog } from './request-log.js';
import { type DiscoverRouteOptions, discoverRoute } from './routes/discover.js';
import { type MetricsRouteOptions, metricsRoute } from './routes/metrics.js';
import { listPlaygroundActions, listPlaygroundPages, type PlaygroundOptions } from './routes/playground.js';
import { landingRoute, statusRoute } from './routes/status.js';
import { type TargetsRouteOptions, targetsRoute } from './routes/targets.js';

export interface ServerAppOptions {
  /** In front of every path: empty, or `/zxp`. */
  readonly routePrefix: string;
  readonly auth: AuthMiddlewareOptions;
  /** What browsers of other sites may not do. */
  readonly browsers: BrowserPolicy;
  readonly metrics: MetricsRouteOptions;
  /** `/probe`, for targets that the request names. */
  readonly probe: MetricsRouteOptions;
  /** `/discover`, for targets that a document names. */
  readonly discover: DiscoverRouteOptions;
  /** The named targets, for Prometheus' HTTP service discovery. */
  readonly targets: TargetsRouteOptions;
  readonly telemetryPath: string;
  /** The links at `/`, where there is no status page. */
  readonly landing: () => LandingFacts;
  /** What people look at; undefined where it is turned off. */
  readonly pages: PagesOptions | undefined;
  /** zxp's own exposition. */
  readonly ownMetrics: OwnExposition;
  /** False before the start is complete, and from the beginning of the shutdown. */
  readonly isReady: () => boolean;
  /** The active configuration as YAML, without secrets. */
  readonly configuration: () => Promise<string>;
  /** Reloads the configuration; undefined where the lifecycle endpoints are off. Throws what was wrong. */
  readonly reload: (() => Promise<void>) | undefined;
  /** Logs every request where the active configuration asks for it. */
  readonly requestLog: RequestLog;
}

/** The status page, and what its buttons do. */
export interface PagesOptions {
  readonly status: () => Promise<StatusFacts>;
  /** `/-/scrape`, for a target of the configuration. */
  readonly scrape: MetricsRouteOptions;
  readonly playground: PlaygroundOptions;
}

/** Every route of the daemon. */
export function createServerApp(options: ServerAppOptions): Express {
  const { routePrefix, pages } = options;
  const read: Routes = {
    [options.telemetryPath]: metricsRoute(options.metrics),
    '/probe': metricsRoute(options.probe),
    '/discover': discoverRoute(options.discover),
    '/': pages === undefined ? landingRoute(options.landing) : statusRoute(pages.status),
    '/-/targets': targetsRoute(options.targets),
    '/-/metrics': ownMetricsRoute(options.ownMetrics),
    '/-/config': configurationRoute(options.configuration),
  };
  const act = {
    ...listLifecycleRoutes(options.reload),
    ...(pages === undefined ? {} : { '/-/scrape': metricsRoute(pages.scrape) }),
  };
  const playground = pages === undefined ? [] : ['/playground'];
  const named = [...Object.keys(read), ...playground, ...HEALTH_PATHS, ...Object.keys(act)];
  const missing = notFound(named, routePrefix);
  const app = createBareApp(options.auth.access);
  app.use(logRequests(options.requestLog));
  app.use(stripPrefix(routePrefix, missing));
  app.use(serveHealth(options.isReady));
  app.use(authenticateRequests(options.auth));
  app.use(rejectCrossSite(options.browsers));
  app.use(serveReading({ ...read, [STYLE_PATH]: styleRoute }));
  app.use(serveActing(act));
  if (pages !== undefined) {
    app.use(serveReading(listPlaygroundPages(pages.playground)));
    app.use(serveActing(listPlaygroundActions(pages.playground)));
  }
  app.use(missing);
  app.use(lastResort);
  return app;
}

/** What an agent serves of its own: health, its metrics, and the reload where it is on. */
export function createAgentApp(
  options: Pick<ServerAppOptions, 'auth' | 'ownMetrics' | 'isReady' | 'reload' | 'requestLog'>,
): Express {
  const read = { '/-/metrics': ownMetricsRoute(options.ownMetrics) };
  const act = listLifecycleRoutes(options.reload);
  const app = createBareApp(options.auth.access);
  app.use(logRequests(options.requestLog));
  app.use(serveHealth(options.isReady));
  app.use(authenticateRequests(options.auth));
  app.use(rejectCrossSite({ externalUrl: undefined }));
  app.use(serveReading(read));
  app.use(serveActing(act));
  app.use(notFound([...Object.keys(read), ...HEALTH_PATHS, ...Object.keys(act)]));
  app.use(lastResort);
  return app;
}

/** Liveness and readiness alone, without access control. */
export function createHealthApp(options: {
  readonly access: () => AccessControl;
  readonly isReady: () => boolean;
  readonly routePrefix?: string;
}): Express {
  const { routePrefix = '' } = options;
  const missing = notFound(HEALTH_PATHS, routePrefix);
  const app = createBareApp(options.access);
  app.use(stripPrefix(routePrefix, missing));
  app.use(serveHealth(options.isReady));
  app.use(missing);
  app.use(lastResort);
  return app;
}

function configurationRoute(configuration: () => Promise<string>): RequestHandler {
  return async (_request, response) => {
    const text = await configuration();
    response.setHeader('content-type', 'text/yaml; charset=utf-8');
    response.end(text);
  };
}
