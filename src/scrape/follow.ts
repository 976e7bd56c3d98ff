import { CancellationSource } from '../async/cancellation.js';
import { skipByteOrderMark } from '../model/bytes.js';
import { type ErrorCode, toZxpError, ZxpError } from '../model/errors.js';
import type { FollowPlan } from '../model/fetch-plan.js';
import { FetchRecord } from '../model/fetch-record.js';
import type { UpstreamRequest, UpstreamResponse } from '../model/ports.js';
import type { FollowReading } from '../model/read-task.js';
import { type PlanRun, type WholeResponse, withBody } from './plan-run.js';

/** What one follow-up request may do wrong where `on_error` is `skip`: all but limits, the deadline and other origins. */
const SKIPPED: ReadonlySet<ErrorCode> = new Set([
  'dns',
  'connect',
  'tls',
  'closed',
  'protocol',
  'unauthorized',
  'forbidden',
  'status',
  'encoding',
  'decode',
]);

/** What is about a body: the follow-up requests have none. */
const BODY_HEADER = /^content-/i;

/**
 * The first document with the responses to a request for each of its elements, under a key of their own. Every URL is
 * looked at before the first of them is requested. Throws what the first failure was.
 */
export async function fetchChildren(run: PlanRun, plan: FollowPlan, first: WholeResponse): Promise<UpstreamResponse> {
  const { record, url } = run.request;
  record?.phases.enter('translate');
  const { body, result } = await run.read(first, { kind: 'follow', url: url.href });
  const { elements, urls, root } = result;
  record?.phases.enter('processing');
  const children = await new ChildRun(run, plan, urls).fetchAll();
  record?.phases.enter('translate');
  const list = elements.flatMap((element, i) => {
    const child = children[i];
    return child === undefined ? [] : [Buffer.concat([Buffer.from(`{"of":${element},"reply":`), child, END])];
  });
  return withBody(first, appendList(body, { root, into: plan.into, list }));
}

const END = Buffer.from('}');

/** Requests the URLs, so many at once, and gives their documents as they came; undefined where one was skipped. */
class ChildRun {
  readonly #run: PlanRun;
  readonly #plan: FollowPlan;
  readonly #urls: readonly string[];
  readonly #documents: (Uint8Array | undefined)[] = [];
  readonly #end = new CancellationSource();
  #next = 0;
  /** Of the first request, by order, that was skipped. */
  #failure: { readonly index: number; readonly error: ZxpError } | undefined;

  constructor(run: PlanRun, plan: FollowPlan, urls: readonly string[]) {
    this.#run = run;
    this.#plan = plan;
    this.#urls = urls;
  }

  async fetchAll(): Promise<readonly (Uint8Array | undefined)[]> {
    const { signal } = this.#run.request;
    const abort = () => this.#end.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const lanes = Math.min(this.#plan.concurrency, this.#urls.length);
      // All of them end before the first failure is thrown: nothing goes on behind the scrape.
      const ended = await Promise.allSettled(Array.from({ length: lanes }, () => this.#work()));
      signal.throwIfAborted();
      if (ended.some(({ status }) => status === 'rejected')) throw this.#end.reason;
    } finally {
      signal.removeEventListener('abort', abort);
    }
    const { requests } = this.#run;
    if (this.#failure !== undefined && requests.failed === this.#urls.length) throw allFailed(this.#failure.error);
    return this.#documents;
  }

  async #work(): Promise<void> {
    for (;;) {
      const i = this.#next;
      const url = this.#urls[i];
      if (url === undefined) return;
      this.#next++;
      try {
        this.#documents[i] = await this.#fetch(new URL(url), `request ${i + 1} of follow`);
      } catch (thrown) {
        this.#tolerate(thrown, i);
      }
    }
  }

  async #fetch(url: URL, what: string): Promise<Uint8Array> {
    const { headers, maxBodyBytes, validStatusCodes = [] } = this.#run.request;
    const request: UpstreamRequest = {
      url,
      headers: headers.filter(([name]) => !BODY_HEADER.test(name)),
      maxBodyBytes,
      validStatusCodes,
      signal: this.#end,
      // Of its own, as several are under way: what it is for is the headers that were sent.
      record: new FetchRecord(() => 0),
    };
    const response = await this.#run.fetchNext(request, what);
    const { body } = await this.#run.read(response, { kind: 'check', what });
    return skipByteOrderMark(body);
  }

  #tolerate(thrown: unknown, index: number): void {
    const failure = toZxpError(thrown);
    if (this.#plan.onError === 'skip' && SKIPPED.has(failure.code)) {
      this.#run.requests.failed++;
      if (this.#failure === undefined || index < this.#failure.index) this.#failure = { index, error: failure };
      return;
    }
    this.#end.abort(failure);
    throw failure;
  }
}

/** The body of a document as it came, with one key more. */
function appendList(
  body: Uint8Array,
  {
    root,
    into,
    list,
  }: { readonly root: FollowReading['root']; readonly into: string; readonly list: readonly Buffer[] },
): Buffer {
  const separated = list.flatMap((each, i) => (i === 0 ? [each] : [Buffer.from(','), each]));
  const field = [Buffer.from(`${JSON.stringify(into)}:[`), ...separated, Buffer.from(']}')];
  const whole = skipByteOrderMark(body);
  if (root === 'other') return Buffer.concat([Buffer.from('{"reply":'), whole, Buffer.from(','), ...field]);
  const head = whole.subarray(0, whole.lastIndexOf(CLOSING_BRACE));
  const comma = root === 'empty object' ? [] : [Buffer.from(',')];
  return Buffer.concat([head, ...comma, ...field]);
}

const CLOSING_BRACE = '}'.charCodeAt(0);

function allFailed({ code, message, hint, statusCode }: ZxpError): ZxpError {
  return new ZxpError(code, `every request of follow failed, the first with: ${message}`, {
    hint,
    ...(statusCode === undefined ? {} : { statusCode }),
  });
}
