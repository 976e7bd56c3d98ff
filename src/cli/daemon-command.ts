import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { explainFileError } from '../config/file-error.js';
import { ZxpError } from '../model/errors.js';
import { addSettingFlags, type Flags } from './flags.js';

/** What a command line of the daemon says. */
export interface DaemonCommand {
  readonly flags: Flags;
  /** Whether it is `zxp config [FILE]`, FILE being the word of `flags`. */
  readonly isZotConfig: boolean;
}

/** Reads the command line of a process that is a zxp, as Linux has it. Throws `usage` where there is none. */
export async function readDaemonCommand(pid: string): Promise<DaemonCommand> {
  const words = (await readCommandLine(pid)).split('\0').slice(0, -1);
  // node's own flags, or an init's, may stand before the program.
  const at = words.findIndex((word) => /(^|\/)zxp$/.test(word));
  if (at < 0) throw toError(pid, 'is not a zxp');
  return parseDaemonCommand(words.slice(at + 1));
}

async function readCommandLine(pid: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch (cause) {
    throw toError(pid, `cannot be looked at: ${explainFileError(cause)}`);
  }
}

function toError(pid: string, message: string): ZxpError {
  return new ZxpError('usage', `process ${pid} ${message}`, { hint: 'say where: zxp health http://localhost:8081' });
}

function parseDaemonCommand(argv: readonly string[]): DaemonCommand {
  const program = new Command().exitOverride();
  const serve = program.command('serve', { isDefault: true }).helpOption(false);
  const config = program.command('config [FILE]').helpOption(false);
  const readServe = addSettingFlags(serve);
  const readConfig = addSettingFlags(config);
  let isZotConfig = false;
  serve.action(() => undefined);
  config.action(() => {
    isZotConfig = true;
  });
  program.parse(argv, { from: 'user' });
  return { flags: isZotConfig ? readConfig() : readServe(), isZotConfig };
}
