import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from 'node:https';
import type { Express } from 'express';

/**
 * An HTTP server for an express app, at nearly the speed of a bare one. Express gives each request and response its
 * own prototypes, and changing the prototype of a live object makes V8 forget all it knows of it. Here both are made
 * with those prototypes from the start, so that express has nothing to change.
 */
export function createExpressServer(app: Express, options: ServerOptions): Server {
  return createServer({ ...options, ...adoptPrototypes(app) }, app);
}

/** The same over TLS. */
export function createExpressTlsServer(app: Express, options: TlsServerOptions) {
  return createTlsServer({ ...options, ...adoptPrototypes(app) }, app);
}

function adoptPrototypes(app: Express) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  Object.assign(app, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
