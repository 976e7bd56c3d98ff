/** zxp's collector of zot's JSON as the daemon makes it: every limit has its default, and no check is off. */
import { importDist } from './dist.mjs';

const TIMEOUT_MS = 300_000;

/** Asks `source.client` for `source.url`. Only the time is longer than the default, for the largest documents. */
export async function createBenchCollector(source) {
  const { UpstreamCollector } = await importDist('scrape/collector.js');
  const { translators } = await importDist('translate/translators.js');
  const { loadConfiguration } = await importDist('config/load.js');
  const { limits, module } = loadConfiguration({ flags: new Map(), environment: {} });
  return new UpstreamCollector({
    ...source,
    translator: translators.get(module),
    limits,
    timeoutMs: TIMEOUT_MS,
    now: () => performance.now(),
  });
}
