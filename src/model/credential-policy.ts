import type { DoorSpec } from './access-policy.js';

/** Whether a door takes `Authorization` for itself: what is shown to zxp is not for an upstream. */
export function takesAuthorization(door: DoorSpec | undefined): boolean {
  return door !== undefined && (door.mode === 'basic' || door.mode === 'bearer');
}
