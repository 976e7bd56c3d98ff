import { readDoor } from '../../src/config/web/web-config.js';
import type { DoorReader } from '../../src/config/web/web-config-reading.js';

/** Reads a door whose web config file, whichever is named, has this text. */
export function readDoorOf(text: string): DoorReader {
  return (settings) => readDoor(settings, { environment: {}, readWebFile: (name) => ({ name, text }) });
}
