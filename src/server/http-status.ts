import type { ErrorCode } from '../model/errors.js';

/**
 * The HTTP status for each error code: of requests that zxp rejects, and with `--scrape.fail-status` of scrapes.
 */
export const httpStatusOfCode = {
  dns: 502,
  connect: 502,
  tls: 502,
  timeout: 504,
  closed: 502,
  protocol: 502,
  redirect: 502,
  unauthorized: 401,
  forbidden: 403,
  status: 502,
  too_large: 502,
  encoding: 502,
  decode: 502,
  schema: 502,
  content: 502,
  limit: 502,
  blocked: 502,
  internal: 502,
  request: 400,
  refused: 403,
  busy: 503,
  cancelled: 499,
  config: 502,
  usage: 500,
  listen: 500,
} satisfies Record<ErrorCode, number>;
