import type { Sample, SourceScrape } from '../app/scrape-source.js';
import type { ScrapeOutcome } from '../model/scrape.js';
import { escapeControls } from '../net/control-characters.js';
import type { Palette } from './palette.js';

/** Wider cells move what is behind them in their own row only. */
const MAX_NAME_WIDTH = 60;
const MAX_VALUE_WIDTH = 24;
const ROWS_PER_CHUNK = 500;

/** Facts of the scrape, which the last line sums up. */
const FACT = /^target_(up$|scrape_|tls_)/;

/** The samples of a scrape that the upstream gave, without the facts of the scrape. */
export function listUpstreamSamples(samples: readonly Sample[]): readonly Sample[] {
  return samples.filter(({ name }) => !FACT.test(name));
}

/** The samples as a table with a last line about the scrape, in chunks. */
export function* renderTable(
  { outcome }: Pick<SourceScrape, 'outcome'>,
  { samples, palette }: { readonly samples: readonly Sample[]; readonly palette: Palette },
): Generator<string> {
  const rows = listUpstreamSamples(samples).map(toRow);
  const nameWidth = findWidth('METRIC', rows, ({ name }) => name.length, MAX_NAME_WIDTH);
  const valueWidth = findWidth('VALUE', rows, ({ value }) => value.length, MAX_VALUE_WIDTH);
  const line = (name: string, value: string, labels: string) =>
    `${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${labels}`.trimEnd();
  if (rows.length > 0) yield `${palette.bold(line('METRIC', 'VALUE', 'LABELS'))}\n`;
  for (let start = 0; start < rows.length; start += ROWS_PER_CHUNK) {
    const chunk = rows.slice(start, start + ROWS_PER_CHUNK);
    yield chunk.map(({ name, value, labels }) => `${line(name, value, labels)}\n`).join('');
  }
  yield `${rows.length > 0 ? '\n' : ''}${describeOutcome(outcome, palette)}\n`;
}

/** `up, HTTP 200, 12 samples, 1 dropped, 0.065 s`. */
export function describeOutcome(
  { up, reason, statusCode, samples, drops, durationSeconds }: ScrapeOutcome,
  palette: Palette,
): string {
  const state = up ? palette.green('up') : palette.red(`down (${reason})`);
  const status = statusCode === 0 ? [] : [`HTTP ${statusCode}`];
  const dropped = drops.total === 0 ? [] : [palette.yellow(`${drops.total} dropped`)];
  const count = `${samples} ${samples === 1 ? 'sample' : 'samples'}`;
  return [state, ...status, count, ...dropped, `${durationSeconds.toFixed(3)} s`].join(', ');
}

/** `name{label="value"}`, with nothing that a terminal would take for a command. */
export function nameSeries({ name, labels }: Sample): string {
  const list = listLabels(labels);
  return list === '' ? escapeControls(name) : `${escapeControls(name)}{${list}}`;
}

/** As the exposition has it. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function toRow(sample: Sample) {
  const { name, labels, value, timestampMs } = sample;
  const time = timestampMs === undefined ? '' : `  at ${formatTime(timestampMs)}`;
  return { name: escapeControls(name), value: formatValue(value), labels: `${listLabels(labels)}${time}` };
}

function formatTime(timestampMs: number): string {
  const date = new Date(timestampMs);
  return Number.isNaN(date.getTime()) ? `${timestampMs} ms` : date.toISOString();
}

function listLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${escapeControls(name)}=${escapeControls(JSON.stringify(value))}`)
    .join(', ');
}

function findWidth<T>(title: string, rows: readonly T[], measure: (row: T) => number, max: number): number {
  let width = title.length;
  for (const row of rows) width = Math.max(width, Math.min(measure(row), max));
  return width;
}
