/** Why a client is rejected, as `zxp_web_requests_refused_total{cause}` counts it. */
export const rejectionReasons = [
  'tls',
  'plain_http',
  'proxy_protocol',
  'certificate',
  'address',
  'rate_limit',
  'no_credential',
  'wrong_credential',
  'expired_token',
  'busy',
] as const;

export type RejectionReason = (typeof rejectionReasons)[number];

/** The response to a client that is not allowed. No text repeats what the client sent. */
export interface Rejection {
  readonly reason: RejectionReason;
  readonly status: 401 | 403 | 429 | 503;
  readonly message: string;
  readonly hint: string;
  /** Of a 401: how to authenticate. */
  readonly challenges?: readonly string[];
  readonly retryAfterSeconds?: number;
}

/** A password, and the bcrypt hash that it may be of. */
export interface PasswordAttempt {
  readonly password: string;
  readonly hash: string;
  /** The logarithm of the work to do in all; no less than the hash's own cost. */
  readonly cost: number;
}

/** Whether the password is that of the hash, at the same cost whether it is or not, and whatever the hash. */
export type VerifyPassword = (attempt: PasswordAttempt) => Promise<boolean>;
