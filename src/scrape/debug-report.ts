import { dropCauses, MAX_DROP_EXAMPLES } from '../model/drops.js';
import type { HeaderList } from '../model/ports.js';
import type { ScrapeOutcome, ScrapeTrace } from '../model/scrape.js';

/** A scrape step by step as plain text: the request with its secrets masked, the reply's head, what became of each metric. */
export function renderDebugReport(outcome: ScrapeOutcome): string {
  const { trace } = outcome;
  const sections = [
    describeRequest(trace),
    describeReply(trace, outcome),
    describeMetrics(trace),
    describeDrops(outcome),
    describeEnd(outcome),
  ];
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}

function describeRequest(trace: ScrapeTrace | undefined): readonly string[] {
  if (trace?.request === undefined) return ['request: none was made'];
  const { method, url, headers } = trace.request;
  return [`request: ${method} ${url}`, ...listHeaders(headers)];
}

function describeReply(trace: ScrapeTrace | undefined, outcome: ScrapeOutcome): readonly string[] {
  if (trace?.response === undefined) return [`reply: none, after ${outcome.durationSeconds} s`];
  const { statusCode, headers, bytes } = trace.response;
  return [`reply: ${statusCode}, ${bytes} bytes decoded, after ${outcome.durationSeconds} s`, ...listHeaders(headers)];
}

function listHeaders(headers: HeaderList): readonly string[] {
  return headers.map(([name, value]) => `  ${name}: ${value}`);
}

function describeMetrics(trace: ScrapeTrace | undefined): readonly string[] {
  return (trace?.details ?? []).flatMap(({ name, where, path, elements, samples, failures }) => [
    `metric ${name} (${where})`,
    `  path ${path === '' ? '(empty)' : path}: ${elements} matched, ${samples} samples`,
    ...failures.map((failure) => `  not there: ${failure}`),
  ]);
}

function describeDrops({ drops }: ScrapeOutcome): readonly string[] {
  if (drops.total === 0) return [];
  const counts = dropCauses.filter((cause) => drops.count(cause) > 0).map((cause) => `${cause} ${drops.count(cause)}`);
  const examples = drops.examples.map(({ cause, where, message }) => `  ${cause}: ${where}: ${message}`);
  const isCut = drops.examples.length < drops.total && drops.examples.length >= MAX_DROP_EXAMPLES;
  const more = isCut ? `, of which the first ${MAX_DROP_EXAMPLES}:` : '';
  return [`dropped: ${drops.total} samples (${counts.join(', ')})${more}`, ...examples];
}

function describeEnd({ up, reason, message, hint, samples }: ScrapeOutcome): readonly string[] {
  if (up) return [`target_up 1, ${samples} samples`];
  return [`target_up 0, ${reason}: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
}
