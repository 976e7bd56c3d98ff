import { Pool } from 'undici';
import { ZxpError } from '../model/errors.js';
import type { HeaderList, UpstreamClient, UpstreamRequest, UpstreamResponse } from '../model/ports.js';
import { readBody } from './body.js';
import { decompress } from './decompress.js';
import { toUpstreamError } from './failures.js';

export interface UpstreamOptions {
  /** PEM certificates trusted beside the system's roots. */
  readonly extraCa?: readonly string[];
  /** Connections to one origin at the most; further requests wait for one. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly userAgent: string;
  /** The roots that the process trusts anyway, needed where `extraCa` adds to them. */
  readonly systemCa: readonly string[];
}

export interface Upstream {
  readonly fetch: UpstreamClient;
  /** Lets requests under way end, then closes every connection. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 64 * 1024;

/** A client with one keep-alive pool an origin. TLS certificates are always verified. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const pools = new Map<string, Pool>();
  const poolFor = (origin: string): Pool => {
    const pool = pools.get(origin) ?? createPool(origin, options);
    pools.set(origin, pool);
    return pool;
  };
  return {
    fetch: async (request) => {
      try {
        return await exchange(poolFor(request.url.origin), request, options.userAgent);
      } catch (thrown) {
        throw toUpstreamError(thrown, request);
      }
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      pools.clear();
    },
  };
}

function createPool(origin: string, options: UpstreamOptions): Pool {
  return new Pool(origin, {
    connections: options.maxConnections,
    pipelining: 1,
    allowH2: false,
    // The deadline of the scrape covers the whole exchange: undici's own timers would only tell a second story.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: {
      timeout: options.connectTimeoutMs,
      rejectUnauthorized: true,
      ...(options.extraCa === undefined ? {} : { ca: [...options.systemCa, ...options.extraCa] }),
    },
  });
}

async function exchange(pool: Pool, request: UpstreamRequest, userAgent: string): Promise<UpstreamResponse> {
  const { url, signal, maxBodyBytes } = request;
  const response = await pool.request({
    method: 'GET',
    path: `${url.pathname}${url.search}`,
    headers: toHeaders(request.headers, userAgent),
    signal,
  });
  const { statusCode, headers, body } = response;
  if (statusCode < 200 || statusCode > 299) {
    // What a server says beside its metrics is nobody's business; its connection is not worth reading it for.
    body.on('error', ignoreError).destroy();
    return { statusCode, body: new Uint8Array() };
  }
  try {
    const raw = await readBody(body, { declaredLength: headers['content-length'], maxBytes: maxBodyBytes, signal });
    return { statusCode, body: await decompress(raw, { coding: headers['content-encoding'], maxBytes: maxBodyBytes }) };
  } catch (thrown) {
    throw withStatus(toUpstreamError(thrown, request), statusCode);
  }
}

function toHeaders(callerHeaders: HeaderList, userAgent: string): string[] {
  const headers = ['accept', 'application/json', 'accept-encoding', 'gzip, deflate, br', 'user-agent', userAgent];
  for (const [name, value] of callerHeaders) headers.push(name, value);
  return headers;
}

function withStatus(error: ZxpError, statusCode: number): ZxpError {
  const { code, message, hint, cause } = error;
  return new ZxpError(code, message, { hint, cause, statusCode });
}

function ignoreError(): void {
  // The body was destroyed on purpose.
}
