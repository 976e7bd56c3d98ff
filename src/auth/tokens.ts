import { hash, timingSafeEqual } from 'node:crypto';
import type { TokenSpec } from '../model/access-policy.js';
import type { RejectionReason } from '../model/auth-decision.js';

/** Tells whether a token gets in: undefined where it does. */
export type TokenCheck = (token: string) => RejectionReason | undefined;

/** Compares digests, in constant time and with every one of the tokens, whichever it is. `now` is Unix milliseconds. */
export function createTokenCheck(tokens: readonly TokenSpec[], now: () => number): TokenCheck {
  const candidates = tokens.map(({ sha256, expiresMs = Number.POSITIVE_INFINITY }) => ({
    digest: Buffer.from(sha256, 'hex'),
    expiresMs,
  }));
  return (token) => {
    const shown = digestToken(token);
    let expiresMs: number | undefined;
    for (const candidate of candidates) {
      if (timingSafeEqual(shown, candidate.digest)) expiresMs = Math.max(expiresMs ?? 0, candidate.expiresMs);
    }
    if (expiresMs === undefined) return 'wrong_credential';
    return expiresMs > now() ? undefined : 'expired_token';
  };
}

function digestToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
