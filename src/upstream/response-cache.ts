import { type SingleFlight, startSingleFlight } from '../async/single-flight.js';
import { ZxpError } from '../model/errors.js';
import type { FetchRecord } from '../model/fetch-record.js';
import type { MonotonicClock, UpstreamClient, UpstreamRequest, UpstreamResponse } from '../model/ports.js';
import { createFingerprint, type Fingerprint } from './fingerprint.js';
import { type Answer, ResponseStore } from './response-store.js';

/** How often one caller's question is asked at the most. */
export interface Interval {
  readonly minIntervalMs: number;
  /** What tells modules apart whose requests look the same: the name. */
  readonly scope: string;
}

/** Makes a client that asks no more often than an interval says. */
export type IntervalKeeper = (client: UpstreamClient, interval: Interval) => UpstreamClient;

export interface ResponseCacheOptions {
  readonly now: MonotonicClock;
  /** Of all the bodies that are kept. */
  readonly maxBytes: number;
}

/** A server that asks for a longer rest than this is asked again nevertheless. */
const MAX_REST_SECONDS = 3600;

/** Failures before a request could have been counted by anybody: they are not repeated. */
const UNCOUNTED: ReadonlySet<string> = new Set(['dns', 'connect', 'tls', 'blocked', 'internal', 'cancelled']);

/**
 * Keeps the last answer to each question, for the one who asked: a repeat within the interval gets it again, failures
 * too, and scrapes that come while it is asked wait for the same answer. A question is a URL, a method, a body and every
 * header; only an HMAC of it is kept, by a key that nobody else has. `Retry-After` makes the interval longer. Beyond
 * the bounds the answers that are the oldest go, and their questions are asked again.
 */
export function createResponseCache({ now, maxBytes }: ResponseCacheOptions): IntervalKeeper {
  const fingerprint = createFingerprint();
  const answers = new ResponseStore(maxBytes);
  const underWay = new Map<string, SingleFlight<Answer>>();

  const keep = (question: string, answer: Answer): Answer => {
    const { result } = answer;
    if (!(result instanceof ZxpError) || !UNCOUNTED.has(result.code)) answers.keep(question, answer, now());
    return answer;
  };
  return (client, { minIntervalMs, scope }) => {
    const ask = async (request: UpstreamRequest): Promise<Answer> => {
      const startMs = now();
      const result = await client(request).catch(takeFailure);
      return describe(result, request.record, { startMs, cameMs: now(), minIntervalMs });
    };
    const share = (question: string, request: UpstreamRequest): SingleFlight<Answer> => {
      const shared = startSingleFlight(async (signal) => {
        try {
          return keep(question, await ask({ ...request, signal }));
        } finally {
          if (underWay.get(question) === shared) underWay.delete(question);
        }
      });
      underWay.set(question, shared);
      return shared;
    };
    return async (request) => {
      const question = nameQuestion(request, scope, fingerprint);
      const kept = answers.find(question, now());
      if (kept !== undefined) return give(kept, request.record, now() - kept.cameMs);
      const known = underWay.get(question);
      const shared = known === undefined || known.isAbandoned ? share(question, request) : known;
      try {
        return give(await shared.join(request.signal), request.record, 0);
      } catch (thrown) {
        // The last one to wait could wait no longer: the upstream was asked all the same.
        const isTimeout = thrown instanceof ZxpError && thrown.code === 'timeout' && shared.isAbandoned;
        if (isTimeout) keep(question, describe(thrown, undefined, { startMs: now(), cameMs: now(), minIntervalMs }));
        throw thrown;
      }
    };
  };
}

/** A failure is an answer; what is no ZxpError is a mistake of zxp's own. */
function takeFailure(thrown: unknown): ZxpError {
  if (thrown instanceof ZxpError) return thrown;
  throw thrown;
}

function describe(
  result: Answer['result'],
  record: FetchRecord | undefined,
  times: { readonly startMs: number; readonly cameMs: number; readonly minIntervalMs: number },
): Answer {
  const { startMs, cameMs, minIntervalMs } = times;
  const { tls, retryAfterSeconds } = record ?? {};
  const restMs = Math.min(retryAfterSeconds ?? 0, MAX_REST_SECONDS) * 1000;
  return { result, tls, retryAfterSeconds, cameMs, untilMs: Math.max(startMs + minIntervalMs, cameMs + restMs) };
}

function nameQuestion({ url, method, headers, body }: UpstreamRequest, scope: string, name: Fingerprint): string {
  return name(scope, JSON.stringify([url.href, method, body, headers]));
}

/** The answer with its facts; its reader may do with the body as it likes. */
function give({ result, tls, retryAfterSeconds }: Answer, record: FetchRecord | undefined, ageMs: number) {
  if (record !== undefined) {
    record.ageSeconds = Math.round(ageMs) / 1000;
    record.tls = tls;
    record.retryAfterSeconds = retryAfterSeconds && Math.max(0, (retryAfterSeconds * 1000 - Math.round(ageMs)) / 1000);
  }
  if (result instanceof ZxpError) throw result;
  return { ...result, body: new Uint8Array(result.body) } satisfies UpstreamResponse;
}
