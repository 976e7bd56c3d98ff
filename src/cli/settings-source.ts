import type { ConfigFile } from '../config/config-file.js';
import { explainFileError } from '../config/file-error.js';
import {
  type Configuration,
  mayNeedAccessPolicy,
  readConfiguration,
  type SettingSources,
  toConfigError,
} from '../config/load.js';
import { orderByPlace } from '../config/place.js';
import { settings, toVariableName } from '../config/settings.js';
import type { WebConfigReader, WebConfigReading, WebConfigSettings } from '../config/web/web-config-reading.js';
import { MAX_CONFIG_BYTES, readTextOnce } from '../files/read-file.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import type { DaemonCommand } from './daemon-command.js';
import type { Flags } from './flags.js';
import { readTextFile } from './text-file.js';

/** Where a command has its settings from. */
interface Given {
  readonly context: CliContext;
  readonly flags: Flags;
  /** Whether there is no server, so that access control is not read. */
  readonly ignoresAccessPolicy?: boolean;
}

/** Loads the configuration from flags, environment and `--config.file`. Throws `config` with every problem. */
export async function loadSettings(context: CliContext, flags: Flags): Promise<Configuration> {
  return refuseProblems(await load({ context, flags }));
}

/** The same for `zxp check`: with the problems, and what could be read. */
export function readSettings(context: CliContext, flags: Flags): Promise<ReadSettings> {
  return load({ context, flags });
}

/** The same for one scrape: without the web config file, which its user may not even be allowed to read. */
export async function loadScrapeSettings(context: CliContext, flags: Flags): Promise<Configuration> {
  return refuseProblems(await load({ context, flags, ignoresAccessPolicy: true }));
}

/** The same with the problems, and what could be read. */
export function readScrapeSettings(context: CliContext, flags: Flags): Promise<ReadSettings> {
  return load({ context, flags, ignoresAccessPolicy: true });
}

/** A configuration as far as it can be read, and what is wrong with it. */
export interface ReadSettings {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
}

function refuseProblems({ configuration, problems }: ReadSettings): Configuration {
  if (problems.length > 0) throw toConfigError(problems);
  return configuration;
}

async function load(given: Given): Promise<ReadSettings> {
  const { context, flags } = given;
  const path = findConfigFile(context, flags);
  // An empty path is a problem of the setting, told with the others.
  if (path === undefined || path === '') return merge(given, {});
  const text = await readText(path);
  if (typeof text !== 'string') return merge(given, { file: text });
  const { readConfigFileAndIncludes } = await import('./include-files.js');
  const { file, files } = await readConfigFileAndIncludes({ name: path, text, environment: context.environment });
  return merge(given, { file, files: [path, ...files] });
}

/** Reads access control again, and nothing else. Throws `config` with every problem. */
export async function loadAccessPolicy(
  context: CliContext,
  settings: WebConfigSettings,
): Promise<Pick<WebConfigReading, 'access' | 'warnings'>> {
  const readWebConfig = await loadWebConfigReader(context, settings.configFile);
  const { problems, ...reading } = readWebConfig(settings);
  if (problems.length > 0) throw toConfigError(problems);
  return reading;
}

/** The same with a config file of zot's own exporter, or with that exporter's defaults where there is none. */
export async function loadZotSettings(
  context: CliContext,
  flags: Flags,
  path: string | undefined,
): Promise<Configuration> {
  return refuseProblems(await readZotSettings(context, flags, path));
}

/** The same for `zxp check`. */
export async function readZotSettings(
  context: CliContext,
  flags: Flags,
  path: string | undefined,
): Promise<ReadSettings> {
  if (findConfigFile(context, flags) !== undefined) {
    throw new ZxpError('usage', "zxp config takes a file of zot's exporter in place of --config.file", {
      hint: "for a file of zxp's own: zxp --config.file FILE",
    });
  }
  const { parseZotFile, zotFileDefaults } = await import('../config/zot.js');
  if (path === undefined) return merge({ context, flags }, { file: zotFileDefaults() });
  const text = await readText(path);
  return merge({ context, flags }, { file: typeof text === 'string' ? parseZotFile(path, text) : text, files: [path] });
}

/**
 * The settings of a daemon as far as they can be read, for a command that needs them: what is wrong with the rest of them is
 * not theirs to tell, and may have come after the daemon's start.
 */
export async function peekSettings(
  { environment }: Pick<CliContext, 'environment'>,
  { flags, isZotConfig }: DaemonCommand,
): Promise<Configuration> {
  const path = isZotConfig ? flags.words[0] : findConfigFile({ environment }, flags);
  const file = await peekFile(path, { isZotConfig, environment });
  return (await readSources({ flags: flags.values, environment, file })).configuration;
}

async function peekFile(
  path: string | undefined,
  { isZotConfig, environment }: { readonly isZotConfig: boolean } & Pick<CliContext, 'environment'>,
): Promise<ConfigFile | undefined> {
  const text = path === undefined || path === '' ? undefined : await readText(path);
  const isRead = path !== undefined && typeof text === 'string';
  if (isZotConfig) {
    const { parseZotFile, zotFileDefaults } = await import('../config/zot.js');
    return isRead ? parseZotFile(path, text) : zotFileDefaults();
  }
  if (!isRead) return undefined;
  const { readConfigFile } = await import('../config/config-reader.js');
  return readConfigFile({ name: path, text, environment, include: () => [] });
}

async function merge(
  { context, flags, ignoresAccessPolicy }: Given,
  files: Pick<SettingSources, 'file' | 'files'>,
): Promise<ReadSettings> {
  const { environment } = context;
  const sources = { ...files, flags: flags.values, environment, ignoresAccessPolicy, problems: flags.problems };
  const { configuration, problems } = await readSources(sources);
  if (problems.length === 0) return { configuration, problems };
  // What is found only later is reported with the rest, and not only once that is fixed.
  const { findDeferredProblems } = await import('../app/deferred-checks.js');
  return {
    configuration,
    problems: orderByPlace([...problems, ...(await findDeferredProblems(configuration, problems))]),
  };
}

/** Merges sources. What reads access control, YAML included, is loaded only where there may be any. */
export async function readSources(sources: SettingSources): Promise<ReturnType<typeof readConfiguration>> {
  if (!mayNeedAccessPolicy(sources)) return readConfiguration(sources);
  const { web } = readConfiguration({ ...sources, ignoresAccessPolicy: true }).configuration;
  return readConfiguration({ ...sources, readWebConfig: await loadWebConfigReader(sources, web.configFile) });
}

/** Reads a web config file, and loads what makes an access policy of it, YAML with it. */
async function loadWebConfigReader(
  { environment }: Pick<SettingSources, 'environment'>,
  configFile: string | undefined,
): Promise<WebConfigReader> {
  const { readWebConfig } = await import('../config/web/web-config.js');
  const file = configFile === undefined ? undefined : await readTextFile(configFile);
  return (settings) => readWebConfig(settings, { environment, file });
}

/** The config file that flags or the environment name. */
export function findConfigFile(context: Pick<CliContext, 'environment'>, flags: Flags): string | undefined {
  const { file } = settings.config;
  return flags.values.get(file.name)?.at(-1) ?? context.environment[toVariableName(file)];
}

/** The text of a file, or a file that sets nothing and has the problem that it cannot be read. */
async function readText(path: string): Promise<string | ConfigFile> {
  try {
    return await readTextOnce(path, { maxBytes: MAX_CONFIG_BYTES });
  } catch (cause) {
    const { emptyConfigFile } = await import('../config/config-file.js');
    return emptyConfigFile({ problems: [{ where: path, message: `cannot be read: ${explainFileError(cause)}` }] });
  }
}
