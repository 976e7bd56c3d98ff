import type { Express, RequestHandler } from 'express';
import type { AccessControl } from '../auth/access-control.js';
import { type AuthMiddlewareOptions, authenticateRequests } from './auth-middleware.js';
import {
  createBareApp,
  exactPaths,
  lastResort,
  listHealthRoutes,
  notFound,
  type OwnExposition,
  ownMetricsRoute,
  postOnly,
  reloadRoute,
} from './base-app.js';
import { type LandingFacts, renderLanding } from './pages/landing.js';
import { type MetricsRouteOptions, metricsRoute } from './routes/metrics.js';
import { type DiscoveredTarget, targetsRoute } from './routes/targets.js';

export interface ServerAppOptions {
  /** Who may come in; read anew for every request. */
  readonly guard: AuthMiddlewareOptions;
  readonly metrics: MetricsRouteOptions;
  /** `/probe`, for targets that the request names. */
  readonly probe: MetricsRouteOptions;
  /** The named targets, for Prometheus' HTTP service discovery. */
  readonly targets: () => readonly DiscoveredTarget[];
  readonly telemetryPath: string;
  readonly landing: () => LandingFacts;
  /** zxp's own exposition. */
  readonly ownMetrics: OwnExposition;
  /** Undefined once zxp has begun to shut down. */
  readonly isReady: () => boolean;
  /** The configuration in force as YAML, without secrets. */
  readonly configuration: () => Promise<string>;
  /** Loads the configuration again; undefined where the lifecycle endpoints are off. Throws what was wrong. */
  readonly reload: (() => Promise<void>) | undefined;
}

/** Every route of the daemon. */
export function createServerApp(options: ServerAppOptions): Express {
  const app = createBareApp(options.guard.access);
  const health = listHealthRoutes(options.isReady);
  app.use(exactPaths(health));
  app.use(authenticateRequests(options.guard));
  const routes: Readonly<Record<string, RequestHandler>> = {
    [options.telemetryPath]: metricsRoute(options.metrics),
    '/probe': metricsRoute(options.probe),
    '/': landingRoute(options.landing),
    '/-/targets': targetsRoute(options.targets),
    '/-/metrics': ownMetricsRoute(options.ownMetrics),
    '/-/config': configurationRoute(options.configuration),
  };
  app.use(exactPaths(routes));
  if (options.reload !== undefined) app.use(postOnly('/-/reload', reloadRoute(options.reload)));
  const paths = [
    ...Object.keys(routes),
    ...Object.keys(health),
    ...(options.reload === undefined ? [] : ['/-/reload']),
  ];
  app.use(notFound(paths));
  app.use(lastResort);
  return app;
}

/** What an agent serves of its own: health, its metrics, and the reload where it is on. */
export function createAgentApp(
  options: Pick<ServerAppOptions, 'guard' | 'ownMetrics' | 'isReady' | 'reload'>,
): Express {
  const app = createBareApp(options.guard.access);
  const health = listHealthRoutes(options.isReady);
  app.use(exactPaths(health));
  app.use(authenticateRequests(options.guard));
  const routes = { '/-/metrics': ownMetricsRoute(options.ownMetrics) };
  app.use(exactPaths(routes));
  if (options.reload !== undefined) app.use(postOnly('/-/reload', reloadRoute(options.reload)));
  app.use(notFound([...Object.keys(routes), ...Object.keys(health)]));
  app.use(lastResort);
  return app;
}

/** Liveness and readiness alone, for where nobody has to show anything. */
export function createHealthApp({ access, isReady }: { access: () => AccessControl; isReady: () => boolean }): Express {
  const app = createBareApp(access);
  const health = listHealthRoutes(isReady);
  app.use(exactPaths(health));
  app.use(notFound(Object.keys(health)));
  app.use(lastResort);
  return app;
}

function landingRoute(facts: () => LandingFacts): RequestHandler {
  return (_request, response) => {
    // Beside one that the operator set: both hold.
    response.appendHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(renderLanding(facts()));
  };
}

function configurationRoute(configuration: () => Promise<string>): RequestHandler {
  return async (_request, response) => {
    const text = await configuration();
    response.setHeader('content-type', 'text/yaml; charset=utf-8');
    response.end(text);
  };
}
