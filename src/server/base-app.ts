import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import type { AccessControl } from '../auth/access-control.js';
import { createApplication } from './express-application.js';
import { sendError, sendText } from './reply.js';

/** Handlers by their paths. */
export type Routes = Readonly<Record<string, RequestHandler>>;

/** An app without routes that sets the headers of every response. */
export function createBareApp(access: () => AccessControl): Express {
  const app = createApplication();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(setHeaders(access));
  return app;
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

/** Takes the prefix from the path. The root leads to the page below the prefix, as in Prometheus; nothing else is there. */
export function stripPrefix(prefix: string, missing: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const { path } = request;
    if (prefix === '') return next();
    if (path === '/' || path === prefix) {
      response.setHeader('location', `${prefix}/`);
      return sendText(response, 302, `see ${prefix}/`);
    }
    if (!path.startsWith(`${prefix}/`)) return missing(request, response, next);
    request.url = request.url.slice(prefix.length);
    return next();
  };
}

const READ_METHODS = ['GET', 'HEAD'];
/** OPTIONS is what some load balancers check health with. */
const HEALTH_METHODS = [...READ_METHODS, 'OPTIONS'];
const ACT_METHODS = ['POST', 'PUT'];

/** Serves pages and metrics, each path literally: one from the configuration is no pattern. */
export function serveReading(routes: Routes): RequestHandler {
  return serve(routes, READ_METHODS);
}

/** Serves what changes something. */
export function serveActing(routes: Routes): RequestHandler {
  return serve(routes, ACT_METHODS);
}

/** Serves liveness and readiness. */
export function serveHealth(isReady: () => boolean): RequestHandler {
  const [healthy, ready] = [healthRoute(() => true), healthRoute(isReady)];
  return serve({ '/-/healthy': healthy, '/healthz': healthy, '/-/ready': ready, '/readyz': ready }, HEALTH_METHODS);
}

/** The paths of health that a hint names. */
export const HEALTH_PATHS = ['/-/healthy', '/-/ready'] as const;

function serve(routes: Routes, methods: readonly string[]): RequestHandler {
  const handlers = new Map(Object.entries(routes));
  const allow = methods.join(', ');
  return (request, response, next) => {
    const handler = handlers.get(request.path);
    if (handler === undefined) return next();
    if (methods.includes(request.method)) return handler(request, response, next);
    response.setHeader('allow', allow);
    return sendText(response, 405, `error: method not allowed\nhint: ${request.path} allows ${allow}`);
  };
}

function healthRoute(isGood: () => boolean): RequestHandler {
  return (request, response) => {
    if (request.method !== 'OPTIONS') {
      return sendText(response, isGood() ? 200 : 503, isGood() ? 'ok' : 'starting or shutting down');
    }
    response.setHeader('allow', HEALTH_METHODS.join(', '));
    return response.writeHead(204).end();
  };
}

/** zxp's own exposition. */
export interface OwnExposition {
  write(): Promise<string>;
  readonly contentType: string;
}

/** Serves zxp's own exposition. */
export function ownMetricsRoute(ownMetrics: OwnExposition): RequestHandler {
  return async (_request, response) => {
    response.setHeader('content-type', ownMetrics.contentType);
    response.end(await ownMetrics.write());
  };
}

/** `/-/reload`, where the lifecycle endpoints are on. */
export function listLifecycleRoutes(reload: (() => Promise<void>) | undefined): Routes {
  if (reload === undefined) return {};
  const handler: RequestHandler = async (_request, response) => {
    await reload();
    sendText(response, 200, 'configuration reloaded');
  };
  return { '/-/reload': handler };
}

/** Serves what no route did, and names those that there are. */
export function notFound(paths: readonly string[], prefix = ''): RequestHandler {
  const list = paths.map((path) => prefix + path).join('  ');
  return (_request, response) => sendText(response, 404, `error: not found\nhint: try one of  ${list}`);
}

/** Serves what a route threw. */
export const lastResort: ErrorRequestHandler = (thrown, _request, response, _next) => {
  sendError(response, thrown);
};
