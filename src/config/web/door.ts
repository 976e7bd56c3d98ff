import type { DoorMode, DoorSpec } from '../../model/door.js';
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

/** The text of a file, or why it cannot be had. */
export type WebFileReader = (path: string) => { readonly text: string } | { readonly problem: string };

export interface DoorSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readWebFile?: WebFileReader | undefined;
}

/** A door with everything that is wrong with it: it may be opened where there is no problem. */
export interface DoorReading {
  readonly door: DoorSpec | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads what guards zxp, the web config file with it; no door where nothing says anything of one. */
export function readDoor(settings: DoorSettings, sources: DoorSources): DoorReading {
  const { configFile, authMode, authTokenFiles } = settings;
  if (configFile === undefined && authMode === undefined && authTokenFiles.length === 0) {
    return { door: undefined, problems: [], warnings: [] };
  }
  const text = configFile === undefined ? { text: '' } : sources.readWebFile?.(configFile);
  // Until the file can be read, one that says anything is refused.
  const isEmpty = text !== undefined && 'text' in text && text.text === '';
  const problems = isEmpty ? [] : [{ where: '--web.config.file', message: 'cannot be read yet' }];
  const door = {
    mode: authMode ?? (authTokenFiles.length === 0 ? 'none' : 'bearer'),
    isModeSaid: authMode !== undefined,
    users: [],
    tokens: [],
    tokenFiles: authTokenFiles,
    tls: undefined,
    headers: [],
    rateLimit: undefined,
    allowedClients: undefined,
    trustedProxies: [],
  } as const;
  return { door, problems, warnings: [] };
}
