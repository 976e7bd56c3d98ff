import type { ErrorCode } from '../model/errors.js';

/** 0 success, 1 the work failed, 2 the command line or the configuration is wrong. */
export const exitCodeOf = {
  dns: 1,
  connect: 1,
  tls: 1,
  timeout: 1,
  closed: 1,
  protocol: 1,
  redirect: 1,
  unauthorized: 1,
  forbidden: 1,
  status: 1,
  too_large: 1,
  encoding: 1,
  decode: 1,
  schema: 1,
  limit: 1,
  blocked: 1,
  internal: 1,
  request: 1,
  refused: 1,
  busy: 1,
  cancelled: 1,
  listen: 1,
  config: 2,
  usage: 2,
} satisfies Record<ErrorCode, number>;
