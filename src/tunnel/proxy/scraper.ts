import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { callerLeft, toZxpError } from '../../model/errors.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { ProxyScrapeAnswer, ProxyScrapeRequest } from '../../model/proxy.js';
import type { Agent } from './agent.js';
import { type Exposition, mergeExpositions, textFormatOf } from './merge-expositions.js';
import type { PathEntry } from './path-table.js';
import { explain, toAnswer } from './scrape-answer.js';
import { type AgentScrape, type ScrapeBroker, scrapeTimedOut } from './scrape-broker.js';

export interface ScraperOptions {
  readonly broker: ScrapeBroker;
  readonly maxTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly now: MonotonicClock;
  /** Why an agent may not have credentials; undefined where it may. */
  readonly refuseCredentials: (agent: Agent) => string | undefined;
  readonly onDuplicates: (count: number) => void;
}

/** Scrapes a path through its agents. Never rejects. */
export type PathScraper = (entry: PathEntry, request: ProxyScrapeRequest) => Promise<ProxyScrapeAnswer>;

/** Of all bodies that are merged into one, as a multiple of the limit for one. */
const MERGED_BODIES = 4;
const LINE_BREAK = /[\r\n\0]/;

/** A path of one agent is passed through; one of several is scraped from all of them, and the answers merged. */
export function createPathScraper(options: ScraperOptions): PathScraper {
  const { broker, maxTimeoutMs, maxBodyBytes } = options;

  const scrapeAgent = async (
    agent: Agent,
    scrape: AgentScrape,
    how: { signal: CancellationSignal; acceptsGzip: boolean },
  ) => {
    try {
      const reply = await broker.scrape(agent, scrape, how.signal);
      if ('head' in reply) agent.lastActiveMs = options.now();
      const { authorization } = scrape;
      return await toAnswer(reply, { maxBodyBytes, acceptsGzip: how.acceptsGzip, authorization });
    } catch (thrown) {
      const { code, message } = toZxpError(thrown);
      return explain(code === 'cancelled' ? 'cancelled' : 'timed_out', message);
    }
  };

  const scrapeAll = async (entry: PathEntry, scrape: AgentScrape, signal: CancellationSignal) => {
    const mergeable = { ...scrape, accept: withoutProtobuf(scrape.accept) };
    const answers = await Promise.all(
      entry.agents.map((agent) => scrapeAgent(agent, mergeable, { signal, acceptsGzip: false })),
    );
    return mergeAnswers(answers, { maxBytes: MERGED_BODIES * maxBodyBytes, onDuplicates: options.onDuplicates });
  };

  return async (entry, request) => {
    const scrape = {
      path: entry.path,
      accept: request.accept,
      query: encodeQuery(request.query),
      authorization: request.authorization,
    };
    if ([scrape.accept, scrape.query, scrape.authorization].some((text) => LINE_BREAK.test(text))) {
      return explain('invalid_request', 'a header or the query of the request has a line break');
    }
    const refusal = scrape.authorization === '' ? undefined : findRefusal(entry.agents, options.refuseCredentials);
    if (refusal !== undefined) return explain('credentials_refused', refusal);
    const deadline = startDeadline(Math.min(maxTimeoutMs, request.timeoutMs ?? maxTimeoutMs), request.signal);
    try {
      const [agent, ...others] = entry.agents;
      if (agent === undefined || others.length > 0) return await scrapeAll(entry, scrape, deadline.signal);
      return await scrapeAgent(agent, scrape, { signal: deadline.signal, acceptsGzip: request.acceptsGzip });
    } finally {
      deadline.clear();
    }
  };
}

function findRefusal(agents: readonly Agent[], refuse: ScraperOptions['refuseCredentials']): string | undefined {
  for (const agent of agents) {
    const reason = refuse(agent);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function startDeadline(timeoutMs: number, caller: CancellationSignal) {
  const signal = new CancellationSource();
  const leave = () => signal.abort(callerLeft());
  const timer = setTimeout(() => signal.abort(scrapeTimedOut(timeoutMs)), timeoutMs);
  if (caller.aborted) leave();
  else caller.addEventListener('abort', leave, { once: true });
  return {
    signal,
    clear: () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', leave);
    },
  };
}

/** The media types of an `Accept` that can be merged; a proxy cannot merge protobuf by its lines. */
function withoutProtobuf(accept: string): string {
  return accept
    .split(',')
    .filter((range) => !range.toLowerCase().includes('application/vnd.google.protobuf'))
    .join(',');
}

interface MergeOptions {
  /** Of all bodies together. */
  readonly maxBytes: number;
  readonly onDuplicates: (count: number) => void;
}

/** One answer of several: of those with status 200 all, of those without any the first. */
export async function mergeAnswers(
  answers: readonly ProxyScrapeAnswer[],
  options: MergeOptions,
): Promise<ProxyScrapeAnswer> {
  const [first, ...others] = answers
    .filter(({ status }) => status === 200)
    .sort((a, b) => Number(b.outcome === 'success') - Number(a.outcome === 'success'));
  if (first === undefined) return answers[0] ?? explain('agent_disconnected', 'no agent serves this path');
  if (others.length === 0) return first;
  const expositions = [first, ...others].flatMap(toExposition);
  if (expositions.reduce((sum, { bytes }) => sum + bytes, 0) > options.maxBytes) {
    return explain('payload_too_large', `the bodies of all agents are larger than ${options.maxBytes} bytes`);
  }
  const format = expositions.every((exposition) => exposition.format === 'openmetrics') ? 'openmetrics' : 'text';
  if (expositions.length === 0) return first;
  const { chunks, duplicates } = await mergeExpositions(expositions, format);
  if (duplicates > 0) options.onDuplicates(duplicates);
  const isFirstFormat = textFormatOf(first.contentType ?? '') === format;
  return {
    ...first,
    contentType: isFirstFormat ? first.contentType : 'text/plain; version=0.0.4; charset=utf-8',
    body: { form: 'plain', chunks, bytes: chunks.reduce((sum, { length }) => sum + length, 0) },
  };
}

function toExposition({ contentType = '', body }: ProxyScrapeAnswer): readonly (Exposition & { bytes: number })[] {
  const format = textFormatOf(contentType);
  return format === undefined || body.form === 'gzip' ? [] : [{ format, chunks: body.chunks, bytes: body.bytes }];
}

/**
 * The query of a scrape as the wire has it: form-encoded again, blanks as `+`, in the order in which it came. A name
 * without `=` is left out, as the original does.
 */
export function encodeQuery(query: string): string {
  return query
    .split('&')
    .filter((part) => part.includes('='))
    .flatMap((part) => [...new URLSearchParams(`&${part}`)])
    .map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`)
    .join('&');
}

function encodeForm(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
