import type { AccessPolicy, AuthMode } from '../../model/access-policy.js';
import type { Problem } from '../../model/errors.js';
import type { ListenAddress } from '../../model/listen-address.js';

/** What flags, environment and config file configure of access control. */
export interface WebConfigSettings {
  readonly listenAddresses: readonly ListenAddress[];
  /** The path of the web config file. */
  readonly configFile: string | undefined;
  readonly authMode: AuthMode | undefined;
  readonly authTokenFiles: readonly string[];
}

/** An access policy with every problem of it; usable only without any. */
export interface WebConfigReading {
  readonly access: AccessPolicy | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Without any access control. */
export const noWebConfig: WebConfigReading = { access: undefined, problems: [], warnings: [] };

/** Reads what guards zxp. */
export type WebConfigReader = (settings: WebConfigSettings) => WebConfigReading;

/** Whether access control is configured. */
export function mentionsAccessControl({ configFile, authMode, authTokenFiles }: WebConfigSettings): boolean {
  return configFile !== undefined || authMode !== undefined || authTokenFiles.length > 0;
}
