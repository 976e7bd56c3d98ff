import type { LogFields, Logger } from '../model/ports.js';

/** The same logger, with these fields at the end of each line. */
export function addFields(logger: Logger, fields: LogFields): Logger {
  return {
    error: (message, more) => logger.error(message, { ...more, ...fields }),
    warn: (message, more) => logger.warn(message, { ...more, ...fields }),
    info: (message, more) => logger.info(message, { ...more, ...fields }),
    debug: (message, more) => logger.debug(message, { ...more, ...fields }),
  };
}
