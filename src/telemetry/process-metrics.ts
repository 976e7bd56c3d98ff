import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** Gauges of prom-client whose names end in `_total`, which Prometheus' linter reports; the same without it are kept. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** Adds prom-client's `process_*` and `nodejs_*` to a registry, but for gauges with the name of a counter. */
export function collectRuntimeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}

/** Adds `zxp_build_info`. */
export function createBuildInfo(
  registry: Registry,
  { version, nodeVersion }: { readonly version: string; readonly nodeVersion: string },
): void {
  new Gauge({
    name: 'zxp_build_info',
    help: 'A constant 1 with the version of zxp and of the Node that it runs on.',
    labelNames: ['version', 'node_version'],
    aggregator: 'first',
    registers: [registry],
  }).set({ version, node_version: nodeVersion }, 1);
}

/** The name of a metric and its help. */
export type MetricText = readonly [name: string, help: string];

/** Adds whether the last reload succeeded, and when one did. Gives what observes a reload. */
export function createReloadMetrics(
  registry: Registry,
  { successful, time }: { readonly successful: MetricText; readonly time: MetricText },
): (isSuccessful: boolean, unixSeconds: number) => void {
  // All processes read the same files; the one that lags behind is of interest.
  const create = ([name, help]: MetricText) => new Gauge({ name, help, aggregator: 'min', registers: [registry] });
  const [last, lastSuccess] = [create(successful), create(time)];
  return (isSuccessful, unixSeconds) => {
    last.set(isSuccessful ? 1 : 0);
    if (isSuccessful) lastSuccess.set(unixSeconds);
  };
}

/** The same for the configuration of an exporter or an agent. */
export function createConfigReloadMetrics(registry: Registry): (isSuccessful: boolean, unixSeconds: number) => void {
  return createReloadMetrics(registry, {
    successful: [
      'zxp_config_last_reload_successful',
      'Whether the last attempt to load the configuration succeeded: 1 if so, 0 if not.',
    ],
    time: ['zxp_config_last_reload_success_timestamp_seconds', 'When the active configuration was loaded.'],
  });
}
