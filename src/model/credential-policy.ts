import type { AccessPolicy } from './access-policy.js';

/** Whether a door takes `Authorization` for itself: what is shown to zxp is not for an upstream. */
export function consumesAuthorization(access: AccessPolicy | undefined): boolean {
  return access !== undefined && (access.mode === 'basic' || access.mode === 'bearer');
}
