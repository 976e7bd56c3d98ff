import { createWriteStream } from 'node:fs';
import type { Configuration } from '../config/load.js';
import type { Logger } from '../model/ports.js';
import { createLogger } from '../telemetry/logger.js';

export interface Log {
  readonly logger: Logger;
  /** Changes level and form of what follows. */
  adjust(options: Configuration['log']): void;
  /** Writes out what is buffered. */
  close(): Promise<void>;
}

/** The log as configured: to `stderr`, or appended to a file. */
export function openLog(options: Configuration['log'], stderr: NodeJS.WritableStream): Log {
  const { level, format, output } = options;
  const file = output === undefined ? undefined : createWriteStream(output, { flags: 'a', mode: 0o640 });
  const logger = createLogger({ level, format, stream: file ?? stderr, clock: () => new Date() });
  file?.once('error', (error) => stderr.write(`zxp: error: the log cannot be written: ${error.message}\n`));
  return {
    logger,
    adjust: (next) => logger.adjust(next),
    close: () => new Promise((resolve) => (file === undefined || file.destroyed ? resolve() : file.end(resolve))),
  };
}
