import type { RequestHandler, Response } from 'express';
import type { Semaphore } from '../../async/semaphore.js';
import { type Compression, hasZstd } from '../../exposition/compress.js';
import { negotiateCompression, negotiateFormat, rememberHeaders } from '../../exposition/negotiate.js';
import type { ScrapeRegistry } from '../../exposition/scrape-registry.js';
import { type FailureReason, toZxpError } from '../../model/errors.js';
import type { ExpositionFormat } from '../../model/metrics.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { ScrapeOutcome, ScrapeRequest } from '../../model/scrape.js';
import { isAuthorizationConsumed } from '../auth-middleware.js';
import { isFromOtherSite } from '../cross-site.js';
import { httpStatusOfCode } from '../http-status.js';
import { sendError, sendText } from '../reply.js';
import { joinHeader, readForwardedHeaders, readQuery, readScrapeTimeout } from '../request-headers.js';
import { noteLogFields, noteQuery } from '../request-log.js';
import { sendExposition } from '../send-exposition.js';
import { watchCaller } from '../watch-caller.js';

/** One scrape for one caller: a registry of its own, filled, and how it went. Rejects only with `cancelled`. */
export type ScrapeFunction = (request: ScrapeRequest) => Promise<{
  readonly registry: ScrapeRegistry;
  readonly outcome: ScrapeOutcome;
}>;

/** The settings of scrapes; read again for every request, as a reload may change them. */
export interface ScrapePolicy {
  readonly timeoutOffsetMs: number;
  /** Whether a failed scrape is an HTTP error. */
  readonly failStatus: boolean;
}

/** The target of one request, and which of the caller's headers go to it. */
export interface ScrapeTarget {
  /** For the log: the name of the target, or its URL without a query. */
  readonly name: string;
  readonly module: string;
  readonly scrape: ScrapeFunction;
  /** In lower case. */
  readonly forwardHeaders: readonly string[];
  /** Whether the caller's `Authorization` goes along; `isConsumed` says that zxp has checked it itself. */
  readonly forwardsAuthorization: (isConsumed: boolean) => boolean;
}

export interface MetricsRouteOptions {
  /** Finds the target for the query of a request. Throws `request` or `refused`. */
  readonly findTarget: (query: URLSearchParams) => ScrapeTarget;
  readonly policy: () => ScrapePolicy;
  readonly concurrency: Semaphore;
  /** The wait for a place counts as time of the scrape. */
  readonly now: MonotonicClock;
  readonly writeTimeoutMs: number;
  /** Gives the id of the next scrape, for its header, the log and the debug view. */
  readonly nextId: () => string;
  /** Told of every request that was rejected, or left by its caller. */
  readonly onRejected: (cause: ScrapeRejection) => void;
  /** The scrape step by step, for `debug=true`; undefined where a route has no such view. */
  readonly renderDebug: ((outcome: ScrapeOutcome) => string) | undefined;
}

/** Why a request for metrics did not become a scrape with a response. */
export type ScrapeRejection = 'request' | 'refused' | 'busy' | 'cancelled';

const ID_HEADER = 'x-zxp-scrape-id';

/** GET and HEAD of a target's metrics. */
export function metricsRoute(options: MetricsRouteOptions): RequestHandler {
  const findFormat = rememberHeaders(negotiateFormat);
  const findCompression = rememberHeaders((header) => negotiateCompression(header, hasZstd));
  return async (request, response) => {
    const caller = watchCaller(response);
    const id = options.nextId();
    response.setHeader(ID_HEADER, id);
    noteLogFields(response, { scrape: id });
    try {
      const query = readQuery(request);
      noteQuery(response, query);
      const target = options.findTarget(query);
      noteLogFields(response, { target: target.name, module: target.module });
      const forwardsAuthorization = target.forwardsAuthorization(isAuthorizationConsumed(response));
      // What a reader signed in with is not for what another site has the browser request.
      const headers = isFromOtherSite(request) ? [] : readForwardedHeaders(request.rawHeaders, target.forwardHeaders);
      const { timeoutOffsetMs } = options.policy();
      const timeoutMs = readScrapeTimeout(request.headers['x-prometheus-scrape-timeout-seconds'], timeoutOffsetMs);
      const arrivedMs = options.now();
      const leave = await options.concurrency.enter(caller);
      const isDebug = options.renderDebug !== undefined && query.get('debug') === 'true';
      const { accept, 'accept-encoding': acceptEncoding } = request.headers;
      const format = findFormat(accept);
      const compression = findCompression(joinHeader(acceptEncoding));
      try {
        const { registry, outcome } = await target.scrape({
          id,
          headers: forwardsAuthorization ? headers : headers.filter(([name]) => name !== 'authorization'),
          timeoutMs: timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (options.now() - arrivedMs)),
          signal: caller,
          format: isDebug ? 'text' : format,
          allowsStale: !options.policy().failStatus,
        });
        const { reason, up, samples } = outcome;
        noteLogFields(response, { up, reason, samples });
        if (isDebug) sendText(response, 200, `scrape ${id}\n\n${options.renderDebug(outcome)}`);
        else await send(response, options, { registry, outcome, format, compression, forwardsAuthorization });
      } finally {
        leave();
      }
    } catch (thrown) {
      reject(response, thrown, options);
    }
  };
}

async function send(
  response: Response,
  options: MetricsRouteOptions,
  scraped: Awaited<ReturnType<ScrapeFunction>> & {
    readonly format: ExpositionFormat;
    readonly compression: Compression;
    readonly forwardsAuthorization: boolean;
  },
): Promise<void> {
  const { registry, outcome, format, compression, forwardsAuthorization } = scraped;
  const fails = options.policy().failStatus && outcome.reason !== undefined;
  const status = fails ? toStatus(outcome.reason, forwardsAuthorization) : 200;
  // A 401 without a challenge is not HTTP; the upstream's own is not passed on.
  if (status === 401) response.setHeader('www-authenticate', 'Basic realm="upstream", charset="UTF-8"');
  await sendExposition(response, registry, { status, format, compression, writeTimeoutMs: options.writeTimeoutMs });
}

/** A 401 has the caller send other credentials; where none of theirs went upstream, those would be the wrong ones. */
function toStatus(reason: FailureReason, forwardsAuthorization: boolean): number {
  const status = httpStatusOfCode[reason];
  return status === 401 && !forwardsAuthorization ? 502 : status;
}

function reject(response: Response, thrown: unknown, options: MetricsRouteOptions): void {
  const { code, message } = toZxpError(thrown);
  noteLogFields(response, { cause: message });
  if (code === 'request' || code === 'refused' || code === 'busy' || code === 'cancelled') options.onRejected(code);
  sendError(response, thrown);
}
