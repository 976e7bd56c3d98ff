import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { AccessControl } from '../auth/access-control.js';
import { sendError, sendText } from './reply.js';

/** An app without routes that sets the headers of every response. */
export function createBareApp(access: () => AccessControl): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(setHeaders(access));
  return app;
}

/** Liveness and readiness. */
export function listHealthRoutes(isReady: () => boolean): Readonly<Record<string, RequestHandler>> {
  return {
    '/-/healthy': healthRoute(() => true),
    '/healthz': healthRoute(() => true),
    '/-/ready': healthRoute(isReady),
    '/readyz': healthRoute(isReady),
  };
}

/** Serves each path literally, GET and HEAD; a path from the configuration is no pattern. */
export function exactPaths(routes: Readonly<Record<string, RequestHandler>>): RequestHandler {
  const handlers = new Map(Object.entries(routes));
  return (request, response, next) => {
    const handler = handlers.get(request.path);
    if (handler === undefined) return next();
    if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response, next);
    response.setHeader('allow', 'GET, HEAD');
    return sendText(response, 405, `error: ${request.path} answers GET and HEAD only`);
  };
}

/** Serves one path, POST and PUT. */
export function postOnly(path: string, handler: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.path !== path) return next();
    if (request.method === 'POST' || request.method === 'PUT') return handler(request, response, next);
    response.setHeader('allow', 'POST, PUT');
    return sendText(response, 405, `error: ${path} answers POST only\nhint: curl -X POST`);
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

function healthRoute(isGood: () => boolean): RequestHandler {
  return (_request, response) =>
    sendText(response, isGood() ? 200 : 503, isGood() ? 'ok' : 'starting or shutting down');
}

/** Loads the configuration again. */
export function reloadRoute(reload: () => Promise<void>): RequestHandler {
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

/** Answers what no route did, and names those that there are. */
export function notFound(paths: readonly string[]): RequestHandler {
  const list = paths.filter((path) => path !== '/healthz' && path !== '/readyz').join('  ');
  return (_request, response) => sendText(response, 404, `error: there is nothing here\nhint: try one of  ${list}`);
}

/** Answers what a route threw. */
export const lastResort: ErrorRequestHandler = (thrown, _request, response, _next) => {
  sendError(response, thrown);
};
