import { findWeakenings } from '../config/web/weakened-policy.js';
import type { AccessPolicy } from '../model/access-policy.js';
import type { Problem } from '../model/errors.js';
import type { ClientTrust } from './client-certificate.js';
import { type LoadedPolicy, needsRoot } from './policy-files.js';

/** What only a restart can change, and the checks that would be lost. */
export function findChangeProblems(before: AccessPolicy, after: AccessPolicy): readonly Problem[] {
  const isAnotherType = after.tls !== undefined && before.tls?.clientAuthType !== after.tls.clientAuthType;
  return [
    ...needRestart(before.tls === undefined && after.tls !== undefined, 'TLS is added'),
    ...needRestart((before.mode === 'mtls') !== (after.mode === 'mtls'), 'the mode changes to or from mtls'),
    ...needRestart(before.tls !== undefined && isAnotherType, 'client_auth_type changes'),
    ...findWeakenings(before, after),
  ];
}

/** The same for what the files contain: OpenSSL, once it verifies up to a root, does so for good. */
export function findListenerProblems(first: LoadedPolicy, after: LoadedPolicy): readonly Problem[] {
  return needRestart(needsRoot(first) && !needsRoot(after), 'client_ca gets a CA that is not a root');
}

function needRestart(isNeeded: boolean, what: string): readonly Problem[] {
  return isNeeded ? [{ where: '--web.config.file', message: `needs a restart: ${what}`, hint: 'restart zxp' }] : [];
}

/** The trust of before where both have the same certificates: connections that it has verified stay verified. */
export function keepTrust(before: ClientTrust, after: ClientTrust): ClientTrust {
  const list = ({ authorities }: ClientTrust) => authorities?.map((each) => each.fingerprint256).join();
  return list(before) === list(after) ? before : after;
}
