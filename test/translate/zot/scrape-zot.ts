import { FamilyMetric, ScrapeRegistry } from '../../../src/exposition/scrape-registry.js';
import type { ExpositionFormat, MetricFamily } from '../../../src/model/metrics.js';
import type { ScrapeOutcome } from '../../../src/model/scrape.js';
import { UpstreamCollector } from '../../../src/scrape/collector.js';
import { listFactNames } from '../../../src/scrape/outcome-metrics.js';
import { zotTranslator } from '../../../src/translate/zot/translate.js';

export const roomyLimits = {
  bodyBytes: 64 * 1024 * 1024,
  depth: 512,
  series: 1_000_000,
  labels: 64,
  labelLength: 4096,
  nodes: 2_500_000,
};

/** Scrapes an upstream that answers 200 with `body`; gives the upstream's families alone, without zxp's facts. */
export async function scrapeZot(
  body: Uint8Array,
): Promise<{ readonly families: readonly MetricFamily[]; readonly outcome: ScrapeOutcome }> {
  const collector = new UpstreamCollector({
    url: new URL('http://upstream.test/metrics'),
    client: async () => ({ statusCode: 200, body }),
    translator: zotTranslator,
    limits: roomyLimits,
    timeoutMs: 10_000,
    now: () => 0,
  });
  const { families, outcome } = await collector.collect({});
  const facts = new Set(listFactNames(zotTranslator.upMetric));
  return { families: families.filter(({ name }) => !facts.has(name)), outcome };
}

/** The whole exposition of these families. */
export async function expose(families: readonly MetricFamily[], format: ExpositionFormat): Promise<Buffer> {
  const registry = new ScrapeRegistry({ collect: () => Promise.reject(new Error('nothing to collect')) });
  for (const family of families) registry.registerMetric(new FamilyMetric(family));
  const chunks: Buffer[] = [];
  for await (const chunk of registry.write(format)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
