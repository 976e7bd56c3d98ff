import { createWriteStream, type WriteStream } from 'node:fs';
import { explainFileError } from '../config/file-error.js';
import type { Configuration } from '../config/load.js';
import { ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { addFields, silentLogger } from '../telemetry/derived-loggers.js';
import { createLogger } from '../telemetry/logger.js';

/** The open log of a process. */
export interface Log {
  readonly logger: Logger;
  /** Changes level and format of what follows. */
  adjust(options: Configuration['log']): void;
  /** Writes out what is buffered. */
  close(): Promise<void>;
}

/** The log as configured: to `stderr`, or appended to a file. Throws `config` where that file cannot be opened. */
export async function openLog(options: Configuration['log'], stderr: NodeJS.WritableStream): Promise<Log> {
  const { level, format, output } = options;
  const file = output === undefined ? undefined : await openFile(output);
  const logger = createLogger({ level, format, stream: file ?? stderr, clock: () => new Date() });
  file?.once('error', (error) => stderr.write(`zxp: error: the log cannot be written: ${error.message}\n`));
  return {
    logger,
    adjust: (next) => logger.adjust(next),
    close: () => new Promise((resolve) => (file === undefined || file.destroyed ? resolve() : file.end(resolve))),
  };
}

function openFile(path: string): Promise<WriteStream> {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(path, { flags: 'a', mode: 0o640 });
    const refuse = (cause: Error) => {
      reject(new ZxpError('config', `the log file ${path} cannot be opened: ${explainFileError(cause)}`, { cause }));
    };
    file.once('error', refuse);
    file.once('open', () => {
      file.off('error', refuse);
      resolve(file);
    });
  });
}

/**
 * The log of a worker process: each line has its number. `announcer` is for what is the same in all of them, as starts and
 * reloads: it writes in the first one only.
 */
export function nameWorker(logger: Logger, worker: number): { readonly logger: Logger; readonly announcer: Logger } {
  const named = addFields(logger, { worker });
  return { logger: named, announcer: worker === 1 ? named : silentLogger };
}
