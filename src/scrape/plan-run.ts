import { getHeapStatistics } from 'node:v8';
import { joinAndFree } from '../async/free-memory.js';
import { runSteps } from '../async/steps.js';
import { refuseNextUrl } from '../model/credential-policy.js';
import { toZxpError, ZxpError } from '../model/errors.js';
import type { FetchPlan } from '../model/fetch-plan.js';
import type { PlanRequest, PlanRequests } from '../model/fetch-record.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { UpstreamClient, UpstreamRequest, UpstreamResponse } from '../model/ports.js';
import { isWantedStatus } from '../model/status-code.js';
import { nameOrigin } from '../net/local-url.js';
import { checkStatus } from './check-status.js';

/** What a document that is parsed in this thread may take of the heap: what becomes of it takes as much again. */
export function findParsingHeap(): number {
  return getHeapStatistics().heap_size_limit / 2;
}

/** A response whose body is in one piece. */
export interface WholeResponse extends UpstreamResponse {
  readonly body: Uint8Array;
}

/** The requests of one run of a plan, what they have in common and what they may take together. */
export class PlanRun {
  readonly request: UpstreamRequest;
  readonly requests: PlanRequests = { made: 0, failed: 0, list: [] };
  readonly #client: UpstreamClient;
  readonly #plan: FetchPlan;
  readonly #limits: ScrapeLimits;
  #bytesLeft: number;

  constructor(
    request: UpstreamRequest,
    deps: { readonly client: UpstreamClient; readonly plan: FetchPlan; readonly limits: ScrapeLimits },
  ) {
    this.request = request;
    this.#client = deps.client;
    this.#plan = deps.plan;
    this.#limits = deps.limits;
    this.#bytesLeft = request.maxBodyBytes;
    if (request.record !== undefined) request.record.requests = this.requests;
  }

  /** A request like the first one with another URL. Its status is not looked at. */
  fetchFirst(url: URL): Promise<WholeResponse> {
    return this.fetch({ ...this.request, url });
  }

  /** A request for what an upstream named. Throws `redirect`, before a connection is made, where its URL may not be requested. */
  async fetchNext(request: UpstreamRequest, what: string): Promise<WholeResponse> {
    this.checkUrl(request.url, what);
    let statusCode: number | undefined;
    try {
      const response = await this.fetch(request);
      statusCode = response.statusCode;
      checkStatus(statusCode, this.request.validStatusCodes ?? [], request.url);
      return response;
    } catch (thrown) {
      throw explain(thrown, what, statusCode);
    }
  }

  /** Throws `redirect` for a URL that may not have the credentials of the first request. */
  checkUrl(url: URL, what: string): void {
    const refusal = refuseNextUrl(this.request.url, url, nameOrigin);
    if (refusal === undefined) return;
    throw new ZxpError('redirect', `${what}: the upstream names ${refusal}`, {
      hint: 'pages and follow stay on the scheme, host and port of the target, with its credentials',
    });
  }

  isWanted({ statusCode }: UpstreamResponse): boolean {
    return isWantedStatus(statusCode, this.request.validStatusCodes ?? []);
  }

  /** The document of a response, whose memory is given back. Throws `decode` and `limit`. */
  async parse({ body, release }: UpstreamResponse, what: string): Promise<unknown> {
    try {
      const steps = this.#plan.parse(body, { limits: this.#limits, heapBytes: findParsingHeap() });
      return await runSteps(steps, { signal: this.request.signal, beginStep: () => undefined });
    } catch (thrown) {
      throw explain(thrown, what);
    } finally {
      release?.();
    }
  }

  async fetch(request: UpstreamRequest): Promise<WholeResponse> {
    request.signal.throwIfAborted();
    const { method = 'GET', url, record } = request;
    const noted: PlanRequest = { method, url, sent: request.headers, statusCode: 0, bytes: 0 };
    this.requests.made++;
    this.requests.list.push(noted);
    try {
      const response = await this.#client({ ...request, maxBodyBytes: Math.max(0, this.#bytesLeft) });
      noted.statusCode = response.statusCode;
      const body = joinAndFree(response.body);
      noted.bytes = body.length;
      this.#bytesLeft -= body.length;
      if (this.#bytesLeft < 0) throw this.#tooLarge();
      return { ...response, body };
    } catch (thrown) {
      if (thrown instanceof ZxpError && thrown.code === 'too_large') throw this.#tooLarge();
      if (thrown instanceof ZxpError) noted.statusCode = thrown.statusCode ?? 0;
      if (thrown instanceof ZxpError && thrown.code === 'limit') this.#takeBack(noted);
      throw thrown;
    } finally {
      noted.sent = record?.sent ?? noted.sent;
    }
  }

  /** Of a request that a request budget kept from being made. */
  #takeBack(noted: PlanRequest): void {
    this.requests.made--;
    this.requests.list.splice(this.requests.list.indexOf(noted), 1);
  }

  #tooLarge(): ZxpError {
    const { maxBodyBytes } = this.request;
    return new ZxpError('too_large', `the responses together are larger than ${maxBodyBytes} bytes`, {
      hint: 'raise limits.body_size, or have pages or follow request less',
    });
  }
}

/** The failure with the request that it is of; why it failed stays. Those of the scrape as a whole stay as they are. */
export function explain(thrown: unknown, what: string, statusCode?: number): ZxpError {
  const error = toZxpError(thrown);
  const { code, message, hint, evidence, cause } = error;
  if (code === 'cancelled' || code === 'timeout' || code === 'internal') return error;
  const status = error.statusCode ?? statusCode;
  return new ZxpError(code, `${what}: ${message}`, {
    cause,
    hint,
    evidence,
    ...(status === undefined ? {} : { statusCode: status }),
  });
}
