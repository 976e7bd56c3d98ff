import type { ConfigFile } from '../../src/config/config-file.js';
import { readConfigFile } from '../../src/config/config-reader.js';

/** Reads a config file from memory, with nothing to include. */
export function parseConfigFile(
  name: string,
  text: string,
  environment: Readonly<Record<string, string>> = {},
): ConfigFile {
  return readConfigFile({ name, text, environment, include: () => [] });
}
