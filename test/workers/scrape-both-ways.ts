import { readConfigFile } from '../../src/config/config-reader.js';
import { ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
import type { ScrapeLimits } from '../../src/model/limits.js';
import type { ExpositionFormat } from '../../src/model/metrics.js';
import type { DocumentRenderer } from '../../src/model/ports.js';
import type { ScrapeOutcome } from '../../src/model/scrape.js';
import type { ModuleRecipe } from '../../src/modules/module-recipe.js';
import { UpstreamCollector } from '../../src/scrape/collector.js';
import { LARGE_BODY_BYTES } from '../../src/scrape/placement.js';
import { createTranslator } from '../../src/translate/registry.js';
import type { TranslatorSpec } from '../../src/translate/translator-spec.js';
import type { Renderer } from '../../src/workers/pool.js';
import { findModule, usualLimits } from '../translate/mapping/scrape-document.js';

export const formats: readonly ExpositionFormat[] = [
  'text',
  'openmetrics',
  'openmetrics2-utf8',
  'protobuf',
  'text-dots',
];

export const zotRecipe: TranslatorSpec = {
  translator: 'zot',
  mapping: { format: 'json', decode: [], metrics: [], staticLabels: [], only: [], drop: [], isStrict: false },
  failIf: [],
  dialect: 'zxp',
};

/** The recipe of the only module of a config file. */
export function readRecipe(text: string, more: Partial<Parameters<typeof readConfigFile>[0]> = {}): ModuleRecipe {
  const file = readConfigFile({ name: 'zxp.yml', text, environment: {}, include: () => [], ...more });
  const { translator, mapping, failIf, pages, follow, discover } = findModule(file);
  return { translator, mapping, failIf, pages, follow, discover, dialect: file.dialect };
}

/** The document with as many blanks behind it as make it a large one. */
export function enlarge(document: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(document), Buffer.alloc(LARGE_BODY_BYTES + 1, ' ')]);
}

interface Way {
  readonly recipe: TranslatorSpec;
  readonly format: ExpositionFormat;
  readonly limits?: Partial<ScrapeLimits>;
  /** In this thread where there is none. */
  readonly render?: DocumentRenderer;
}

export interface WayOut {
  readonly bytes: Buffer;
  readonly chunks: number;
  /** All that is said of the scrape, with the drops as plain data. */
  readonly outcome: Omit<ScrapeOutcome, 'drops' | 'trace' | 'fetched'> & { readonly drops: unknown };
}

/** Scrapes an upstream that answers 200 with a document. The clock stands still. */
export async function scrapeOneWay(document: Uint8Array, way: Way): Promise<WayOut> {
  const { recipe, format, limits, render } = way;
  const collector = new UpstreamCollector({
    url: new URL('http://upstream.test/'),
    client: async () => ({ statusCode: 200, body: new Uint8Array(document) }),
    translator: await createTranslator(recipe),
    render,
    limits: { ...usualLimits, ...limits },
    timeoutMs: 30_000,
    now: () => 0,
  });
  const registry = new ScrapeRegistry(collector);
  const { trace, fetched, drops, ...outcome } = await registry.gather({ format });
  const chunks: Buffer[] = [];
  for await (const chunk of registry.write(format)) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), chunks: chunks.length, outcome: { ...outcome, drops: drops.record } };
}

/** The same scrape in this thread and by a renderer. */
export async function scrapeBothWays(
  document: Uint8Array,
  { render, ...way }: Way & { readonly render: Renderer['render'] },
): Promise<{ readonly here: WayOut; readonly there: WayOut }> {
  let rendered = 0;
  const countingRender: DocumentRenderer = (task, signal) => {
    rendered++;
    return render(task, signal);
  };
  const here = await scrapeOneWay(document, way);
  const there = await scrapeOneWay(document, { ...way, render: countingRender });
  if (rendered !== 1) throw new Error('the document is not large enough');
  return { here, there };
}
