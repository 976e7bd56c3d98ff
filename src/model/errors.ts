/** The closed set of reasons for which a scrape can fail, as they appear in `target_scrape_error{reason}`. */
export const failureReasons = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'closed',
  'protocol',
  'redirect',
  'unauthorized',
  'forbidden',
  'status',
  'too_large',
  'encoding',
  'decode',
  'schema',
  'content',
  'limit',
  'blocked',
  'config',
  'internal',
] as const;

export type FailureReason = (typeof failureReasons)[number];

/**
 * Every way in which zxp fails. Beside the reasons of a scrape: `request` (the caller's request is wrong), `refused` (it
 * names a target that it may not), `busy` (too many scrapes at once), `cancelled` (the caller went away), `config` (a setting or file is wrong), `usage` (the
 * command line is wrong), `listen` (an address cannot be listened on).
 */
export type ErrorCode = FailureReason | 'request' | 'refused' | 'busy' | 'cancelled' | 'usage' | 'listen';

/** One thing that is wrong with a setting or a file: where, what was expected and found, and what to do about it. */
export interface Problem {
  readonly where: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface ZxpErrorOptions {
  readonly cause?: unknown;
  readonly hint?: string | undefined;
  readonly problems?: readonly Problem[];
  readonly statusCode?: number;
  readonly evidence?: string | undefined;
  readonly authRequest?: AuthRequest | undefined;
}

/** A request for credentials, to a server that issues them. */
export interface AuthRequest {
  readonly method: string;
  /** Masked. */
  readonly url: string;
}

/** The one error class. `message` is lower case, names no secret, and can be shown to whoever asked. */
export class ZxpError extends Error {
  override readonly name = 'ZxpError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];
  /** The HTTP status of the upstream, where one came. */
  readonly statusCode: number | undefined;
  /** What of the upstream's reply shows it, masked and cut: for the debug view of its own caller, and nobody else. */
  readonly evidence: string | undefined;
  /** The request for credentials that failed, where it was that and not the request to the upstream. */
  readonly authRequest: AuthRequest | undefined;

  constructor(code: ErrorCode, message: string, options: ZxpErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
    this.statusCode = options.statusCode;
    this.evidence = options.evidence;
    this.authRequest = options.authRequest;
  }
}

/** Why a scrape ends whose caller closed the connection. */
export function callerLeft(): ZxpError {
  return new ZxpError('cancelled', 'the caller went away');
}

/** Gives a ZxpError for anything thrown; what is not one already is `internal`, with the original as its cause. */
export function toZxpError(thrown: unknown): ZxpError {
  if (thrown instanceof ZxpError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ZxpError('internal', `internal error: ${message}`, { cause: thrown });
}
