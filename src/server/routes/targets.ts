import type { RequestHandler } from 'express';

/** A named target as service discovery shows it. */
export interface DiscoveredTarget {
  readonly name: string;
  readonly module: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

/**
 * The named targets in the form of Prometheus' HTTP service discovery (`http_sd_configs`): each is asked at /probe of
 * the host that the request came to, and carries its labels.
 */
export function targetsRoute(targets: () => readonly DiscoveredTarget[]): RequestHandler {
  return (request, response) => {
    const groups = targets().map(({ name, module, labels }) => ({
      targets: [request.headers.host ?? ''],
      labels: {
        instance: name,
        ...Object.fromEntries(labels),
        __metrics_path__: '/probe',
        __param_target: name,
        __param_module: module,
      },
    }));
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(`${JSON.stringify(groups, undefined, 2)}\n`);
  };
}
