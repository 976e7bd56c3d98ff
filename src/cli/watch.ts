import type { ScrapeSource, SourceScrape } from '../app/scrape-source.js';
import { listFamilySamples } from '../app/scrape-source.js';
import { CancellationSource } from '../async/cancellation.js';
import { callerLeft, toZxpError } from '../model/errors.js';
import { escapeControls } from '../net/control-characters.js';
import type { CliContext } from './context.js';
import type { Palette } from './palette.js';
import { describeOutcome, formatValue, listUpstreamSamples, nameSeries } from './table.js';

/** Of one scrape. */
const MAX_SHOWN_CHANGES = 50;

export interface WatchOptions {
  readonly intervalMs: number;
  readonly palette: Palette;
  /** Prints the first scrape. */
  readonly print: (scraped: SourceScrape) => Promise<void>;
}

/** Scrapes again and again until it is told to stop: the first scrape whole, of each other one what changed. */
export async function watchSource(context: CliContext, source: ScrapeSource, options: WatchOptions): Promise<void> {
  const stop = new CancellationSource();
  const stopped = context.stopped().then(() => stop.abort(callerLeft()));
  let previous: ReadonlyMap<string, number> | undefined;
  let isFirst = true;
  while (!stop.aborted) {
    const startMs = performance.now();
    const scraped = await scrapeUnlessStopped(source, stop);
    if (scraped === undefined) return;
    // A target that is down has no samples that could have changed: the next one is compared with the last good one.
    const current = scraped.outcome.up ? readValues(scraped) : undefined;
    if (isFirst) await options.print(scraped);
    else context.stdout.write(describeChanges(scraped, { previous, current, palette: options.palette }));
    if (scraped.failure !== undefined) context.stderr.write(`zxp: error: ${escapeControls(scraped.failure.message)}\n`);
    isFirst = false;
    previous = current ?? previous;
    await sleep(Math.max(0, startMs + options.intervalMs - performance.now()), stopped);
  }
}

async function scrapeUnlessStopped(source: ScrapeSource, stop: CancellationSource): Promise<SourceScrape | undefined> {
  try {
    return await source.scrape(stop);
  } catch (thrown) {
    if (toZxpError(thrown).code === 'cancelled') return undefined;
    throw thrown;
  }
}

function readValues({ registry }: SourceScrape): ReadonlyMap<string, number> {
  const samples = listUpstreamSamples(registry.families.flatMap(listFamilySamples));
  return new Map(samples.map((sample) => [nameSeries(sample), sample.value]));
}

interface Comparison {
  readonly previous: ReadonlyMap<string, number> | undefined;
  readonly current: ReadonlyMap<string, number> | undefined;
  readonly palette: Palette;
}

function describeChanges({ outcome }: SourceScrape, { previous, current, palette }: Comparison): string {
  const changes = current === undefined ? [] : listChanges(previous ?? new Map(), { current, palette });
  const shown = changes.slice(0, MAX_SHOWN_CHANGES);
  const rest = changes.length - shown.length;
  const count = changes.length === 0 ? 'nothing changed' : `${changes.length} changed`;
  const head = `${new Date().toISOString()} ${describeOutcome(outcome, palette)}${outcome.up ? `, ${count}` : ''}`;
  return `${[palette.dim('---'), head].join(' ')}\n${[...shown, ...(rest > 0 ? [`and ${rest} more`] : [])]
    .map((line) => `${line}\n`)
    .join('')}`;
}

function listChanges(
  previous: ReadonlyMap<string, number>,
  { current, palette }: { readonly current: ReadonlyMap<string, number>; readonly palette: Palette },
): readonly string[] {
  const changes: string[] = [];
  for (const [series, value] of current) {
    const before = previous.get(series);
    if (before === undefined) changes.push(`${palette.green('+')} ${series} ${formatValue(value)}`);
    else if (!Object.is(before, value)) changes.push(`${palette.yellow('~')} ${series} ${formatChange(before, value)}`);
  }
  for (const series of previous.keys()) if (!current.has(series)) changes.push(`${palette.red('-')} ${series}`);
  return changes;
}

/** `3 -> 5 (+2)`; no difference where there is none, as of infinities. */
function formatChange(before: number, value: number): string {
  const difference = value - before;
  // Fifteen digits: what a difference of two decimals has behind them is no part of it.
  const rounded = Number(difference.toPrecision(15));
  const sign = rounded > 0 ? '+' : '';
  const change = Number.isFinite(rounded) ? ` (${sign}${formatValue(rounded)})` : '';
  return `${formatValue(before)} -> ${formatValue(value)}${change}`;
}

function sleep(milliseconds: number, stopped: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    void stopped.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
