import { readWebConfig } from '../../src/config/web/web-config.js';
import type { WebConfigReader } from '../../src/config/web/web-config-reading.js';

/** Reads access control whose web config file, whichever is named, has this text. */
export function readDoorOf(text: string): WebConfigReader {
  return (settings) => readWebConfig(settings, { environment: {}, file: { name: settings.configFile ?? '', text } });
}
