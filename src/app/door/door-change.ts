import type { ClientTrust } from '../../auth/client-certificate.js';
import { findLostGuards } from '../../config/web/lost-guards.js';
import type { DoorSpec } from '../../model/door.js';
import type { Problem } from '../../model/errors.js';

/** What keeps a door from taking the place of another while zxp runs: what listeners are made of, and lost guards. */
export function findChangeProblems(before: DoorSpec, after: DoorSpec): readonly Problem[] {
  const fixed: readonly (readonly [what: string, hasChanged: boolean])[] = [
    ['TLS begins', before.tls === undefined && after.tls !== undefined],
    ['the mode becomes mtls, or is so no more', (before.mode === 'mtls') !== (after.mode === 'mtls')],
    [
      'client_auth_type is another',
      before.tls?.clientAuthType !== after.tls?.clientAuthType && after.tls !== undefined,
    ],
  ];
  const problems = fixed
    .filter(([, hasChanged]) => hasChanged)
    .map(([what]) => ({
      where: '--web.config.file',
      message: `changes what a running zxp cannot: ${what}`,
      hint: 'start zxp anew',
    }));
  return [...problems, ...findLostGuards(before, after)];
}

/** The trust of before where both are of the same certificates: connections that it has verified are verified then. */
export function keepTrust(before: ClientTrust, after: ClientTrust): ClientTrust {
  const list = ({ authorities }: ClientTrust) => authorities?.map((each) => each.fingerprint256).join();
  return list(before) === list(after) ? before : after;
}
