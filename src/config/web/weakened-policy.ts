import type { AccessPolicy, ServerTlsSpec } from '../../model/access-policy.js';
import type { Problem } from '../../model/errors.js';

const RESTART = 'restart zxp if that is intended';

/**
 * What guards zxp before a reload and not after it, though nothing says that this is meant: a file that was caught
 * half-written, or emptied, must not disable access control.
 */
export function findWeakenings(before: AccessPolicy | undefined, after: AccessPolicy | undefined): readonly Problem[] {
  if (before === undefined) return [];
  const lose = (isLost: boolean, message: string, hint: string): readonly Problem[] =>
    isLost ? [{ where: '--web.config.file', message, hint }] : [];
  const asksNothing = after === undefined || (after.mode === 'none' && !after.isModeSaid);
  return [
    ...lose(before.mode !== 'none' && asksNothing, 'no longer requires credentials', 'mode: none says so'),
    ...lose(before.tls !== undefined && after?.tls === undefined, 'has no TLS any more', RESTART),
    ...lose(
      requiresCertificate(before.tls) && !requiresCertificate(after?.tls) && !isPolicySaid(before, after),
      'requires no certificate of clients any more',
      'client_auth_type: NoClientCert says so',
    ),
    ...lose(
      requiresCertificate(after?.tls) && hasSans(before.tls) && !hasSans(after?.tls),
      'has no client_allowed_sans any more',
      RESTART,
    ),
    ...lose(
      before.allowedClients !== undefined && after?.allowedClients === undefined,
      'has no allowed_clients any more',
      'allowed_clients: ["0.0.0.0/0", "::/0"] lets every address in',
    ),
    ...lose(
      hasRateLimit(before) && after?.rateLimit === undefined,
      'has no rate_limit any more',
      'rate_limit: { interval: 0 } is none',
    ),
  ];
}

function requiresCertificate(tls: ServerTlsSpec | undefined): boolean {
  return tls?.clientAuthType === 'RequireAnyClientCert' || tls?.clientAuthType === 'RequireAndVerifyClientCert';
}

function hasRateLimit({ rateLimit }: AccessPolicy): boolean {
  return rateLimit !== undefined && rateLimit !== 'none';
}

function hasSans(tls: ServerTlsSpec | undefined): boolean {
  return tls !== undefined && tls.clientAllowedSans.length > 0;
}

/** Another mode in place of mtls is enough of a word. */
function isPolicySaid(before: AccessPolicy, after: AccessPolicy | undefined): boolean {
  return after?.tls?.isClientAuthSaid === true || (before.mode === 'mtls' && after?.isModeSaid === true);
}
