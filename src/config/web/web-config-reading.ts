import type { DoorMode, DoorSpec } from '../../model/access-policy.js';
import type { Problem } from '../../model/errors.js';
import type { ListenAddress } from '../values.js';

/** What flags, environment and config file say of the door. */
export interface DoorSettings {
  readonly listenAddresses: readonly ListenAddress[];
  /** The path of the web config file. */
  readonly configFile: string | undefined;
  readonly authMode: DoorMode | undefined;
  readonly authTokenFiles: readonly string[];
}

/** A door with everything that is wrong with it: it may be opened where there is no problem. */
export interface DoorReading {
  readonly door: DoorSpec | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Where nothing says anything of a door. */
export const noDoor: DoorReading = { door: undefined, problems: [], warnings: [] };

/** Reads what guards zxp. */
export type DoorReader = (settings: DoorSettings) => DoorReading;

/** Whether there is to be a door. */
export function speaksOfDoor({ configFile, authMode, authTokenFiles }: DoorSettings): boolean {
  return configFile !== undefined || authMode !== undefined || authTokenFiles.length > 0;
}
