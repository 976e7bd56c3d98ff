import { Option } from 'commander';
import type { ScrapeSource, SourceScrape } from '../../app/scrape-source.js';
import { settingRows, settings } from '../../config/settings.js';
import { duration } from '../../config/values.js';
import { ZxpError } from '../../model/errors.js';
import { escapeControls } from '../../net/control-characters.js';
import type { Cli } from '../cli.js';
import type { CliContext } from '../context.js';
import { addSettingFlags, type Flags } from '../flags.js';
import { type AuthFlags, addAuthFlag, addHeaderFlags, type HeaderFlags, readHeaderFlags } from '../request-headers.js';

const printFormats = ['text', 'openmetrics', 'openmetrics2', 'protobuf', 'json', 'table'] as const;
type PrintFormat = (typeof printFormats)[number];

interface ScrapeFlags extends HeaderFlags, AuthFlags {
  readonly format: PrintFormat;
  readonly strict?: boolean;
  readonly watch?: string;
  readonly debug?: boolean;
}

/** The daemon's alone: they say nothing of one scrape. */
export const DAEMON_ONLY =
  /^(web|log)\.|^upstream(\.path)?$|fail-status$|timeout-offset$|^scrape\.(workers|coalesce)$|auto-reload$/;

/** A target is not to be requested more often than this. */
const MIN_WATCH_MS = 1000;

/** `zxp scrape NAME|URL|FILE|-`: one scrape, its exposition on stdout; exit code 1 when the target is down. */
export function addScrapeCommand({ program, context, run }: Cli): void {
  const command = program
    .command('scrape <SOURCE>')
    .usage('[FLAG...] NAME|URL|FILE|-')
    .description('Scrape a target, a URL or a document once and print the metrics.')
    .addOption(
      new Option('--format <FORMAT>', `How to print them: ${printFormats.join(', ')}.\ndefault text`)
        .choices(printFormats)
        .default('text'),
    )
    .addOption(new Option('--strict', 'Exit with 1 if any sample is dropped.'))
    .addOption(
      new Option('--watch <DURATION>', 'Scrape again and again, this far apart, and print what changed; 1s or more.'),
    )
    .addOption(new Option('--debug', 'Report the scrape step by step on standard error, secrets masked.'));
  addHeaderFlags(addAuthFlag(command));
  const rows = settingRows.filter(({ name }) => !DAEMON_ONLY.test(name));
  const readFlags = addSettingFlags(command, rows);
  command.action((_source: string, own: ScrapeFlags) => run(() => runScrape(context, own, readFlags())));
}

/** Gives the exit code. */
async function runScrape(context: CliContext, own: ScrapeFlags, flags: Flags): Promise<number> {
  const { withProgress } = await import('../progress.js');
  const [source = '-'] = flags.words;
  const intervalMs = readInterval(own, source);
  const opened = await open(context, { own, flags, source, isWatch: intervalMs !== undefined });
  for (const { where, message, hint } of opened.warnings) {
    const lines = [`warning: ${where}: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
    for (const line of lines) context.stderr.write(`zxp: ${escapeControls(line)}\n`);
  }
  try {
    if (intervalMs !== undefined) {
      const { watchSource } = await import('../watch.js');
      const { choosePalette } = await import('../palette.js');
      const palette = choosePalette(context.stdout, context.environment);
      await watchSource(context, opened, { intervalMs, palette, print: (scraped) => print(context, scraped, own) });
      return 0;
    }
    const scraped = await withProgress(context.stderr, `scraping ${opened.name}`, () => opened.scrape());
    if (own.debug === true) {
      const { describeScrape } = await import('../../app/scrape-source.js');
      context.stderr.write(describeScrape(scraped.outcome));
    }
    await print(context, scraped, own);
    return await finish(context, scraped, own);
  } finally {
    await opened.close();
  }
}

interface OpenOptions {
  readonly own: ScrapeFlags;
  readonly flags: Flags;
  readonly source: string;
  readonly isWatch: boolean;
}

async function open(context: CliContext, { own, flags, source, isWatch }: OpenOptions): Promise<ScrapeSource> {
  const { loadScrapeSettings } = await import('../settings-source.js');
  const { openSource } = await import('../../app/scrape-source.js');
  const configuration = await loadScrapeSettings(context, flags);
  return openSource({
    source,
    configuration,
    module: flags.values.get(settings.module.name)?.at(-1),
    auth: own.auth,
    headers: await readHeaderFlags(own),
    // Changes are found in families, and not in text.
    format: own.format === 'table' || isWatch ? 'json' : own.format,
    stdin: context.stdin,
    version: context.version,
    environment: context.environment,
  });
}

async function print(context: CliContext, scraped: SourceScrape, { format }: ScrapeFlags): Promise<void> {
  const { listFamilySamples, writeFamilies } = await import('../../app/scrape-source.js');
  if (format !== 'table') {
    for await (const chunk of writeFamilies(scraped.registry, format)) context.stdout.write(chunk);
    return;
  }
  const { choosePalette } = await import('../palette.js');
  const { renderTable } = await import('../table.js');
  const palette = choosePalette(context.stdout, context.environment);
  const samples = scraped.registry.families.flatMap(listFamilySamples);
  for (const chunk of renderTable(scraped, { samples, palette })) context.stdout.write(chunk);
}

/** Says what was dropped, and gives the exit code. Throws why the target is down. */
async function finish(context: CliContext, { outcome, failure }: SourceScrape, own: ScrapeFlags): Promise<number> {
  if (failure !== undefined) throw failure;
  const { listDropReasons, summarizeDrops } = await import('../report-drops.js');
  const summary = summarizeDrops(outcome);
  if (summary === undefined) return 0;
  const severity = own.strict === true ? 'error' : 'warning';
  // The debug view has the reasons already.
  const lines = own.debug === true ? [summary] : [summary, ...listDropReasons(outcome)];
  for (const line of lines) context.stderr.write(`zxp: ${severity}: ${escapeControls(line)}\n`);
  return own.strict === true ? 1 : 0;
}

/** Throws `usage` for a `--watch` that cannot be followed. */
function readInterval({ watch, format, strict, debug }: ScrapeFlags, source: string): number | undefined {
  if (watch === undefined) return undefined;
  const refuse = (message: string, hint?: string) => new ZxpError('usage', `--watch: ${message}`, { hint });
  const intervalMs = duration.read(watch);
  if (intervalMs === undefined || intervalMs < MIN_WATCH_MS) {
    throw refuse(`must be a duration of at least 1s such as 5s or 1m30s, not "${watch}"`);
  }
  if (source === '-')
    throw refuse('cannot be combined with standard input, which is read once', 'name a file or a URL');
  if (format !== 'text' && format !== 'table') throw refuse(`cannot be combined with --format ${format}`);
  if (strict === true) throw refuse('cannot be combined with --strict');
  if (debug === true) throw refuse('cannot be combined with --debug');
  return intervalMs;
}
