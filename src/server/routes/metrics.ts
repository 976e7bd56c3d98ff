import type { Request, RequestHandler, Response } from 'express';
import type { Semaphore } from '../../async/semaphore.js';
import { type Compression, hasZstd } from '../../exposition/compress.js';
import { negotiateCompression, negotiateFormat, rememberHeaders } from '../../exposition/negotiate.js';
import type { ScrapeRegistry } from '../../exposition/scrape-registry.js';
import { type FailureReason, toZxpError } from '../../model/errors.js';
import type { ExpositionFormat } from '../../model/metrics.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { ScrapeOutcome, ScrapeRequest } from '../../model/scrape.js';
import { isAuthorizationTaken } from '../auth-middleware.js';
import { httpStatusOfCode } from '../http-status.js';
import { sendError, sendText } from '../reply.js';
import { joinHeader, readForwardedHeaders, readScrapeTimeout } from '../request-headers.js';
import { sendExposition } from '../send-exposition.js';
import { watchCaller } from '../watch-caller.js';

/** One scrape for one caller: a registry of its own, filled, and how it went. Rejects only with `cancelled`. */
export type ScrapeFunction = (request: ScrapeRequest) => Promise<{
  readonly registry: ScrapeRegistry;
  readonly outcome: ScrapeOutcome;
}>;

/** What a scrape goes by; read anew for every request, as a reload may change it. */
export interface ScrapePolicy {
  readonly timeoutOffsetMs: number;
  /** Whether a failed scrape is an HTTP error. */
  readonly failStatus: boolean;
}

/** What one request asks about: whom to scrape, and which of the caller's headers go along besides Authorization. */
export interface ScrapeTarget {
  readonly scrape: ScrapeFunction;
  /** In lower case. */
  readonly forwardHeaders: readonly string[];
  /** Whether it gets the caller's `Authorization` although that was for zxp's own door. */
  readonly forwardsVerified: boolean;
}

export interface MetricsRouteOptions {
  /** Finds the target for the query of a request. Throws `request` or `refused`. */
  readonly findTarget: (query: URLSearchParams) => ScrapeTarget;
  readonly policy: () => ScrapePolicy;
  readonly gate: Semaphore;
  /** The wait for a place counts as time of the scrape. */
  readonly now: MonotonicClock;
  readonly writeTimeoutMs: number;
  /** Told of every request that was refused, or left by its caller. */
  readonly onRefused: (cause: RefusalCause) => void;
  /** The scrape step by step, for `debug=true`; undefined where a route has no such view. */
  readonly renderDebug: ((outcome: ScrapeOutcome) => string) | undefined;
}

export type RefusalCause = 'request' | 'refused' | 'busy' | 'cancelled';

/** GET and HEAD of a target's metrics. */
export function metricsRoute(options: MetricsRouteOptions): RequestHandler {
  const findFormat = rememberHeaders(negotiateFormat);
  const findCompression = rememberHeaders((header) => negotiateCompression(header, hasZstd));
  return async (request, response) => {
    const caller = watchCaller(response);
    try {
      const query = readQuery(request);
      const target = options.findTarget(query);
      const keepsAuthorization = isAuthorizationTaken(response) && !target.forwardsVerified;
      const headers = readForwardedHeaders(request.rawHeaders, target.forwardHeaders);
      const { timeoutOffsetMs } = options.policy();
      const timeoutMs = readScrapeTimeout(request.headers['x-prometheus-scrape-timeout-seconds'], timeoutOffsetMs);
      const arrivedMs = options.now();
      const leave = await options.gate.enter(caller);
      const isDebug = options.renderDebug !== undefined && query.get('debug') === 'true';
      const { accept, 'accept-encoding': acceptEncoding } = request.headers;
      const format = findFormat(accept);
      const compression = findCompression(joinHeader(acceptEncoding));
      try {
        const { registry, outcome } = await target.scrape({
          headers: keepsAuthorization ? headers.filter(([name]) => name !== 'authorization') : headers,
          timeoutMs: timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (options.now() - arrivedMs)),
          signal: caller,
          format: isDebug ? 'text' : format,
        });
        if (isDebug) sendText(response, 200, options.renderDebug(outcome));
        else await answer(response, options, { registry, outcome, format, compression, keepsAuthorization });
      } finally {
        leave();
      }
    } catch (thrown) {
      refuse(response, thrown, options);
    }
  };
}

async function answer(
  response: Response,
  options: MetricsRouteOptions,
  scraped: Awaited<ReturnType<ScrapeFunction>> & {
    readonly format: ExpositionFormat;
    readonly compression: Compression;
    readonly keepsAuthorization: boolean;
  },
): Promise<void> {
  const { registry, outcome, format, compression, keepsAuthorization } = scraped;
  const fails = options.policy().failStatus && outcome.reason !== undefined;
  const status = fails ? toStatus(outcome.reason, keepsAuthorization) : 200;
  // A 401 without a challenge is no HTTP; what the upstream said in its own stays there.
  if (status === 401) response.setHeader('www-authenticate', 'Basic realm="upstream", charset="UTF-8"');
  await sendExposition(response, registry, { status, format, compression, writeTimeoutMs: options.writeTimeoutMs });
}

/** A 401 asks the caller for other credentials; where none of theirs went upstream, that would be the wrong ones. */
function toStatus(reason: FailureReason, keepsAuthorization: boolean): number {
  const status = httpStatusOfCode[reason];
  return status === 401 && keepsAuthorization ? 502 : status;
}

function refuse(response: Response, thrown: unknown, options: MetricsRouteOptions): void {
  const { code } = toZxpError(thrown);
  if (code === 'request' || code === 'refused' || code === 'busy' || code === 'cancelled') options.onRefused(code);
  sendError(response, thrown);
}

/** The parameters of the URL, decoded. */
function readQuery(request: Request): URLSearchParams {
  const start = request.url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : request.url.slice(start + 1));
}
