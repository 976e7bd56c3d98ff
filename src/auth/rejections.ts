import type { Rejection, RejectionReason } from '../model/auth-decision.js';

/** The refusal of a caller whose address no range has. */
export const addressRefused: Rejection = {
  cause: 'address',
  status: 403,
  message: 'your address may not come in',
  hint: 'allowed_clients of the web config file lists the addresses that may; behind a proxy, see trusted_proxies',
};

/** The refusal of a client who came too often. */
export function rateExceeded(waitMs: number): Rejection {
  return {
    cause: 'rate_limit',
    status: 429,
    message: 'too many requests',
    hint: 'rate_limit of the web config file says how many there may be',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  };
}

/** The refusal of a connection by its certificate. */
export function certificateRefused(problem: string): Rejection {
  return {
    cause: 'certificate',
    status: 403,
    message: problem,
    hint: 'in Prometheus, tls_config with cert_file and key_file of the job',
  };
}

/** How callers can come in: with a password, a token, or either. */
export interface Ways {
  readonly hasUsers: boolean;
  readonly hasTokens: boolean;
}

/** The refusal of what a caller showed, or did not show. `isBearer` says that it was a token. */
export function credentialRefused(cause: RejectionReason, ways: Ways, isBearer: boolean): Rejection {
  if (cause === 'busy') {
    const hint = 'try again; rate_limit of the web config file keeps others from asking so much';
    return { cause, status: 503, message: 'too many passwords are being checked', hint, retryAfterSeconds: 1 };
  }
  return {
    cause,
    status: 401,
    message: describe(cause),
    hint: describeWays(ways),
    challenges: listChallenges(ways, isBearer ? cause : undefined),
  };
}

function describe(cause: RejectionReason): string {
  switch (cause) {
    case 'no_credential':
      return 'zxp wants to know who asks';
    case 'expired_token':
      return 'the token has expired';
    default:
      return 'the credentials are not right';
  }
}

function describeWays({ hasUsers, hasTokens }: Ways): string {
  const ways = [...(hasUsers ? ['basic_auth'] : []), ...(hasTokens ? ['authorization'] : [])];
  return `in Prometheus, ${ways.join(' or ')} of the job`;
}

/** RFC 6750 wants the error told where a token was shown, and not where none was. */
function listChallenges({ hasUsers, hasTokens }: Ways, tokenCause: RejectionReason | undefined): readonly string[] {
  const why = tokenCause === 'expired_token' ? 'the token has expired' : 'the token is not right';
  const error = tokenCause === undefined ? '' : `, error="invalid_token", error_description="${why}"`;
  return [
    ...(hasTokens ? [`Bearer realm="zxp"${error}`] : []),
    ...(hasUsers ? ['Basic realm="zxp", charset="UTF-8"'] : []),
  ];
}
