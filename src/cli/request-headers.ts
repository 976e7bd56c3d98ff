import { type Command, Option } from 'commander';
import { explainFileError } from '../config/file-error.js';
import { readTextOnce } from '../files/read-file.js';
import { type Problem, ZxpError } from '../model/errors.js';
import { isHeaderName } from '../model/header-syntax.js';
import type { HeaderList } from '../model/ports.js';
import { toBasic } from '../net/basic.js';

/** What the flags of `addHeaderFlags` say. */
export interface HeaderFlags {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly authorizationFile?: string;
  readonly header?: readonly string[];
}

/** Headers that belong to the connection, or say how a message is framed: the client writes them itself. */
const RESERVED =
  /^(host|connection|keep-alive|content-length|transfer-encoding|trailer|te|upgrade|expect|proxy-.*|accept-encoding)$/;

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What the flag of `addAuthFlag` says. */
export interface AuthFlags {
  readonly auth?: string;
}

/** Gives a command the flag for an auth of the configuration. */
export function addAuthFlag(command: Command): Command {
  return command.addOption(
    new Option('--auth <NAME>', 'Use the credentials of this name of the config file, one of auths.'),
  );
}

/** Gives a command the flags for what a caller sends along: `-u`, `-H` and their files. */
export function addHeaderFlags(command: Command): Command {
  return command
    .addOption(
      new Option('-u, --user <NAME:PASSWORD>', 'Send basic credentials; NAME alone goes with --password-file.'),
    )
    .addOption(new Option('--password-file <FILE>', "Read the user's password from a file."))
    .addOption(new Option('--authorization-file <FILE>', 'Send what the file says as the Authorization header.'))
    .addOption(
      new Option('-H, --header <NAME:VALUE>', 'Send a header; can be repeated.').argParser(
        (value: string, previous: readonly string[] = []) => [...previous, value],
      ),
    );
}

/** The headers that the flags name. Throws `usage` with every problem, and names no value. */
export async function readHeaderFlags(flags: HeaderFlags): Promise<HeaderList> {
  const problems: Problem[] = [];
  const more = (flags.header ?? []).flatMap((text) => readHeader(text, problems));
  const isGiven = flags.user !== undefined || flags.authorizationFile !== undefined;
  if (isGiven && more.some(([name]) => name === 'authorization')) {
    problems.push({ where: '--header', message: 'has credentials beside those of another flag', hint: 'keep one' });
  }
  if (flags.authorizationFile !== undefined && flags.user !== undefined) {
    problems.push({ where: '--authorization-file', message: 'cannot be combined with --user', hint: 'keep one' });
  }
  if (flags.passwordFile !== undefined && (flags.user === undefined || flags.user.includes(':'))) {
    problems.push({ where: '--password-file', message: 'needs --user NAME' });
  }
  if (flags.user !== undefined && !flags.user.includes(':') && flags.passwordFile === undefined) {
    problems.push({
      where: '--user',
      message: 'has no password',
      hint: '--user NAME:PASSWORD, or --password-file FILE',
    });
  }
  if (problems.length > 0) throw new ZxpError('usage', 'the headers to send are invalid', { problems });
  return [...(await readCredentials(flags)), ...more];
}

async function readCredentials({ user, passwordFile, authorizationFile }: HeaderFlags): Promise<HeaderList> {
  if (authorizationFile !== undefined) return [['authorization', await readSecret(authorizationFile)]];
  if (user === undefined) return [];
  const colon = user.indexOf(':');
  const [name, password] =
    passwordFile === undefined ? [user.slice(0, colon), user.slice(colon + 1)] : [user, await readSecret(passwordFile)];
  return [['authorization', toBasic(name, password)]];
}

function readHeader(text: string, problems: Problem[]): HeaderList {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(0, colon)).trim().toLowerCase();
  const value = text.slice(colon + 1).trim();
  const refuse = (message: string, hint: string) => {
    problems.push({ where: '--header', message, hint });
    return [];
  };
  if (colon < 0) return refuse('has no colon', "--header 'NAME: VALUE'");
  if (!isHeaderName(name)) return refuse('invalid header name', "--header 'NAME: VALUE'");
  if (RESERVED.test(name)) return refuse(`${name} cannot be set`, 'zxp writes it itself');
  if (!HEADER_VALUE.test(value)) {
    return refuse(`the value of ${name} is invalid`, 'remove line breaks, control characters and those beyond Latin-1');
  }
  return [[name, value]];
}

async function readSecret(path: string): Promise<string> {
  try {
    return (await readTextOnce(path)).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new ZxpError('usage', `${path}: cannot be read: ${explainFileError(cause)}`, { cause });
  }
}
