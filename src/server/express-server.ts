import {
  createServer,
  IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from 'node:https';
import type { Express } from 'express';

/**
 * An HTTP server for an express app, at nearly the speed of a bare one. Express gives each request and response its
 * own prototypes, and changing the prototype of a live object makes V8 discard what it has optimised for it. Here both are made
 * with those prototypes from the start, so that express has nothing to change.
 */
export function createExpressServer(app: Express, options: ServerOptions): Server {
  return passExpectations(createServer({ ...options, ...adoptPrototypes(app) }, toListener(app)));
}

/** The same over TLS. */
export function createExpressTlsServer(app: Express, options: TlsServerOptions) {
  return passExpectations(createTlsServer({ ...options, ...adoptPrototypes(app) }, toListener(app)));
}

/** Node responds to an unknown `Expect` by itself, past the app; RFC 9110 (10.1.1) lets a server ignore one. */
function passExpectations<S extends Server>(server: S): S {
  return server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/**
 * An app sees paths alone. Of a whole URL (RFC 9112, 3.2.2) express takes the path with a parser that gives up on some: the
 * response would be express' own then, past all that the app does, and Node would print the URL.
 */
function toListener(app: Express): RequestListener {
  return (request, response) => {
    if (request.url?.startsWith('/') === false) request.url = toPath(request.url);
    app(request, response);
  };
}

function toPath(target: string): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/** The setting in which an app keeps the classes: its listeners share them. */
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
