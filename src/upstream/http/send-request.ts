import type { MemoryBudget, MemoryLease } from '../../async/memory-budget.js';
import type { Bytes } from '../../model/bytes.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { FetchRecord } from '../../model/fetch-record.js';
import type { HeaderList } from '../../model/ports.js';
import { decompress } from './decompress.js';
import { toUpstreamError } from './failures.js';
import type { ConnectionRequest, OriginPool } from './origin-pool.js';
import type { HttpProxy } from './proxy.js';
import { RequestTrace } from './request-trace.js';
import { readHeader, readRetryAfter } from './response-headers.js';
import { type ResponseHead, ResponseReader } from './response-reader.js';

/** A request as it goes over the wire. */
export interface HttpRequest {
  readonly url: URL;
  /** The Unix socket that is connected to, whatever the URL's host. */
  readonly socketPath?: string | undefined;
  readonly method: 'GET' | 'POST';
  readonly headers: HeaderList;
  readonly body?: string | undefined;
  readonly signal: CancellationSignal;
  /** Of the body, after decompression. */
  readonly maxBodyBytes: number;
  readonly keepsGzip?: boolean | undefined;
  /** Whether a reply's body is worth reading. */
  readonly isWanted: (head: ResponseHead) => boolean;
  readonly record?: FetchRecord | undefined;
  /** The memory that the bodies of all requests share; a budget of its own where it is not given. */
  readonly bodies?: MemoryBudget | undefined;
}

export interface HttpResponse extends ResponseHead {
  /** Decompressed, unless it is a gzip that is kept. Undefined where it was not wanted. */
  readonly body: Bytes | undefined;
  /** Gives the memory of the body back; to be called once it is no longer read. */
  readonly release?: (() => void) | undefined;
}

/**
 * One request and its reply. A GET is sent again where a connection that had been used before was closed without a byte
 * of reply. Rejects with a ZxpError, or what the signal has for a reason.
 */
export async function sendRequest(origin: OriginPool, request: HttpRequest): Promise<HttpResponse> {
  const { signal, record, method } = request;
  signal.throwIfAborted();
  if (record !== undefined) record.sent = request.headers;
  for (;;) {
    const trace = new RequestTrace(record);
    try {
      return await exchangeOnce(origin, request, trace);
    } catch (thrown) {
      const isStale = thrown instanceof ZxpError && thrown.code === 'closed' && trace.isUnanswered;
      if (!isStale || signal.aborted) throw thrown;
      if (method !== 'GET') throw notSentAgain(thrown, origin.peer);
      record?.phases.enter('wait');
    } finally {
      trace.end();
    }
  }
}

async function exchangeOnce(origin: OriginPool, request: HttpRequest, trace: RequestTrace): Promise<HttpResponse> {
  const { signal, maxBodyBytes: maxBytes, record } = request;
  const { peer, forwarder } = origin;
  const onHead = (head: ResponseHead) => {
    trace.enter('transfer');
    if (forwarder !== undefined && head.statusCode === 407) throw refusedByProxy(forwarder);
    if (record !== undefined) record.retryAfterSeconds = readRetryAfter(head.headers);
    // The body of any other response is not read: its connection is closed instead.
    return request.isWanted(head);
  };
  const { bodies } = request;
  let lease: MemoryLease | undefined;
  const openLease = bodies === undefined ? undefined : () => (lease ??= bodies.open());
  const reader = new ResponseReader({ signal, maxBytes, onHead, openLease, abandon: () => trace.abandon() });
  const leave = send(origin, request, { trace, reader });
  try {
    const reply = await reader.reply;
    if (reply.body === undefined) return reply;
    const { statusCode, headers } = reply;
    if (request.keepsGzip === true && readHeader(headers, 'content-encoding')?.trim().toLowerCase() === 'gzip') {
      return { statusCode, headers, body: reply.body, release: lease?.release };
    }
    const coding = readHeader(headers, 'content-encoding');
    const body = await decompress(reply.body, { coding, maxBytes, signal, openLease });
    return { statusCode, headers, body, release: lease?.release };
  } catch (thrown) {
    lease?.release();
    if (leave() && signal.aborted) throw explainWait(signal.reason, origin);
    const isPlain = request.url.protocol === 'http:' && request.socketPath === undefined && forwarder === undefined;
    throw toUpstreamError(thrown, { signal, statusCode: reader.statusCode, peer, isPlain });
  } finally {
    leave();
  }
}

/** The time was over, or the caller left, while the request waited for a connection: the upstream has seen nothing of it. */
function explainWait(reason: unknown, { peer, maxConnections }: OriginPool): unknown {
  if (!(reason instanceof ZxpError) || reason.code !== 'timeout') return reason;
  const all = maxConnections === 1 ? 'the only connection' : `all ${maxConnections} connections`;
  return new ZxpError('timeout', `${all} to ${peer} had requests under way until the time was over: nothing was sent`, {
    hint: 'raise max_connections of the module or --upstream.max-connections, or find out why the upstream is slow',
    cause: reason,
  });
}

/** Whether the server saw a POST is not known, and it may do something. */
function notSentAgain(cause: ZxpError, peer: string): ZxpError {
  return new ZxpError(
    'closed',
    `${peer} closed the kept connection as the request went over it; a POST is not sent again`,
    {
      hint: 'the next scrape opens another one; where it happens often, have the upstream keep idle connections for longer',
      cause,
    },
  );
}

function refusedByProxy({ url }: HttpProxy): ZxpError {
  return new ZxpError('connect', `the proxy ${url.host} wants other credentials than it got (407)`);
}

function send(
  pool: OriginPool,
  request: HttpRequest,
  { trace, reader }: { readonly trace: RequestTrace; readonly reader: ResponseReader },
): () => boolean {
  const { forwarder } = pool;
  const { url, method, headers, body } = request;
  const path = `${url.pathname}${url.search}`;
  const authorization = forwarder?.authorization?.reveal();
  const flat: string[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  if (authorization !== undefined) flat.push('proxy-authorization', authorization);
  const options: ConnectionRequest = {
    method,
    // A proxy wants the whole URL (RFC 9112, 3.2.2).
    path: forwarder === undefined ? path : `${url.origin}${path}`,
    headers: flat,
    trace,
    body: body ?? null,
  };
  return pool.dispatch(options, reader);
}
