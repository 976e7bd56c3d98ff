import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isSuccess } from '../../model/status-code.js';
import { splitIntoChunks } from '../protocol/chunks.js';
import type { ChunkPart, ResponseHead, ScrapeRequest, ScrapeResponse } from '../protocol/messages.js';
import type { TargetResponse } from './target.js';

const compress = promisify(gzip);

/** Level 1 costs a quarter of the default level for nearly the same size of metrics. */
const GZIP_OPTIONS = { level: 1 };

/** What Prometheus 3 would refuse a response without. */
const DEFAULT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Above this a body in one message could exceed the 4 MiB that any gRPC peer accepts. */
const MAX_TEXT_BYTES = 3 * 1024 * 1024;

export interface ReplyLimits {
  /** Bodies longer than this are compressed. */
  readonly gzipAboveBytes: number;
  /** Compressed bodies of at least this go in chunks of it. */
  readonly chunkBytes: number;
}

/** A response as it goes over one of the two write streams. */
export type ScrapeReply =
  | { readonly kind: 'single'; readonly message: ScrapeResponse }
  | { readonly kind: 'chunked'; readonly parts: Iterable<ChunkPart> };

/** The messages of a response to one request. `url` is for proxies that debug. */
export async function makeScrapeReply(
  request: ScrapeRequest,
  response: TargetResponse,
  { limits, url }: { readonly limits: ReplyLimits; readonly url: string },
): Promise<ScrapeReply> {
  const head = makeHead(request, response, url);
  if (!head.validResponse) return single(head, 'text', new Uint8Array());
  const { body, coding } = response;
  const isText = coding === 'identity' && body.length <= Math.min(limits.gzipAboveBytes, MAX_TEXT_BYTES);
  // Text has to be UTF-8; what is not stays as it is in a gzip.
  if (isText && isUtf8(body)) return single(head, 'text', body);
  const zipped = coding === 'gzip' ? body : await compress(body, GZIP_OPTIONS);
  const zippedHead = { ...head, zipped: true };
  if (zipped.length < limits.chunkBytes) return single(zippedHead, 'gzip', zipped);
  return { kind: 'chunked', parts: splitIntoChunks(zippedHead, zipped, limits.chunkBytes) };
}

function single(head: ResponseHead, form: 'text' | 'gzip', bytes: Uint8Array): ScrapeReply {
  return { kind: 'single', message: { ...head, content: { form, bytes } } };
}

function makeHead(request: ScrapeRequest, response: TargetResponse, url: string): ResponseHead {
  const { statusCode, reason } = response;
  const isValid = isSuccess(statusCode);
  const { debugEnabled } = request;
  return {
    validResponse: isValid,
    agentId: request.agentId,
    scrapeId: request.scrapeId,
    statusCode,
    failureReason: reason ?? (debugEnabled && !isValid ? `the target responded with status ${statusCode}` : ''),
    url: debugEnabled ? url : '',
    contentType: isValid ? response.contentType || DEFAULT_CONTENT_TYPE : '',
    zipped: false,
  };
}
