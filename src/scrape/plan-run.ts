import { joinAndFree } from '../async/free-memory.js';
import { ZxpError } from '../model/errors.js';
import type { PlanRequest, PlanRequests } from '../model/fetch-record.js';
import type { UpstreamClient, UpstreamRequest, UpstreamResponse } from '../model/ports.js';
import type { DocumentReader, DocumentReading, ReadTask } from '../model/read-task.js';
import { isWantedStatus } from '../model/status-code.js';
import { checkStatus } from './check-status.js';
import { checkNextUrl, explain } from './plan-failures.js';

/** A response whose body is in one piece. */
export interface WholeResponse extends UpstreamResponse {
  readonly body: Uint8Array;
}

/** The requests of one run of a plan, what they have in common and what they may take together. */
export class PlanRun {
  readonly request: UpstreamRequest;
  readonly requests: PlanRequests = { made: 0, failed: 0, list: [] };
  readonly #client: UpstreamClient;
  readonly #read: DocumentReader;
  #bytesLeft: number;

  constructor(request: UpstreamRequest, deps: { readonly client: UpstreamClient; readonly read: DocumentReader }) {
    this.request = request;
    this.#client = deps.client;
    this.#read = deps.read;
    this.#bytesLeft = request.maxBodyBytes;
    if (request.record !== undefined) request.record.requests = this.requests;
  }

  /** A request like the first one with another URL. Its status is not looked at. */
  fetchFirst(url: URL): Promise<WholeResponse> {
    return this.fetch({ ...this.request, url });
  }

  /** A request for what an upstream named. Throws `redirect`, before a connection is made, where its URL may not be requested. */
  async fetchNext(request: UpstreamRequest, what: string): Promise<WholeResponse> {
    checkNextUrl(this.request.url, request.url, what);
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

  isWanted({ statusCode }: UpstreamResponse): boolean {
    return isWantedStatus(statusCode, this.request.validStatusCodes ?? []);
  }

  /** What a task reads of a response, whose memory is given back, and its body. Throws as a DocumentReader does. */
  async read<Kind extends ReadTask['kind']>(
    { body, release }: WholeResponse,
    task: ReadTask & { readonly kind: Kind },
  ): Promise<DocumentReading<Kind>> {
    const { signal, record, limitMs = Number.POSITIVE_INFINITY } = this.request;
    try {
      const timeLeftMs = limitMs - (record?.phases.totalSeconds ?? 0) * 1000;
      return await this.#read<Kind>({ body, task, signal, timeLeftMs });
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

/** A response with another body, of which no memory is to be given back any more. */
export function withBody({ statusCode, headers }: WholeResponse, body: Uint8Array): WholeResponse {
  return { statusCode, body, ...(headers === undefined ? {} : { headers }) };
}
