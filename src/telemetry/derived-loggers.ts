import type { LogFields, Logger } from '../model/ports.js';

/** Writes nothing. */
export const silentLogger: Logger = { error: ignore, warn: ignore, info: ignore, debug: ignore };

function ignore(): void {
  // That is what it is for.
}

/** The same logger, with these fields at the end of each line. */
export function addFields(logger: Logger, fields: LogFields): Logger {
  return {
    error: (message, more) => logger.error(message, { ...more, ...fields }),
    warn: (message, more) => logger.warn(message, { ...more, ...fields }),
    info: (message, more) => logger.info(message, { ...more, ...fields }),
    debug: (message, more) => logger.debug(message, () => ({ ...readFields(more), ...fields })),
  };
}

/** Fields, or what makes them. */
export function readFields(fields: LogFields | (() => LogFields) = {}): LogFields {
  return typeof fields === 'function' ? fields() : fields;
}
