import { readFile } from 'node:fs/promises';
import { type ConfigFile, parseConfigFile } from '../config/file.js';
import { type Configuration, loadConfiguration } from '../config/load.js';
import { settings, toVariableName } from '../config/settings.js';
import { detectZotFormat, parseZotFile } from '../config/zot.js';
import { ZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import type { Flags } from './flags.js';

/** Loads the configuration from flags, environment and `--config.file`. Throws `config` with every problem. */
export async function loadSettings(context: CliContext, flags: Flags): Promise<Configuration> {
  const path = findConfigFile(context, flags);
  return merge(context, flags, path === undefined ? undefined : parseConfigFile(path, await readText(path)));
}

/** The same with a config file of zot's own exporter, or with that exporter's defaults where there is none. */
export async function loadZotSettings(
  context: CliContext,
  flags: Flags,
  path: string | undefined,
): Promise<Configuration> {
  if (findConfigFile(context, flags) !== undefined) {
    throw new ZxpError('usage', "zxp config takes a file of zot's exporter in place of --config.file", {
      hint: "for a file of zxp's own: zxp --config.file FILE",
    });
  }
  const file =
    path === undefined ? parseZotFile('', '', 'json') : parseZotFile(path, await readText(path), detectZotFormat(path));
  return merge(context, flags, file);
}

function merge(context: CliContext, flags: Flags, file: ConfigFile | undefined): Configuration {
  return loadConfiguration({ flags: flags.values, environment: context.environment, file, problems: flags.problems });
}

function findConfigFile(context: CliContext, flags: Flags): string | undefined {
  const { configFile } = settings;
  return flags.values.get(configFile.name)?.at(-1) ?? context.environment[toVariableName(configFile)];
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^(\w+): ([^,]+),.*$/s, '$2') : String(cause);
    throw new ZxpError('config', `${path} cannot be read: ${reason}`, { cause });
  }
}
