import { isHeaderValue, isToken } from '../../model/header-syntax.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { ScrapeRequest } from '../protocol/messages.js';
import { makeScrapeReply, type ReplyLimits } from './scrape-reply.js';
import type { PendingReply, ScrapeContext } from './session.js';
import type { AgentScrapeOutcome, ServedPath, TargetResponse } from './target.js';

/** How one scrape went. `path` is empty where the agent has no such path. */
export interface AgentScrape {
  readonly path: string;
  readonly outcome: AgentScrapeOutcome;
  readonly statusCode: number;
  readonly reason: string | undefined;
  readonly durationMs: number;
}

export interface ScrapeHandlerOptions {
  readonly paths: () => ReadonlyMap<string, ServedPath>;
  readonly limits: ReplyLimits;
  readonly now: MonotonicClock;
  readonly onScrape: (scrape: AgentScrape) => void;
  /** A caller's credentials came with a request. */
  readonly onCredentials: () => void;
}

/** Makes the function that responds to the scrapes of one connection. */
export function createScrapeHandler(options: ScrapeHandlerOptions) {
  const { paths, limits, now } = options;
  return async (request: ScrapeRequest, context: ScrapeContext): Promise<PendingReply> => {
    const startedMs = now();
    const served = paths().get(request.path);
    if (request.authHeader !== '') options.onCredentials();
    const response = await respond(request, served, context);
    const url = request.debugEnabled ? (served?.describeUrl(request.encodedQueryParams) ?? '') : '';
    const reply = await makeScrapeReply(request, response, { limits, url });
    const scrape = {
      path: served?.path ?? '',
      outcome: response.outcome,
      statusCode: response.statusCode,
      reason: response.reason,
    };
    return {
      reply,
      sent: (isDelivered) => {
        response.release?.();
        const outcome = isDelivered ? scrape.outcome : 'undelivered';
        options.onScrape({ ...scrape, outcome, durationMs: now() - startedMs });
      },
    };
  };
}

async function respond(
  request: ScrapeRequest,
  served: ServedPath | undefined,
  { signal, isStopping }: ScrapeContext,
): Promise<TargetResponse> {
  const { accept, encodedQueryParams: query, authHeader: authorization } = request;
  if (isStopping) return failure(503, 'shutting_down', 'the agent is shutting down');
  if (served === undefined) return failure(404, 'unknown_path');
  const invalid = Object.entries({ accept, authorization }).find(([, value]) => !isHeaderValue(value));
  if (invalid !== undefined) return failure(400, 'invalid_request', `the ${invalid[0]} is not a header value`);
  if (query !== '' && !isToken(query)) return failure(400, 'invalid_request', 'the query is not percent-encoded');
  return served.fetch({ accept, query, authorization, signal });
}

/** A response without a target's: a status and, perhaps, the reason for it. */
export function failure(statusCode: number, outcome: AgentScrapeOutcome, reason?: string): TargetResponse {
  return { statusCode, contentType: '', body: new Uint8Array(), coding: 'identity', outcome, reason };
}
