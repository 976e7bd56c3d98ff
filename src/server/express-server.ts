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

/** Under which an app keeps the classes: listeners of one app must agree on them. */
const SETTING = 'server classes';

function adoptPrototypes(app: Express): ReturnType<typeof makeClasses> {
  const known: ReturnType<typeof makeClasses> | undefined = app.get(SETTING);
  if (known !== undefined) return known;
  const classes = makeClasses(app);
  const prototypes = { request: classes.IncomingMessage.prototype, response: classes.ServerResponse.prototype };
  Object.assign(app, prototypes).set(SETTING, classes);
  return classes;
}

function makeClasses(app: Express) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
