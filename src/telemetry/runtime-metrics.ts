import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges of prom-client whose names end in `_total`, which Prometheus' linter reports; the same without it are kept. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** Adds prom-client's `process_*` and `nodejs_*` to a registry, but for gauges with the name of a counter. */
export function collectRuntimeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
