import { countOf } from '../model/count.js';
import { dropCauses, MAX_DROP_EXAMPLES } from '../model/drops.js';
import { scrapePhases } from '../model/fetch-record.js';
import type { HeaderList } from '../model/ports.js';
import type { ScrapeOutcome, ScrapeTrace } from '../model/scrape.js';
import { parseUrl } from '../model/url.js';
import { escapeControls } from '../net/control-characters.js';
import { adviseRedirect } from '../net/redirect-hint.js';

/** A scrape step by step as plain text: the request with its secrets masked, the reply's head, what became of each metric. */
export function renderDebugReport(outcome: ScrapeOutcome): string {
  const trace = outcome.trace?.();
  const sections = [
    describeRequest(trace),
    describeRequests(trace, outcome),
    describeReply(trace, outcome),
    describeFetch(outcome),
    describeMetrics(trace),
    describeDrops(outcome),
    describeEnd(outcome, trace),
  ];
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.map(escapeControls).join('\n'));
  return `${texts.join('\n\n')}\n`;
}

function describeRequest(trace: ScrapeTrace | undefined): readonly string[] {
  if (trace?.request === undefined) return ['request: none was made'];
  const { method, url, headers } = trace.request;
  const own = trace.credential === undefined ? [] : [`  (credentials of the module: ${trace.credential})`];
  const { authRequest } = trace;
  const failed = authRequest && [`  (its credentials failed: ${authRequest.method} ${authRequest.url})`];
  const redirected = trace.redirectedTo === undefined ? [] : [`  (redirected to ${trace.redirectedTo})`];
  const notes = [...own, ...(failed ?? []), ...redirected, ...describeUnused(trace)];
  return [`request: ${method} ${url}`, ...listHeaders(headers), ...notes];
}

const MAX_SHOWN_NAMES = 10;
const MAX_SHOWN_NAME = 40;

/** A parameter that belongs to the target's own query, mostly, and was cut off from it. */
function describeUnused({ unusedParams = [] }: ScrapeTrace): readonly string[] {
  if (unusedParams.length === 0) return [];
  const names = unusedParams.slice(0, MAX_SHOWN_NAMES).map((name) => JSON.stringify(name.slice(0, MAX_SHOWN_NAME)));
  return [
    `  parameters of this request that nothing reads: ${names.join(', ')}`,
    '  (inside of target, encode & as %26)',
  ];
}

/** Of a fetch plan each request; the headers of the first one are those of all but for what changed. */
function describeRequests(trace: ScrapeTrace | undefined, { fetched }: ScrapeOutcome): readonly string[] {
  if (fetched?.requests === undefined) return [];
  const { made, failed } = fetched.requests;
  const list = trace?.requests ?? [];
  const lines = list.flatMap(({ method, url, statusCode, bytes, headers }, i) => {
    const result = statusCode === 0 ? 'no response' : `${statusCode}, ${bytes} bytes`;
    const changed = listHeaders(headers).filter(
      (line) => i === 0 || !listHeaders(list[i - 1]?.headers ?? []).includes(line),
    );
    return [`  ${i + 1}. ${method} ${url}: ${result}`, ...changed.map((line) => `   ${line}`)];
  });
  const rest = list.length > 0 && made > list.length ? [`  and ${made - list.length} more`] : [];
  return [`requests: ${made}${failed === 0 ? '' : `, of which ${failed} failed and were skipped`}`, ...lines, ...rest];
}

function describeReply(trace: ScrapeTrace | undefined, outcome: ScrapeOutcome): readonly string[] {
  if (trace?.response === undefined) {
    const received = outcome.statusCode === 0 ? 'none' : `${outcome.statusCode}, not read to its end`;
    return [`reply: ${received}, after ${outcome.durationSeconds} s`];
  }
  const { statusCode, headers, bytes } = trace.response;
  return [`reply: ${statusCode}, ${bytes} bytes decoded, after ${outcome.durationSeconds} s`, ...listHeaders(headers)];
}

/** Phases that took no time, as those of a connection that is used again, are left out. */
function describeFetch({ fetched }: ScrapeOutcome): readonly string[] {
  if (fetched === undefined) return [];
  const { phases, tls, ageSeconds = 0, repeatedBecause, retryAfterSeconds } = fetched;
  const spent = scrapePhases.filter((phase) => phases.seconds(phase) > 0);
  const times = spent.map((phase) => `${phase} ${phases.seconds(phase)} s`);
  const lines = times.length === 0 ? [] : [`time: ${times.join(', ')}`];
  const because = repeatedBecause === undefined ? '' : `; ${repeatedBecause}`;
  if (ageSeconds > 0 || because !== '')
    lines.push(`repeated: the upstream sent this response ${ageSeconds} s ago${because}`);
  if (tls?.expirySeconds !== undefined) {
    lines.push(`${tls.version}: its first certificate expires ${new Date(tls.expirySeconds * 1000).toISOString()}`);
  }
  if (retryAfterSeconds !== undefined) lines.push(`wants no further request for ${retryAfterSeconds} s`);
  return lines;
}

function listHeaders(headers: HeaderList): readonly string[] {
  return headers.map(([name, value]) => `  ${name}: ${value}`);
}

function describeMetrics(trace: ScrapeTrace | undefined): readonly string[] {
  return (trace?.details ?? []).flatMap(({ name, where, path, elements, samples, failures }) => [
    `metric ${name} (${where})`,
    `  path ${path === '' ? '(empty)' : path}: ${elements} matched, ${samples} sample${samples === 1 ? '' : 's'}`,
    ...failures.map((failure) => `  failed: ${failure}`),
  ]);
}

function describeDrops({ drops }: ScrapeOutcome): readonly string[] {
  if (drops.total === 0) return [];
  const counts = dropCauses.filter((cause) => drops.count(cause) > 0).map((cause) => `${cause} ${drops.count(cause)}`);
  const examples = drops.examples.map(({ cause, where, message }) => `  ${cause}: ${where}: ${message}`);
  const isCut = drops.examples.length < drops.total && drops.examples.length >= MAX_DROP_EXAMPLES;
  const more = isCut ? `, of which the first ${MAX_DROP_EXAMPLES}:` : '';
  return [`dropped: ${countOf(drops.total, 'sample')} (${counts.join(', ')})${more}`, ...examples];
}

function describeEnd(
  { up, reason, message, hint, samples }: ScrapeOutcome,
  trace: ScrapeTrace | undefined,
): readonly string[] {
  if (up) return [`target_up 1, ${countOf(samples, 'sample')}`];
  const evidence = trace?.evidence === undefined ? [] : [`found: ${trace.evidence}`];
  // This is the debug view that hints send to.
  const advice =
    (reason === 'redirect' ? adviseOnRedirect(trace) : undefined) ?? hint?.replace(/^the debug view shows [^;]*; /, '');
  return [`target_up 0, ${reason}: ${message}`, ...evidence, ...(advice === undefined ? [] : [`hint: ${advice}`])];
}

/** What its response says of a redirect that was not followed. */
function adviseOnRedirect(trace: ScrapeTrace | undefined): string | undefined {
  const { request, response, requests } = trace ?? {};
  const from = parseUrl(request?.url ?? '');
  if (from === undefined || response === undefined || requests !== undefined) return undefined;
  const location = response.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  return adviseRedirect(from, location) ?? 'it names no place to go to (Location): request it with curl -i';
}
