import type { ConfigFile } from '../../../src/config/config-file.js';
import { readConfigFile } from '../../../src/config/config-reader.js';
import { ScrapeRegistry } from '../../../src/exposition/scrape-registry.js';
import type { Problem } from '../../../src/model/errors.js';
import type { ScrapeLimits } from '../../../src/model/limits.js';
import type { ModuleSpec } from '../../../src/model/module.js';
import type { Translator } from '../../../src/model/ports.js';
import type { ScrapeOutcome } from '../../../src/model/scrape.js';
import { UpstreamCollector } from '../../../src/scrape/collector.js';
import { type CompiledMapping, compileMapping } from '../../../src/translate/mapping/mapping.js';

/** The defaults. */
export const usualLimits: ScrapeLimits = {
  bodyBytes: 64 * 1024 * 1024,
  depth: 512,
  nodes: 2_500_000,
  series: 1_000_000,
  labels: 64,
  labelLength: 4096,
};

/** Reads a config file from memory. */
export function readConfig(text: string, more: Partial<Parameters<typeof readConfigFile>[0]> = {}): ConfigFile {
  return readConfigFile({ name: 'zxp.yml', text, environment: {}, include: () => [], ...more });
}

/** The module of a file that has one alone, or has this one. */
export function findModule(file: ConfigFile, name?: string): ModuleSpec {
  const module = name === undefined ? [...file.modules.values()][0] : file.modules.get(name);
  if (module === undefined) throw new Error(`there is no module ${name}`);
  return module;
}

/** What a list of metrics, as the YAML of a zxp file has it, compiles to, and every problem of both steps. */
export async function compileMetrics(
  metrics: string,
  more: { readonly module?: string; readonly isJsonExporter?: boolean } = {},
): Promise<CompiledMapping & { readonly problems: readonly Problem[] }> {
  const { isJsonExporter = false, module = '' } = more;
  const indented = metrics.replace(/^/gm, '      ');
  const start = isJsonExporter ? '' : 'module: m\n';
  const file = readConfig(`${start}modules:\n  m:\n${module.replace(/^(?=.)/gm, '    ')}\n    metrics:\n${indented}\n`);
  const compiled = await compileMapping(findModule(file).mapping, {
    dialect: isJsonExporter ? 'json_exporter' : 'zxp',
  });
  return { ...compiled, problems: [...file.problems, ...compiled.problems] };
}

/** The translator of metrics in which nothing is wrong. */
export async function translateBy(
  metrics: string,
  more: Parameters<typeof compileMetrics>[1] = {},
): Promise<Translator> {
  const { translator, problems, pathProblems } = await compileMetrics(metrics, more);
  const [problem] = [...problems, ...pathProblems];
  if (problem !== undefined) throw new Error(`${problem.where} ${problem.message}`);
  return translator;
}

export interface Scraped {
  readonly outcome: ScrapeOutcome;
  /** The exposition of the upstream's families: lines, those of HELP and TYPE too, without zxp's facts. */
  readonly lines: readonly string[];
  /** The lines that are samples. */
  readonly samples: readonly string[];
  /** How many samples were dropped, by cause. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Scrapes an upstream that answers 200 with this document, as the daemon does. */
export async function scrapeDocument(
  translator: Translator,
  document: string | Uint8Array,
  limits: Partial<ScrapeLimits> = {},
): Promise<Scraped> {
  const collector = new UpstreamCollector({
    url: new URL('http://upstream.test/'),
    client: async () => ({ statusCode: 200, body: Buffer.from(document) }),
    translator,
    limits: { ...usualLimits, ...limits },
    timeoutMs: 120_000,
    now: () => 0,
  });
  const registry = new ScrapeRegistry(collector);
  const outcome = await registry.gather({});
  const text = await registry.metrics();
  const lines = text.split('\n').filter((line) => line !== '' && !/^(# \w+ )?target_/.test(line));
  return { outcome, lines, samples: lines.filter((line) => !line.startsWith('#')), dropped: countDrops(outcome) };
}

function countDrops({ drops }: ScrapeOutcome): Readonly<Record<string, number>> {
  return Object.fromEntries(drops.examples.map(({ cause }) => [cause, drops.count(cause)]));
}
