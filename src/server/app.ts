import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { AccessControl } from '../auth/access-control.js';
import { type AuthMiddlewareOptions, authenticateRequests } from './auth-middleware.js';
import { type LandingFacts, renderLanding } from './pages/landing.js';
import { sendError, sendText } from './reply.js';
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
  readonly ownMetrics: { write(): Promise<string>; readonly contentType: string };
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

/** Liveness and readiness alone, for where nobody has to show anything. */
export function createHealthApp({ access, isReady }: { access: () => AccessControl; isReady: () => boolean }): Express {
  const app = createBareApp(access);
  const health = listHealthRoutes(isReady);
  app.use(exactPaths(health));
  app.use(notFound(Object.keys(health)));
  app.use(lastResort);
  return app;
}

function createBareApp(access: () => AccessControl): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(setHeaders(access));
  return app;
}

function listHealthRoutes(isReady: () => boolean): Readonly<Record<string, RequestHandler>> {
  return {
    '/-/healthy': healthRoute(() => true),
    '/healthz': healthRoute(() => true),
    '/-/ready': healthRoute(isReady),
    '/readyz': healthRoute(isReady),
  };
}

/** Serves each path literally, GET and HEAD; a path from the configuration is no pattern. */
function exactPaths(routes: Readonly<Record<string, RequestHandler>>): RequestHandler {
  const handlers = new Map(Object.entries(routes));
  return (request, response, next) => {
    const handler = handlers.get(request.path);
    if (handler === undefined) return next();
    if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response, next);
    response.setHeader('allow', 'GET, HEAD');
    return sendText(response, 405, `error: ${request.path} answers GET and HEAD only`);
  };
}

function postOnly(path: string, handler: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.path !== path) return next();
    if (request.method === 'POST' || request.method === 'PUT') return handler(request, response, next);
    response.setHeader('allow', 'POST, PUT');
    return sendText(response, 405, `error: ${path} answers POST only\nhint: curl -X POST`);
  };
}

function landingRoute(facts: () => LandingFacts): RequestHandler {
  return (_request, response) => {
    // Beside one that the operator set: both hold.
    response.appendHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(renderLanding(facts()));
  };
}

function ownMetricsRoute(ownMetrics: ServerAppOptions['ownMetrics']): RequestHandler {
  return async (_request, response) => {
    response.setHeader('content-type', ownMetrics.contentType);
    response.end(await ownMetrics.write());
  };
}

function healthRoute(isGood: () => boolean): RequestHandler {
  return (_request, response) =>
    sendText(response, isGood() ? 200 : 503, isGood() ? 'ok' : 'starting or shutting down');
}

function configurationRoute(configuration: () => Promise<string>): RequestHandler {
  return async (_request, response) => {
    const text = await configuration();
    response.setHeader('content-type', 'text/yaml; charset=utf-8');
    response.end(text);
  };
}

function reloadRoute(reload: () => Promise<void>): RequestHandler {
  return async (_request, response) => {
    await reload();
    sendText(response, 200, 'the configuration was loaded again');
  };
}

/** zxp's own, and those of the web config file, which win. */
function setHeaders(access: () => AccessControl): RequestHandler {
  return (_request, response, next) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    for (const [name, value] of access().headers) response.setHeader(name, value);
    next();
  };
}

function notFound(paths: readonly string[]): RequestHandler {
  const list = paths.filter((path) => path !== '/healthz' && path !== '/readyz').join('  ');
  return (_request, response) => sendText(response, 404, `error: there is nothing here\nhint: try one of  ${list}`);
}

const lastResort: ErrorRequestHandler = (thrown, _request, response, _next) => {
  sendError(response, thrown);
};
