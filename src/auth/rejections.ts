import type { Rejection, RejectionReason } from '../model/auth-decision.js';

/** The rejection of a client whose address is in no range. */
export const addressNotAllowed: Rejection = {
  reason: 'address',
  status: 403,
  message: 'client address not allowed',
  hint: 'allowed_clients of the web config file lists the addresses that are; behind a proxy, see trusted_proxies',
};

/** The rejection of a client that sends too many requests. */
export function rateExceeded(waitMs: number): Rejection {
  return {
    reason: 'rate_limit',
    status: 429,
    message: 'too many requests',
    hint: 'rate_limit of the web config file sets the maximum',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  };
}

/** The rejection of a connection by its certificate. */
export function certificateInvalid(problem: string): Rejection {
  return {
    reason: 'certificate',
    status: 403,
    message: problem,
    hint: 'in Prometheus, tls_config with cert_file and key_file of the job',
  };
}

/** The credentials that are accepted: passwords, tokens, or either. */
export interface AcceptedSchemes {
  readonly hasUsers: boolean;
  readonly hasTokens: boolean;
}

/** The rejection of missing or invalid credentials. `isBearer` says that a token was presented. */
export function credentialInvalid(reason: RejectionReason, schemes: AcceptedSchemes, isBearer: boolean): Rejection {
  if (reason === 'busy') {
    const hint = 'try again; rate_limit of the web config file limits what one client may send';
    return { reason, status: 503, message: 'too many passwords are being checked', hint, retryAfterSeconds: 1 };
  }
  return {
    reason,
    status: 401,
    message: describe(reason),
    hint: describeSchemes(schemes),
    challenges: listChallenges(schemes, isBearer ? reason : undefined),
  };
}

function describe(reason: RejectionReason): string {
  switch (reason) {
    case 'no_credential':
      return 'authentication required';
    case 'expired_token':
      return 'the token has expired';
    default:
      return 'invalid credentials';
  }
}

function describeSchemes({ hasUsers, hasTokens }: AcceptedSchemes): string {
  const keys = [...(hasUsers ? ['basic_auth'] : []), ...(hasTokens ? ['authorization'] : [])];
  return `in Prometheus, ${keys.join(' or ')} of the job`;
}

/** RFC 6750 wants the error named where a token was presented, and not where none was. */
function listChallenges({ hasUsers, hasTokens }: AcceptedSchemes, tokenReason: RejectionReason | undefined) {
  const why = tokenReason === 'expired_token' ? 'the token has expired' : 'invalid token';
  const error = tokenReason === undefined ? '' : `, error="invalid_token", error_description="${why}"`;
  return [
    ...(hasTokens ? [`Bearer realm="zxp"${error}`] : []),
    ...(hasUsers ? ['Basic realm="zxp", charset="UTF-8"'] : []),
  ];
}
