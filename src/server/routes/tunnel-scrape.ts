import type { Request, RequestHandler, Response } from 'express';
import type { Semaphore } from '../../async/semaphore.js';
import { compressChunk, compressChunks, hasZstd } from '../../exposition/compress.js';
import { negotiateCompression, rememberHeaders } from '../../exposition/negotiate.js';
import { toZxpError } from '../../model/errors.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { ProxyScrapeAnswer, ProxyScrapeRequest } from '../../model/proxy.js';
import { isAuthorizationConsumed } from '../auth-middleware.js';
import { sendError } from '../reply.js';
import { joinHeader, readAuthorization, readScrapeTimeout } from '../request-headers.js';
import { noteLogFields } from '../request-log.js';
import { sendChunks, sendWhole } from '../send-exposition.js';
import { watchCaller } from '../watch-caller.js';

export interface TunnelScrapeOptions {
  /** Scrapes a path through an agent. Never rejects. */
  readonly scrape: (path: string, request: ProxyScrapeRequest) => Promise<ProxyScrapeAnswer>;
  readonly semaphore: Semaphore;
  /** Whether agents get credentials that the proxy has verified itself. */
  readonly forwardsVerified: boolean;
  readonly timeoutOffsetMs: number;
  readonly writeTimeoutMs: number;
  readonly now: MonotonicClock;
}

/** What a target sends is data of somebody else: a browser must not run it with the rights of the proxy's pages. */
const UNTRUSTED_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'";

/** Bodies shorter than this are sent as they are, as in the original. */
const MIN_COMPRESSED_BYTES = 1024;
const MAX_SYNC_BYTES = 64 * 1024;

/**
 * Scrapes by path: GET and HEAD of one segment, which is looked up as it is written. Everything else is not found.
 */
export function tunnelScrapeRoute(options: TunnelScrapeOptions): RequestHandler {
  const findCompression = rememberHeaders((header) => negotiateCompression(header, hasZstd));
  const acceptsGzip = rememberHeaders((header) => negotiateCompression(header, false) === 'gzip');
  return async (request, response) => {
    response.setHeader('cache-control', 'must-revalidate,no-store');
    response.appendHeader('content-security-policy', UNTRUSTED_POLICY);
    const path = readPath(request);
    if (path === undefined) return sendNotFound(response);
    const caller = watchCaller(response);
    try {
      const authorization = readAuthorization(request.rawHeaders) ?? '';
      const isConsumed = isAuthorizationConsumed(response) && !options.forwardsVerified;
      const timeoutHeader = request.headers['x-prometheus-scrape-timeout-seconds'];
      const timeoutMs = readScrapeTimeout(timeoutHeader, options.timeoutOffsetMs);
      const encodings = joinHeader(request.headers['accept-encoding']);
      const arrivedMs = options.now();
      const leave = await options.semaphore.enter(caller);
      try {
        const answer = await options.scrape(path, {
          accept: joinHeader(request.headers.accept) ?? '',
          query: readQuery(request),
          authorization: isConsumed ? '' : authorization,
          acceptsGzip: acceptsGzip(encodings),
          timeoutMs: timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (options.now() - arrivedMs)),
          signal: caller,
        });
        noteLogFields(response, { outcome: answer.outcome, reason: answer.reason });
        await sendAnswer(response, answer, { ...options, compression: findCompression(encodings) });
      } finally {
        leave();
      }
    } catch (thrown) {
      const { code, message } = toZxpError(thrown);
      noteLogFields(response, { cause: message });
      if (code === 'cancelled') response.destroy();
      else sendError(response, thrown);
    }
  };
}

/** In the words of the original, as for a path that no agent has. */
function sendNotFound(response: Response): void {
  response.statusCode = 404;
  response.setHeader('content-type', 'text/plain; charset=UTF-8');
  response.end('404 Not Found');
}

function readPath({ method, path }: Request): string | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const segment = path.slice(1);
  return segment === '' || segment.includes('/') || segment === 'favicon.ico' ? undefined : segment;
}

function readQuery({ url }: Request): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}

async function sendAnswer(
  response: Response,
  { status, contentType, body }: ProxyScrapeAnswer,
  options: { readonly compression: ReturnType<typeof negotiateCompression>; readonly writeTimeoutMs: number },
): Promise<void> {
  if (response.destroyed) return;
  response.statusCode = status;
  if (contentType !== undefined && status !== 204) response.setHeader('content-type', contentType);
  response.setHeader('vary', 'Accept, Accept-Encoding');
  const timer = setTimeout(() => response.destroy(), options.writeTimeoutMs);
  try {
    if (body.form === 'gzip') {
      response.setHeader('content-encoding', 'gzip');
      return await sendWhole(response, toBuffer(body.gzip));
    }
    const compression = body.bytes < MIN_COMPRESSED_BYTES ? 'identity' : options.compression;
    if (compression !== 'identity') response.setHeader('content-encoding', compression);
    const chunks = body.chunks.map(toBuffer);
    if (body.bytes <= MAX_SYNC_BYTES) {
      return await sendWhole(response, compressChunk(Buffer.concat(chunks), compression));
    }
    if (compression === 'identity') response.setHeader('content-length', body.bytes);
    await sendChunks(response, compressChunks(oneByOne(chunks), compression));
  } finally {
    clearTimeout(timer);
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* oneByOne(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}
