import type { AccessPolicy, AuthMode } from '../../model/access-policy.js';
import type { Problem } from '../../model/errors.js';
import type { ListenAddress } from '../../model/listen-address.js';

/** What flags, environment and config file say of the door. */
export interface WebConfigSettings {
  readonly listenAddresses: readonly ListenAddress[];
  /** The path of the web config file. */
  readonly configFile: string | undefined;
  readonly authMode: AuthMode | undefined;
  readonly authTokenFiles: readonly string[];
}

/** A door with everything that is wrong with it: it may be opened where there is no problem. */
export interface WebConfigReading {
  readonly access: AccessPolicy | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Where nothing says anything of a door. */
export const noWebConfig: WebConfigReading = { access: undefined, problems: [], warnings: [] };

/** Reads what guards zxp. */
export type WebConfigReader = (settings: WebConfigSettings) => WebConfigReading;

/** Whether there is to be a door. */
export function mentionsAccessControl({ configFile, authMode, authTokenFiles }: WebConfigSettings): boolean {
  return configFile !== undefined || authMode !== undefined || authTokenFiles.length > 0;
}
