import { findWeakenings } from '../config/web/weakened-policy.js';
import type { AccessPolicy } from '../model/access-policy.js';
import type { Problem } from '../model/errors.js';
import type { ClientTrust } from './client-certificate.js';
import { type LoadedPolicy, needsRoot } from './policy-files.js';

/** What a running zxp cannot change, and the guards that would be lost. */
export function findChangeProblems(before: AccessPolicy, after: AccessPolicy): readonly Problem[] {
  const isAnotherType = after.tls !== undefined && before.tls?.clientAuthType !== after.tls.clientAuthType;
  return [
    ...tellIf(before.tls === undefined && after.tls !== undefined, 'TLS begins'),
    ...tellIf((before.mode === 'mtls') !== (after.mode === 'mtls'), 'the mode becomes mtls, or is so no more'),
    ...tellIf(before.tls !== undefined && isAnotherType, 'client_auth_type is another'),
    ...findWeakenings(before, after),
  ];
}

/** The same of what the files say: OpenSSL, once told to verify up to a root, does so for good. */
export function findListenerProblems(first: LoadedPolicy, after: LoadedPolicy): readonly Problem[] {
  return tellIf(needsRoot(first) && !needsRoot(after), 'client_ca has an authority that is no root');
}

function tellIf(isSo: boolean, what: string): readonly Problem[] {
  const message = `changes what a running zxp cannot: ${what}`;
  return isSo ? [{ where: '--web.config.file', message, hint: 'start zxp anew' }] : [];
}

/** The trust of before where both are of the same certificates: connections that it has verified are verified then. */
export function keepTrust(before: ClientTrust, after: ClientTrust): ClientTrust {
  const list = ({ authorities }: ClientTrust) => authorities?.map((each) => each.fingerprint256).join();
  return list(before) === list(after) ? before : after;
}
