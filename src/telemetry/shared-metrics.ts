import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { collectRuntimeMetrics } from './process-metrics.js';

/** The metrics of a daemon that is several processes. */
export interface SharedMetrics {
  countRestart(): void;
  /** One exposition of what `OwnMetrics.collect` gave in each worker, and of the process that started them. */
  write(collected: readonly unknown[]): Promise<string>;
}

/** Counters and histograms are sums over the processes; each gauge names its own aggregation (`aggregator`). */
export function createSharedMetrics(input: { readonly workers: () => number }): SharedMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectRuntimeMetrics(registry);
  new Gauge({
    name: 'zxp_workers',
    help: 'Running worker processes; absent where --web.workers is 1.',
    registers,
    collect() {
      this.set(input.workers());
    },
  });
  const restarts = new Counter({
    name: 'zxp_worker_restarts_total',
    help: 'Worker processes that ended and were restarted; absent where --web.workers is 1.',
    registers,
  });
  return {
    countRestart: () => restarts.inc(),
    write: async (collected) => {
      // This process serves no request: of Node's own metrics, only those of the workers mean something.
      const own = (await registry.getMetricsAsJSON()).filter(({ name }) => !name.startsWith('nodejs_'));
      const lists = [own, ...collected.filter(isList)].map((list) => list.map(keepOldest));
      return AggregatorRegistry.aggregate(lists).metrics();
    },
  };
}

function isList(value: unknown): value is readonly object[] {
  return Array.isArray(value);
}

/** prom-client leaves out what cannot be summed: the start of the process. That of zxp is the one of the first. */
function keepOldest(metric: object): object {
  return 'aggregator' in metric && metric.aggregator === 'omit' ? { ...metric, aggregator: 'min' } : metric;
}
