import type { Logger } from '../model/ports.js';
import { addFields } from '../telemetry/field-logger.js';
import { silentLogger } from '../telemetry/silent-logger.js';

/** The log of a worker: each line says whose it is, and what all of them would say of start and reload, the first says. */
export function nameWorker(logger: Logger, slot: number): { readonly logger: Logger; readonly announcer: Logger } {
  const named = addFields(logger, { worker: slot });
  return { logger: named, announcer: slot === 1 ? named : silentLogger };
}
