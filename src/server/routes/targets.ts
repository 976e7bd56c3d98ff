import type { RequestHandler } from 'express';

/** A named target as service discovery shows it. */
export interface DiscoveredTarget {
  readonly name: string;
  readonly module: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

export interface TargetsRouteOptions {
  readonly list: () => readonly DiscoveredTarget[];
  /** Where zxp is reached from outside; undefined for where the request came to. */
  readonly externalUrl: URL | undefined;
  /** Without an external URL: how zxp itself is reached. */
  readonly scheme: 'http' | 'https';
  readonly routePrefix: string;
}

/**
 * The named targets in the form of Prometheus' HTTP service discovery (`http_sd_configs`): each is scraped at /probe of
 * the external URL, or else of the host that the request came to, and carries its labels.
 */
export function targetsRoute({ list, externalUrl, scheme, routePrefix }: TargetsRouteOptions): RequestHandler {
  const isTls = externalUrl === undefined ? scheme === 'https' : externalUrl.protocol === 'https:';
  const prefix = externalUrl === undefined ? routePrefix : externalUrl.pathname.replace(/\/$/, '');
  return (request, response) => {
    const groups = list().map(({ name, module, labels }) => ({
      targets: [externalUrl === undefined ? (request.headers.host ?? '') : nameHost(externalUrl)],
      labels: {
        instance: name,
        ...Object.fromEntries(labels),
        // Prometheus takes http where nothing says otherwise.
        ...(isTls ? { __scheme__: 'https' } : {}),
        __metrics_path__: `${prefix}/probe`,
        __param_target: name,
        __param_module: module,
      },
    }));
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(`${JSON.stringify(groups, undefined, 2)}\n`);
  };
}

/** With the port, which Prometheus would choose by the scheme. */
function nameHost({ host, port, protocol }: URL): string {
  if (port !== '') return host;
  return `${host}:${protocol === 'https:' ? 443 : 80}`;
}
