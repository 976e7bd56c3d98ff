import { listSamples, type Sample } from '../../src/exposition/samples.js';
import { UpstreamCollector } from '../../src/scrape/collector.js';
import { checkFile } from '../docs/mapping-pages.js';

/** What becomes of a document with the module of a file. */
export interface Tried {
  /** Problems and warnings of the file, why the scrape failed, and what it dropped. */
  readonly complaints: readonly string[];
  /** Their names, labels and values, without those of zxp's own. */
  readonly samples: readonly Sample[];
}

const limits = {
  bodyBytes: 64 * 1024 * 1024,
  depth: 512,
  nodes: 2_500_000,
  series: 1_000_000,
  labels: 64,
  labelLength: 4096,
};

/** Loads a file as `zxp check` does, and translates a document with its one module as a scrape does. */
export async function tryMapping(yaml: string, text: string): Promise<Tried> {
  const { problems, warnings, modules, configuration } = await checkFile(yaml);
  const found = [...problems, ...warnings].map(({ where, message }) => `${where}: ${message}`);
  const [name = ''] = configuration?.modules.keys() ?? [];
  const module = modules.get(name);
  if (module === undefined) return { complaints: [...found, 'there is no module'], samples: [] };
  const body = new TextEncoder().encode(text);
  const collector = new UpstreamCollector({
    url: new URL('file:///'),
    client: async () => ({ statusCode: 200, body }),
    translator: module.translator,
    limits,
    timeoutMs: 60_000,
    now: () => performance.now(),
    wallClock: Date.now,
  });
  const complaints = [...found];
  const samples: Sample[] = [];
  // OpenMetrics takes names that text does not; without a format there are families.
  for (const format of ['text', 'openmetrics', undefined] as const) {
    const { families, outcome, factNames } = await collector.collect({ format });
    if (!outcome.up) complaints.push(`down: ${outcome.message}`);
    for (const { cause, where, message } of format === undefined ? [] : outcome.drops.examples)
      complaints.push(`dropped by ${format}: ${cause}: ${where}: ${message}`);
    if (format !== undefined) continue;
    const own = new Set(factNames);
    for (const family of families) {
      if (own.has(family.name) || family.name.startsWith('target_')) continue;
      samples.push(...listSamples(family));
    }
  }
  return { complaints, samples };
}
