import type { Express, RequestHandler } from 'express';
import type { DiscoveredPath, ProxyReport } from '../model/proxy.js';
import { type AuthMiddlewareOptions, authenticateRequests } from './auth-middleware.js';
import {
  createBareApp,
  lastResort,
  listLifecycleRoutes,
  type OwnExposition,
  ownMetricsRoute,
  serveActing,
  serveHealth,
  serveReading,
} from './base-app.js';
import { rejectCrossSite } from './cross-site.js';
import { PROXY_STYLE, renderProxyPage } from './pages/proxy-page.js';
import { logRequests, type RequestLog } from './request-log.js';
import { type TunnelScrapeOptions, tunnelScrapeRoute } from './routes/tunnel-scrape.js';

export interface ProxyAppOptions {
  /** Who may scrape; read again for every request. */
  readonly auth: AuthMiddlewareOptions;
  /** Where people reach the proxy by a name; undefined where nothing says it. */
  readonly externalUrl: URL | undefined;
  readonly scrape: TunnelScrapeOptions;
  /** Where the document for `http_sd_configs` is, without a slash; undefined where it is off. */
  readonly discoveryPath: string | undefined;
  readonly discover: (host: string) => readonly DiscoveredPath[];
  readonly report: () => ProxyReport;
  readonly version: string;
  readonly ownMetrics: OwnExposition;
  readonly isReady: () => boolean;
  /** Reads files again; undefined where the lifecycle endpoints are off. */
  readonly reload: (() => Promise<void>) | undefined;
  readonly requestLog: RequestLog;
}

/** What a proxy answers itself, besides the path of its discovery: no agent can register these. */
export const RESERVED_PATHS = ['-', 'healthz', 'readyz', 'favicon.ico'] as const;

/** The side of a proxy that Prometheus scrapes. */
export function createProxyApp(options: ProxyAppOptions): Express {
  const app = createBareApp(options.auth.access);
  app.use(logRequests(options.requestLog));
  app.use(serveHealth(options.isReady));
  app.use(authenticateRequests(options.auth));
  app.use(rejectCrossSite({ externalUrl: options.externalUrl }));
  app.use(
    serveReading({
      '/': pageRoute(options),
      '/-/style.css': styleRoute,
      '/-/metrics': ownMetricsRoute(options.ownMetrics),
      ...(options.discoveryPath === undefined
        ? {}
        : { [`/${options.discoveryPath}`]: discoveryRoute(options.discover) }),
    }),
  );
  app.use(serveActing(listLifecycleRoutes(options.reload)));
  app.use(tunnelScrapeRoute(options.scrape));
  app.use(lastResort);
  return app;
}

function pageRoute({ version, report, discoveryPath }: ProxyAppOptions): RequestHandler {
  return (_request, response) => {
    response.appendHeader(
      'content-security-policy',
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(renderProxyPage({ version, report: report(), discoveryPath }));
  };
}

const styleRoute: RequestHandler = (_request, response) => {
  response.setHeader('content-type', 'text/css; charset=utf-8');
  response.end(PROXY_STYLE);
};

function discoveryRoute(discover: ProxyAppOptions['discover']): RequestHandler {
  return (request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(`${JSON.stringify(discover(request.headers.host ?? ''), undefined, 2)}\n`);
  };
}
