import { createHash, timingSafeEqual } from 'node:crypto';
import type { Express, RequestHandler } from 'express';
import { createBareApp, lastResort, notFound, serveActing, serveReading } from './base-app.js';
import { rejectCrossSite } from './cross-site.js';
import { STYLE_PATH, styleRoute } from './pages/page.js';
import { sendText } from './reply.js';
import { listPlaygroundActions, listPlaygroundPages, type PlaygroundOptions } from './routes/playground.js';

export interface PlaygroundAppOptions {
  /** In front of every path: whoever knows it is the one who started the playground. */
  readonly token: string;
  /** What `Host` may say: the address, with its port. Anything else is a name that somebody has made lead here. */
  readonly hosts: () => readonly string[];
  readonly playground: PlaygroundOptions;
}

/** The playground by itself, on this machine alone. */
export function createPlaygroundApp({ token, hosts, playground }: PlaygroundAppOptions): Express {
  const app = createBareApp(() => NO_ACCESS_CONTROL);
  app.use(checkHost(hosts));
  app.use(takeToken(token));
  app.use(rejectCrossSite({ externalUrl: undefined }));
  const home: RequestHandler = (_request, response) => {
    response.setHeader('location', `/${token}/playground`);
    sendText(response, 302, 'see playground');
  };
  app.use(serveReading({ '/': home, [STYLE_PATH]: styleRoute, ...listPlaygroundPages(playground) }));
  app.use(serveActing(listPlaygroundActions(playground)));
  app.use(notFound(['/playground']));
  app.use(lastResort);
  return app;
}

const NO_ACCESS_CONTROL = {
  consumesAuthorization: false,
  headers: [],
  checkCertificate: undefined,
  authorize: undefined,
};

function checkHost(hosts: () => readonly string[]): RequestHandler {
  return ({ headers }, response, next) => {
    if (hosts().includes(headers.host ?? '')) return next();
    sendText(response, 403, 'error: unknown host name\nhint: open the URL that zxp playground printed');
  };
}

/** Takes the token from the path, and lets nothing without it pass. The time that it takes says nothing of the token. */
function takeToken(token: string): RequestHandler {
  const expected = digest(token);
  return (request, response, next) => {
    const [given = ''] = request.url.slice(1).split(/[/?]/, 1);
    if (!timingSafeEqual(digest(given), expected)) {
      return sendText(response, 403, 'error: token required\nhint: open the URL that zxp playground printed');
    }
    const rest = request.url.slice(1 + given.length);
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
    next();
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
