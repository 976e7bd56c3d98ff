import type { Logger } from '../model/ports.js';

/** Writes nothing. */
export const silentLogger: Logger = { error: ignore, warn: ignore, info: ignore, debug: ignore };

function ignore(): void {
  // That is what it is for.
}
