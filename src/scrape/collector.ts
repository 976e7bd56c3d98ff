import { getHeapStatistics } from 'node:v8';
import { freeMemory, joinAndFree } from '../async/free-memory.js';
import { runSteps } from '../async/steps.js';
import { WritingCache } from '../exposition/placed-lines.js';
import { type Bytes, copyBytes, countBytes, listPieces } from '../model/bytes.js';
import type { CancellationSignal } from '../model/cancellation.js';
import { DropTally } from '../model/drops.js';
import { type FailureReason, failureReasons, toZxpError, type ZxpError } from '../model/errors.js';
import { FetchRecord } from '../model/fetch-record.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { ExpositionFormat } from '../model/metrics.js';
import type {
  DocumentRenderer,
  HeaderList,
  MonotonicClock,
  RenderTask,
  RequestIdentity,
  ResponseFacts,
  StaleResponses,
  Translator,
  UpstreamClient,
  UpstreamResponse,
} from '../model/ports.js';
import type { Collector, PreparedRequest, Scrape, ScrapeOutcome, ScrapeRequest, ScrapeTrace } from '../model/scrape.js';
import {
  createMasker,
  createOwnTextMasker,
  createUrlMasker,
  listSentSecrets,
  maskHeaders,
  maskUserinfo,
} from '../net/masking.js';
import { checkStatus, withCredentialHint } from './check-status.js';
import { startDeadline } from './deadline.js';
import { FormatSink } from './format-sink.js';
import { MemoryGuard, UNLIMITED } from './memory-guard.js';
import { describeOutcome, listFactNames } from './outcome-metrics.js';
import { LARGE_BODY_BYTES, workWhereItFits } from './placement.js';
import { readAndWrite, readDocument } from './translate-document.js';
import { limitSteps } from './work-limits.js';

/** What a collector needs, the same for every caller. */
export interface CollectorSpec {
  readonly url: URL;
  /** How to ask; a GET with the caller's headers alone where it is not said. */
  readonly request?: PreparedRequest;
  readonly client: UpstreamClient;
  readonly translator: Translator;
  /** Takes large documents, for callers who say the format; without it they block this thread. */
  readonly render?: DocumentRenderer | undefined;
  readonly limits: ScrapeLimits;
  /** What was learned of writing in earlier scrapes. */
  readonly cache?: WritingCache | undefined;
  /** Keeps good responses, where failures repeat them. */
  readonly stale?: StaleResponses | undefined;
  /** Milliseconds for the whole of a scrape; a caller may ask for less. */
  readonly timeoutMs: number;
  readonly now: MonotonicClock;
  /** Milliseconds since 1970, for uptimes. */
  readonly wallClock?: () => number;
  /** Parameters of `/probe`, for the expressions of the module. */
  readonly params?: ResponseFacts['params'];
  /** Finds parameters of `/probe` that nothing reads, for the debug view. */
  readonly findUnusedParams?: () => readonly string[];
}

const PLAIN_GET: PreparedRequest = { method: 'GET', headers: [], validStatusCodes: [], passesAuthorization: true };

/** A document that a scrape would translate, for another purpose than metrics. */
export interface FetchedDocument {
  readonly body: Uint8Array;
  readonly limits: ScrapeLimits;
  readonly response: ResponseFacts;
  readonly signal: CancellationSignal;
}

/** What a scrape learned, filled in as it goes on, so that a failure can still say how far it came. */
interface Progress {
  statusCode: number;
  readonly fetched: FetchRecord;
  request: RequestIdentity | undefined;
  /** Of the reply; its body is let go of as soon as it is translated. */
  response: { readonly headers: UpstreamResponse['headers']; readonly bytes: number } | undefined;
  details: ScrapeTrace['details'];
  /** Gives the memory of the response back: it is nobody else's. Undefined for one that is not, or is small. */
  release: UpstreamResponse['release'];
  /** What of the reply shows why the scrape failed. */
  evidence: string | undefined;
  /** The request for credentials that failed. */
  authRequest: ScrapeTrace['authRequest'];
}

/** Who reads the scrape: in which format, and within which time. */
interface Reader {
  readonly format: ScrapeRequest['format'];
  readonly signal: CancellationSignal;
  readonly limitMs: number;
  /** The failure whose families these are in place of. */
  readonly failure?: StaleFailure;
}

/** A failure, and how old what it repeats is. */
interface StaleFailure {
  readonly error: ZxpError;
  readonly ageSeconds: number;
}

const NO_HEADERS: HeaderList = [];

/** Of the requests of a fetch plan, in the debug view. */
const MAX_SHOWN_REQUESTS = 500;

/**
 * Asks one upstream on behalf of one caller. Immutable: `withHeaders` gives a clone for the caller of one request, and
 * nothing of one clone is in reach of another.
 */
export class UpstreamCollector implements Collector {
  readonly #spec: CollectorSpec;
  readonly #headers: HeaderList;

  constructor(spec: CollectorSpec, headers: HeaderList = NO_HEADERS) {
    this.#spec = spec;
    this.#headers = headers;
  }

  /** What is asked. */
  get url(): URL {
    return this.#spec.url;
  }

  /** A collector of the same upstream that sends these headers of the caller's, byte for byte. */
  withHeaders(headers: HeaderList): UpstreamCollector {
    return new UpstreamCollector(this.#spec, headers);
  }

  /** One scrape. A failure is families that say so; rejects only with `cancelled`, when the caller has left. */
  async collect(request: Omit<ScrapeRequest, 'headers'>): Promise<Scrape> {
    const { progress, limitMs, deadline } = this.#begin(request);
    try {
      const response = await this.#fetch({ signal: deadline.signal, limitMs }, progress);
      checkStatus(response.statusCode, this.#plan.validStatusCodes, this.#spec.url);
      const { signal } = deadline;
      // A body may be gone once a thread has translated it.
      const kept = this.#spec.stale === undefined ? response : { ...response, body: copyBytes(response.body) };
      const scrape = await this.#succeed(response, progress, { format: request.format, signal, limitMs });
      if (progress.request !== undefined) {
        this.#spec.stale?.keep(progress.request, kept, progress.fetched.ageSeconds ?? 0);
      }
      return scrape;
    } catch (thrown) {
      const error = withCredentialHint(toZxpError(thrown), this.#plan, this.#headers);
      return (await this.#repeatStale(error, progress, request)) ?? this.#fail(error, progress);
    } finally {
      deadline.clear();
      progress.release?.();
    }
  }

  /**
   * What `read` makes of the document that a scrape would translate, fetched as for a scrape. Rejects with a ZxpError that
   * has the reason where there is none.
   */
  async read<T>(
    request: Omit<ScrapeRequest, 'headers'>,
    read: (document: FetchedDocument) => T | PromiseLike<T>,
  ): Promise<T> {
    const { limits } = this.#spec;
    const { progress, limitMs, deadline } = this.#begin(request);
    const { signal } = deadline;
    try {
      const response = await this.#fetch({ signal, limitMs }, progress);
      checkStatus(response.statusCode, this.#plan.validStatusCodes, this.#spec.url);
      const facts = this.#describeResponse(response, { progress, limitMs });
      return await read({ body: joinAndFree(response.body), limits, response: facts, signal });
    } finally {
      deadline.clear();
      progress.release?.();
    }
  }

  #begin(request: Omit<ScrapeRequest, 'headers'>) {
    const { now, timeoutMs } = this.#spec;
    const progress: Progress = {
      statusCode: 0,
      fetched: new FetchRecord(now),
      request: undefined,
      response: undefined,
      details: [],
      release: undefined,
      evidence: undefined,
      authRequest: undefined,
    };
    const limitMs = Math.min(request.timeoutMs ?? timeoutMs, timeoutMs);
    return { progress, limitMs, deadline: startDeadline(limitMs, request.signal) };
  }

  get #plan(): PreparedRequest {
    return this.#spec.request ?? PLAIN_GET;
  }

  async #fetch({ signal, limitMs }: Pick<Reader, 'signal' | 'limitMs'>, progress: Progress): Promise<UpstreamResponse> {
    const { client, url, limits } = this.#spec;
    const { method, body, validStatusCodes } = this.#plan;
    const headers = mergeHeaders(this.#plan, this.#headers);
    const { fetched: record } = progress;
    const request = {
      url,
      method,
      headers,
      body,
      signal,
      maxBodyBytes: limits.bodyBytes,
      limitMs,
      validStatusCodes,
      record,
    };
    progress.request = request;
    const response = await client(request);
    progress.release = response.release;
    record.phases.enter('translate');
    progress.statusCode = response.statusCode;
    progress.response = { headers: response.headers, bytes: countBytes(response.body) };
    return response;
  }

  /** The families of a response; old ones where the reader has a failure, which is how the scrape ends then. */
  async #succeed(response: UpstreamResponse, progress: Progress, reader: Reader): Promise<Scrape> {
    const { translator, limits, render } = this.#spec;
    const { body } = response;
    const { format } = reader;
    const factNames = listFactNames(translator.upMetric);
    const facts = translator.usesResponse
      ? this.#describeResponse(response, { progress, limitMs: reader.limitMs })
      : undefined;
    const task = { body, limits, factNames, response: facts };
    return await workWhereItFits({
      bytes: countBytes(body),
      here: () => this.#translate(task, progress, reader),
      inThread:
        render === undefined || format === undefined
          ? undefined
          : () => this.#render({ ...task, format }, { render, reader, progress }),
    });
  }

  /** In this thread, in steps. */
  async #translate(task: Omit<RenderTask, 'format'>, progress: Progress, reader: Reader): Promise<Scrape> {
    const { translator, now, render } = this.#spec;
    const { format, signal } = reader;
    const timeLeftMs = findTimeLeft(progress, reader);
    const { work, beginStep } = limitSteps(now, { timeLeftMs, canMove: render !== undefined && format !== undefined });
    const heapBytes = countBytes(task.body) > LARGE_BODY_BYTES ? getHeapStatistics().heap_size_limit : undefined;
    const { body, limits, factNames, response } = task;
    const reading = { limits, factNames, response, translator, heapBytes, format, work };
    const { sinkBytes = Number.POSITIVE_INFINITY } = translator;
    const steps =
      format === undefined || countBytes(body) < sinkBytes
        ? readDocument(body, reading)
        : readAndWrite(body, { ...reading, ...this.#startWriting(format) });
    const read = await runSteps(steps, { signal, beginStep });
    if (progress.release !== undefined) freeBody(body);
    const { samples, drops, details } = read;
    progress.details = details;
    return this.#finish(read, toFound({ samples, drops }, reader.failure, progress), progress);
  }

  #startWriting(format: ExpositionFormat) {
    const { limits, cache = new WritingCache() } = this.#spec;
    const sink = new FormatSink({ format, limits, guard: new MemoryGuard(UNLIMITED), minRows: Infinity, cache });
    return { format, sink, cache };
  }

  /** In a thread of its own. */
  async #render(
    task: RenderTask,
    {
      render,
      reader,
      progress,
    }: { readonly render: DocumentRenderer; readonly reader: Reader; readonly progress: Progress },
  ): Promise<Scrape> {
    const { chunks, samples, drops, details } = await render(task, reader.signal);
    progress.details = details;
    return this.#finish(
      { families: [], written: chunks },
      toFound({ samples, drops }, reader.failure, progress),
      progress,
    );
  }

  #describeResponse(
    { statusCode, headers }: UpstreamResponse,
    { progress, limitMs }: { readonly progress: Progress; readonly limitMs: number },
  ): ResponseFacts {
    const { params = {} } = this.#spec;
    const timeLeftMs = findTimeLeft(progress, { limitMs });
    const ageMs = (progress.fetched.ageSeconds ?? 0) * 1000;
    const nowMs = this.#spec.wallClock?.();
    const receivedMs = nowMs === undefined ? undefined : nowMs - ageMs;
    return { statusCode, headers: headers?.() ?? [], params, timeLeftMs, receivedMs };
  }

  /**
   * The last good families in place of those that a failure kept from coming, where the module repeats them: never for a
   * caller whose credentials were refused, until they are good again. They are translated again, within a time of their own.
   */
  async #repeatStale(
    error: ZxpError,
    progress: Progress,
    { format, allowsStale = true, signal }: Omit<ScrapeRequest, 'headers'>,
  ): Promise<Scrape | undefined> {
    const { stale } = this.#spec;
    if (REFUSED.has(error.code) && progress.request !== undefined) stale?.forget(progress.request);
    if (stale === undefined || !allowsStale || NEVER_STALE.has(error.code) || progress.request === undefined) {
      return undefined;
    }
    const found = stale.find(progress.request);
    if (found === undefined) return undefined;
    const deadline = startDeadline(STALE_TRANSLATION_MS, signal);
    try {
      const limitMs = progress.fetched.phases.totalSeconds * 1000 + STALE_TRANSLATION_MS;
      const failure = { error, ageSeconds: found.ageSeconds };
      return await this.#succeed(found.response, progress, { format, signal: deadline.signal, limitMs, failure });
    } catch {
      return undefined;
    } finally {
      deadline.clear();
    }
  }

  #fail(error: ZxpError, progress: Progress): Scrape {
    if (error.code === 'cancelled') throw error;
    progress.evidence = error.evidence;
    progress.authRequest = error.authRequest;
    progress.statusCode = findStatus(error, progress);
    const { message, hint } = error;
    const outcome = { up: false, reason: toReason(error), message, hint, samples: 0, drops: new DropTally() };
    return this.#finish({ families: [] }, outcome, progress);
  }

  #finish(
    { families, written = [] }: Pick<Scrape, 'families' | 'written'>,
    found: Omit<ScrapeOutcome, 'statusCode' | 'durationSeconds' | 'trace'>,
    progress: Progress,
  ): Scrape {
    const { statusCode, fetched } = progress;
    fetched.phases.stop();
    const durationSeconds = fetched.phases.totalSeconds;
    const trace = () =>
      describeTrace(progress, { plan: this.#plan, unusedParams: this.#spec.findUnusedParams?.() ?? [] });
    const { up, reason, message, hint, samples, drops } = found;
    const outcome = { up, reason, message, hint, statusCode, durationSeconds, samples, drops, fetched, trace };
    const { upMetric } = this.#spec.translator;
    const facts = describeOutcome(outcome, upMetric);
    return { families: [...families, ...facts], written, factNames: listFactNames(upMetric), outcome };
  }
}

/**
 * Gives the memory of a body back that nobody reads any more, unless other bytes lie in it. Where documents are read in their bytes
 * there is little garbage, and V8 would find the memory by collections of the whole heap.
 */
function freeBody(body: Bytes): void {
  for (const piece of listPieces(body)) if (piece.byteLength === piece.buffer.byteLength) freeMemory(piece);
}

/** Milliseconds for the translation, when it begins. */
function findTimeLeft({ fetched }: Progress, { limitMs }: Pick<Reader, 'limitMs'>): number {
  return limitMs - fetched.phases.totalSeconds * 1000;
}

/** How long an old response may take to be translated once the time of the scrape is over. */
const STALE_TRANSLATION_MS = 1000;

/** Failures that say that the caller may no longer see what is kept. */
const REFUSED: ReadonlySet<string> = new Set(['unauthorized', 'forbidden']);

/** Failures after which nothing is repeated: the caller may no longer see it, or the scrape should never have been made. */
const NEVER_STALE: ReadonlySet<string> = new Set(['unauthorized', 'forbidden', 'blocked', 'cancelled', 'internal']);

/** How a scrape ended whose families are there: well, or with a failure that repeats old ones. */
function toFound(
  { samples, drops }: Pick<ScrapeOutcome, 'samples' | 'drops'>,
  failure: StaleFailure | undefined,
  progress: Progress,
): Omit<ScrapeOutcome, 'statusCode' | 'durationSeconds' | 'trace'> {
  if (failure === undefined) return { up: true, samples, drops };
  const { error, ageSeconds } = failure;
  progress.evidence = error.evidence;
  progress.authRequest = error.authRequest;
  progress.statusCode = findStatus(error, progress);
  progress.fetched.ageSeconds = ageSeconds;
  return { up: false, reason: toReason(error), message: error.message, hint: error.hint, samples, drops };
}

/** Failures of a request to which no response came. */
const NO_RESPONSE: ReadonlySet<string> = new Set([
  'dns',
  'connect',
  'tls',
  'timeout',
  'closed',
  'protocol',
  'blocked',
  'config',
]);

/** The status of the response that a failure is about: of a fetch plan, the last one that came before it. */
function findStatus(error: ZxpError, { statusCode, fetched }: Progress): number {
  if (error.statusCode !== undefined || statusCode !== 0 || NO_RESPONSE.has(error.code)) {
    return error.statusCode ?? statusCode;
  }
  return fetched.requests?.list.findLast((request) => request.statusCode !== 0)?.statusCode ?? 0;
}

/** Masks only now: few scrapes have somebody who wants to see it. */
function describeTrace(
  { statusCode, request, response, fetched, details, evidence, authRequest }: Progress,
  { plan, unusedParams }: { readonly plan: PreparedRequest; readonly unusedParams: readonly string[] },
): ScrapeTrace {
  const sent = request && { url: request.url, headers: fetched.sent ?? request.headers };
  // A server may repeat what it was sent, in any header and in its document.
  const list = fetched.requests?.list.slice(0, MAX_SHOWN_REQUESTS);
  const secrets = [
    ...(sent === undefined ? [] : listSentSecrets(sent, plan.secretParams)),
    ...(list ?? []).flatMap((each) => listSentSecrets({ url: each.url, headers: each.sent }, plan.secretParams)),
  ];
  const mask = createMasker(new Set(secrets), plan.secretParams);
  const maskOwnText = createOwnTextMasker(new Set(secrets));
  const maskSentUrl = createUrlMasker(new Set(secrets), plan.secretParams);
  return {
    request: request &&
      sent && { method: request.method ?? 'GET', url: maskSentUrl(sent.url.href), headers: maskHeaders(sent.headers) },
    credential: plan.credential,
    unusedParams,
    response: response && {
      statusCode,
      headers: (response.headers?.() ?? []).flatMap((header) =>
        // A media type is one word of a few: one that is a secret, too, stays.
        maskHeaders([header], header[0].toLowerCase() === 'content-type' ? maskOwnText : mask),
      ),
      bytes: response.bytes,
    },
    redirectedTo:
      list === undefined
        ? fetched.redirectedTo && mask(maskUserinfo(fetched.redirectedTo.href.replace(/#.*$/s, '')))
        : undefined,
    // All but the first are at URLs that documents have.
    requests: list?.map(({ url, sent: headers, ...rest }, i) => ({
      ...rest,
      url: (i === 0 ? maskSentUrl : mask)(url.href),
      headers: maskHeaders(headers),
    })),
    details,
    authRequest,
    evidence: evidence === undefined ? undefined : mask(evidence),
  };
}

/** The module's headers, and those of the caller's that may go along; the module's win. */
function mergeHeaders(plan: PreparedRequest, callerHeaders: HeaderList): HeaderList {
  if (plan.headers.length === 0 && plan.passesAuthorization) return callerHeaders;
  const own = new Set(plan.headers.map(([name]) => name.toLowerCase()));
  const passed = callerHeaders.filter(
    ([name]) => !own.has(name) && (plan.passesAuthorization || name !== 'authorization'),
  );
  return [...plan.headers, ...passed];
}

function toReason(error: ZxpError): FailureReason {
  return failureReasons.find((reason) => reason === error.code) ?? 'internal';
}
