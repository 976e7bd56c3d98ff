import { constants } from 'node:http2';

/** gRPC's status codes. */
export const statusCodes = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export type StatusName = keyof typeof statusCodes;

/** How a call ended. */
export interface RpcStatus {
  readonly code: StatusName;
  readonly message: string;
}

export const OK: RpcStatus = { code: 'ok', message: '' };

const namesByCode = new Map<number, StatusName>();
for (const [name, code] of Object.entries(statusCodes)) {
  if (isStatusName(name)) namesByCode.set(code, name);
}

function isStatusName(name: string): name is StatusName {
  return Object.hasOwn(statusCodes, name);
}

/** The trailers (or, of a call that fails at once, the headers) that carry a status. */
export function statusHeaders(status: RpcStatus): Record<string, string> {
  const code = { 'grpc-status': String(statusCodes[status.code]) };
  return status.message === '' ? code : { ...code, 'grpc-message': encodeStatusMessage(status.message) };
}

/** The status that headers or trailers carry, if any. A code that gRPC does not define is `unknown`. */
export function readStatusHeaders(headers: Readonly<Record<string, unknown>>): RpcStatus | undefined {
  const code = headers['grpc-status'];
  if (typeof code !== 'string') return undefined;
  const message = headers['grpc-message'];
  return {
    code: /^\d{1,2}$/.test(code) ? (namesByCode.get(Number(code)) ?? 'unknown') : 'unknown',
    message: typeof message === 'string' ? decodeStatusMessage(message) : '',
  };
}

const MAX_STATUS_MESSAGE_BYTES = 1024;

/** Percent-encoding of gRPC: printable ASCII except the percent sign stays. Long messages are cut. */
export function encodeStatusMessage(message: string): string {
  let encoded = '';
  for (const byte of Buffer.from(message).subarray(0, MAX_STATUS_MESSAGE_BYTES)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** The reverse; what is not valid percent-encoding stays as it is. Control characters become blanks, for logs. */
export function decodeStatusMessage(encoded: string): string {
  const bytes: number[] = [];
  const source = Buffer.from(encoded.slice(0, 3 * MAX_STATUS_MESSAGE_BYTES), 'latin1');
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? source.toString('latin1', i + 1, i + 3) : '';
    const isEscape = /^[0-9a-fA-F]{2}$/.test(hex);
    bytes.push(isEscape ? Number.parseInt(hex, 16) : (source[i] ?? 0));
    if (isEscape) i += 2;
  }
  return Buffer.from(bytes)
    .toString()
    .replace(/\p{Cc}/gu, ' ');
}

/** What a stream's reset means for its call, as gRPC maps HTTP/2's codes. */
export function statusOfReset(rstCode: number): RpcStatus {
  const message = `the stream was reset with HTTP/2 code ${rstCode}`;
  switch (rstCode) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return { code: 'unavailable', message };
    case constants.NGHTTP2_CANCEL:
      return { code: 'cancelled', message };
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return { code: 'resourceExhausted', message };
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return { code: 'permissionDenied', message };
    default:
      return { code: 'internal', message };
  }
}

/** What an HTTP status without a gRPC status means: something between the two sides answered. */
export function statusOfHttp(httpStatus: number): RpcStatus {
  const message = `the peer answered with HTTP status ${httpStatus} and is not a gRPC server`;
  switch (httpStatus) {
    case 400:
    case 431:
      return { code: 'internal', message };
    case 401:
      return { code: 'unauthenticated', message };
    case 403:
      return { code: 'permissionDenied', message };
    case 404:
      return { code: 'unimplemented', message };
    case 429:
    case 502:
    case 503:
    case 504:
      return { code: 'unavailable', message };
    default:
      return { code: 'unknown', message };
  }
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` header; undefined where it has none or is not one. */
export function parseGrpcTimeout(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  const msPerUnit = MS_PER_UNIT[unit];
  return msPerUnit === undefined ? undefined : Number(digits) * msPerUnit;
}

/** A `grpc-timeout` header for so many milliseconds. */
export function formatGrpcTimeout(timeoutMs: number): string {
  const ms = Math.max(1, Math.round(timeoutMs));
  return ms < 1e8 ? `${ms}m` : `${Math.min(99_999_999, Math.round(ms / 1000))}S`;
}
