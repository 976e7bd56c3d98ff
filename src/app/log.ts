import { createWriteStream, type Stats, type WriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainFileError } from '../config/file-error.js';
import type { Configuration } from '../config/load.js';
import { type Problem, ZxpError } from '../model/errors.js';
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

/** What a start has against a file for the log, for `zxp check`: it neither opens nor creates it. */
export async function findLogProblems({ output }: Pick<Configuration['log'], 'output'>): Promise<readonly Problem[]> {
  if (output === undefined) return [];
  const found = await findObstacle(output);
  return found === undefined
    ? []
    : [{ where: '--log.output', message: `${output} ${found.message}`, hint: found.hint }];
}

/** What is a file for the log; opening a named pipe would wait for its reader, without end. */
async function findObstacle(path: string): Promise<{ readonly message: string; readonly hint: string } | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) {
    const kind = nameUnfit(found, path);
    const hint = 'name a file, or leave it out: the log goes to standard error then';
    return kind === undefined ? undefined : { message: `is ${kind}, not a regular file`, hint };
  }
  const isFolderThere = await stat(dirname(path)).then(
    () => true,
    () => false,
  );
  return isFolderThere ? undefined : { message: 'is in a folder that does not exist', hint: 'create the folder' };
}

/** What the process has open already, as `/dev/stdout` in a container, may be a pipe. */
function nameUnfit(found: Stats, path: string): string | undefined {
  if (found.isFile() || found.isCharacterDevice()) return undefined;
  if (found.isDirectory()) return 'a folder';
  if (/^\/(?:dev|proc)\//.test(path) && !found.isBlockDevice()) return undefined;
  return found.isFIFO() ? 'a named pipe' : found.isSocket() ? 'a socket' : 'a device';
}

async function openFile(path: string): Promise<WriteStream> {
  const obstacle = await findObstacle(path);
  if (obstacle !== undefined) {
    const { message, hint } = obstacle;
    throw new ZxpError('config', `the log file ${path} ${message}`, { hint });
  }
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
