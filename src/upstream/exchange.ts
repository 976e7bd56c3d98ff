import type { IncomingHttpHeaders } from 'node:http';
import { ZxpError } from '../model/errors.js';
import type { FetchRecord } from '../model/fetch-record.js';
import type { HeaderList } from '../model/ports.js';
import { unlessAborted } from './abort.js';
import { readBody } from './body.js';
import { decompress } from './decompress.js';
import { toUpstreamError } from './failures.js';
import type { Origin } from './origin.js';
import { Passage } from './passage.js';
import { readRetryAfter } from './retry-after.js';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly url: URL;
  /** The Unix socket that is connected to, whatever the URL's host. */
  readonly socketPath?: string | undefined;
  readonly method: 'GET' | 'POST';
  readonly headers: HeaderList;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** Of the body, after decompression. */
  readonly maxBodyBytes: number;
  /** Whether a reply's body is worth reading. */
  readonly isWanted: (head: WireHead) => boolean;
  readonly record?: FetchRecord | undefined;
}

export interface WireHead {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
}

export interface WireReply extends WireHead {
  /** Decompressed. Undefined where it was not wanted. */
  readonly body: Uint8Array | undefined;
}

/**
 * One request and its reply. A GET is sent again where a connection that had been used before was closed without a byte
 * of reply. Rejects with a ZxpError, or what the signal has for a reason.
 */
export async function exchange(origin: Origin, request: WireRequest): Promise<WireReply> {
  const { signal, record, method } = request;
  signal.throwIfAborted();
  if (record !== undefined) record.sent = request.headers;
  for (;;) {
    const passage = new Passage(record);
    const abandon = () => passage.abandon();
    signal.addEventListener('abort', abandon, { once: true });
    try {
      return await exchangeOnce(origin, request, passage);
    } catch (thrown) {
      const isStale = thrown instanceof ZxpError && thrown.code === 'closed' && passage.isUnanswered;
      if (!isStale || method !== 'GET' || signal.aborted) throw thrown;
      record?.phases.enter('wait');
    } finally {
      signal.removeEventListener('abort', abandon);
      passage.end();
    }
  }
}

async function exchangeOnce(origin: Origin, request: WireRequest, passage: Passage): Promise<WireReply> {
  const { signal, maxBodyBytes, record } = request;
  const { peer } = origin;
  // undici hears the signal only once the request has its connection.
  const sent = unlessAborted(send(origin, request, passage), signal);
  const { statusCode, headers, body } = await sent.catch((thrown: unknown) => {
    throw toUpstreamError(thrown, { signal, peer });
  });
  passage.enter('transfer');
  if (origin.forwarder !== undefined && statusCode === 407) {
    body.on('error', ignoreError).destroy();
    throw new ZxpError('connect', `the proxy ${origin.forwarder.url.host} wants other credentials than it got (407)`);
  }
  if (record !== undefined) record.retryAfterSeconds = readRetryAfter(headers);
  if (!request.isWanted({ statusCode, headers })) {
    // What a server says beside its metrics is nobody's business; its connection is not worth reading it for.
    body.on('error', ignoreError).destroy();
    return { statusCode, headers, body: undefined };
  }
  try {
    const raw = await readBody(body, { declaredLength: headers['content-length'], maxBytes: maxBodyBytes });
    const whole = await decompress(raw, { coding: headers['content-encoding'], maxBytes: maxBodyBytes });
    return { statusCode, headers, body: whole };
  } catch (thrown) {
    throw toUpstreamError(thrown, { signal, statusCode, peer });
  }
}

function send({ pool, forwarder }: Origin, request: WireRequest, passage: Passage) {
  const { url, method, headers, body, signal } = request;
  const path = `${url.pathname}${url.search}`;
  const authorization = forwarder?.authorization?.reveal();
  return pool.request({
    method,
    // A proxy wants the whole URL (RFC 9112, 3.2.2).
    path: forwarder === undefined ? path : `${url.origin}${path}`,
    headers: [...headers, ...(authorization === undefined ? [] : [['proxy-authorization', authorization]])].flat(),
    signal,
    opaque: passage,
    ...(body === undefined ? {} : { body }),
  });
}

function ignoreError(): void {
  // The body was destroyed on purpose.
}
