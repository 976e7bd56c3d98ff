import type { ConfigFile } from '../../src/config/config-file.js';
import { readConfigFile } from '../../src/config/config-reader.js';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import { type Flags, testFlags } from './daemon.js';

/** Reads a config file from memory, with nothing to include. */
export function parseConfigFile(
  name: string,
  text: string,
  environment: Readonly<Record<string, string>> = {},
): ConfigFile {
  return readConfigFile({ name, text, environment, include: () => [] });
}

/** The configuration of a daemon with these flags. */
export function configure(flags: Flags): Configuration {
  const entries = Object.entries({ ...testFlags, ...flags });
  return loadConfiguration({ flags: new Map(entries.map(([name, value]) => [name, [value].flat()])), environment: {} });
}
