import { LruMap } from '../async/lru-map.js';
import { type SingleFlight, startSingleFlight } from '../async/single-flight.js';
import { ZxpError } from '../model/errors.js';
import type { FetchRecord, PlanRequests, TlsFacts } from '../model/fetch-record.js';
import type { MonotonicClock, UpstreamClient, UpstreamRequest, UpstreamResponse } from '../model/ports.js';
import { createFingerprint, type Fingerprint } from './fingerprint.js';
import { countBytes, type KeptResponse, keepResponse, repeatResponse } from './kept-response.js';
import { isBudgetRefusal } from './request-budget.js';

/** When identical requests of one module share a response. */
export interface SharingPolicy {
  /** What tells modules apart whose requests look the same: the name. */
  readonly scope: string;
  /** How long a response is repeated; undefined where each request is made. */
  readonly minIntervalMs: number | undefined;
  /** Whether the last response is repeated where a request budget is used up. */
  readonly hasBudget: boolean;
}

/** Makes a client whose identical requests share a response: those at the same time, and those that the policy names. */
export type ResponseSharing = (client: UpstreamClient, policy: SharingPolicy) => UpstreamClient;

export interface ResponseCacheOptions {
  readonly now: MonotonicClock;
  /** Of all that is kept: bodies, headers, and what it takes to find them again. */
  readonly maxBytes: number;
}

/** A response, or a failure, and what its record had. */
interface CachedResponse {
  readonly result: KeptResponse | ZxpError;
  readonly tls: TlsFacts | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Of a fetch plan, without the list. */
  readonly requests: PlanRequests | undefined;
  readonly receivedMs: number;
  /** Until when it is repeated. */
  readonly freshUntilMs: number;
  /** Of one that a request budget has repeated. */
  readonly repeatedBecause?: string;
}

const MAX_RESPONSES = 10_000;

/** A longer `Retry-After` than this is cut to it. */
const MAX_REST_SECONDS = 3600;

/**
 * Failures that no other caller may get: those of a request that the upstream could not have counted, and those made by the
 * caller's own deadline (`timeout`) or departure (`cancelled`).
 */
const UNSHARED: ReadonlySet<string> = new Set([
  'dns',
  'connect',
  'tls',
  'timeout',
  'blocked',
  'config',
  'internal',
  'cancelled',
]);

/**
 * Keeps the last response to each request, for the caller of it: a repeat within the interval gets it again, failures
 * too, and those that come while it is fetched wait for the same response. Requests are the same that have the same URL,
 * method, body and headers; of these only an HMAC is kept, by a key of this process. `Retry-After` makes the interval
 * longer. Beyond the bounds the responses go that were not used for the longest time.
 */
export function createResponseCache({ now, maxBytes }: ResponseCacheOptions): ResponseSharing {
  const fingerprint = createFingerprint();
  const weigh = ({ result }: CachedResponse) => countBytes(result instanceof ZxpError ? undefined : result);
  const cached = new LruMap<CachedResponse>(MAX_RESPONSES, { maxWeight: maxBytes, weigh });
  const underWay = new Map<string, SingleFlight<CachedResponse>>();

  return (client, { minIntervalMs, scope, hasBudget }) => {
    const isKept = minIntervalMs !== undefined || hasBudget;
    const fetch = async (key: string, request: UpstreamRequest): Promise<CachedResponse> => {
      const startMs = now();
      const result = await client(request).then(keepResponse, (thrown: unknown) => {
        const failure = toFailure(thrown);
        const last = isBudgetRefusal(failure) ? cached.get(key) : undefined;
        return last === undefined ? failure : { ...last, repeatedBecause: failure.message };
      });
      if ('receivedMs' in result) return result;
      const response = describe(result, request.record, { startMs, receivedMs: now(), minIntervalMs });
      const isShared = !(result instanceof ZxpError) || !(UNSHARED.has(result.code) || isBudgetRefusal(result));
      if (isKept && isShared) cached.set(key, response);
      return response;
    };
    // The time of the first caller is not that of those who wait with it: the signal ends when all of them have left.
    const share = (key: string, { limitMs: _, ...request }: UpstreamRequest): SingleFlight<CachedResponse> => {
      const shared = startSingleFlight((signal) =>
        fetch(key, { ...request, signal }).finally(() => {
          if (underWay.get(key) === shared) underWay.delete(key);
        }),
      );
      underWay.set(key, shared);
      return shared;
    };
    return async (request) => {
      const key = nameRequest(request, scope, fingerprint);
      const known = minIntervalMs === undefined ? undefined : cached.get(key);
      if (known !== undefined && known.freshUntilMs > now())
        return give(known, request.record, now() - known.receivedMs);
      const flight = underWay.get(key);
      const shared = flight === undefined || flight.isAbandoned ? share(key, request) : flight;
      const response = await shared.join(request.signal);
      return give(response, request.record, isKept ? Math.max(0, now() - response.receivedMs) : undefined);
    };
  };
}

/** A failure is shared as well, without what caused it: that may hold on to a connection. What is no ZxpError is a bug. */
function toFailure(thrown: unknown): ZxpError {
  if (!(thrown instanceof ZxpError)) throw thrown;
  if (isBudgetRefusal(thrown)) return thrown;
  const { code, message, hint, statusCode } = thrown;
  return new ZxpError(code, message, { hint, ...(statusCode === undefined ? {} : { statusCode }) });
}

function describe(
  result: CachedResponse['result'],
  record: FetchRecord | undefined,
  times: { readonly startMs: number; readonly receivedMs: number; readonly minIntervalMs: number | undefined },
): CachedResponse {
  const { startMs, receivedMs, minIntervalMs = 0 } = times;
  const { tls, retryAfterSeconds } = record ?? {};
  const requests = record?.requests && { ...record.requests, list: [] };
  const restMs = Math.min(retryAfterSeconds ?? 0, MAX_REST_SECONDS) * 1000;
  const freshUntilMs = Math.max(startMs + minIntervalMs, receivedMs + restMs);
  return { result, tls, retryAfterSeconds, requests, receivedMs, freshUntilMs };
}

function nameRequest({ url, method, headers, body }: UpstreamRequest, scope: string, name: Fingerprint): string {
  return name(scope, JSON.stringify([url.href, method, body, headers]));
}

/** The response with its facts, and its age where one may be repeated. */
function give(
  { result, tls, retryAfterSeconds, requests, repeatedBecause }: CachedResponse,
  record: FetchRecord | undefined,
  ageMs: number | undefined,
): UpstreamResponse {
  if (record !== undefined) {
    const age = Math.round(ageMs ?? 0);
    if (ageMs !== undefined) record.ageSeconds = age / 1000;
    record.repeatedBecause = repeatedBecause;
    record.tls = tls;
    // Whose scrape it was has them one by one; where its budget ended them, another document is given.
    record.requests = repeatedBecause === undefined ? (record.requests ?? requests) : requests;
    record.retryAfterSeconds = retryAfterSeconds && Math.max(0, (retryAfterSeconds * 1000 - age) / 1000);
  }
  if (result instanceof ZxpError) throw result;
  return repeatResponse(result);
}
