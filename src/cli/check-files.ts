import { checkConfiguration } from '../app/check.js';
import type { Configuration } from '../config/load.js';
import { type FileKind, recognizeFile } from '../config/recognize-file.js';
import { settings } from '../config/settings.js';
import { type Problem, toZxpError } from '../model/errors.js';
import { checkTunnelFile } from './check-tunnel.js';
import type { CliContext } from './context.js';
import type { Flags } from './flags.js';
import { findConfigFile, type ReadSettings, readSettings, readZotSettings } from './settings-source.js';
import { readTextFile } from './text-file.js';

/** What `zxp check` found. */
export interface CheckResult {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What the configuration makes of zxp, in a line. */
  readonly description: string;
  /** How the file was taken, and why; undefined where there is nothing to choose. */
  readonly reason: string | undefined;
}

/** Checks the file that the command line names, whichever of those that zxp reads it is, together with the settings. */
export async function checkFiles(context: CliContext, given: Flags): Promise<CheckResult> {
  const files = [...(given.values.get(settings.config.file.name) ?? []), ...given.words];
  const flags: Flags = { ...given, words: [], values: withSetting(given, settings.config.file.name, files) };
  const tunnel = await findTunnel(context, flags);
  if (tunnel !== undefined) return { problems: [], ...tunnel };
  const path = findConfigFile(context, flags);
  const kind = path === undefined || files.length > 1 ? 'config' : await recognize(path);
  if (kind === 'tests') return checkTests(context, path ?? '');
  const { configuration, problems } = await readAs(kind, { context, flags, path });
  const found = await checkConfiguration({
    configuration,
    problems,
    version: context.version,
    environment: context.environment,
    isSourceGiven: kind === 'web' || kind === 'tokens' || (path === undefined && configuration.access !== undefined),
  });
  return {
    ...found,
    description: describe(configuration),
    reason: path === undefined ? undefined : explain(kind, path, configuration),
  };
}

/** What is wrong with the file of a tunnel is a result as well. */
async function findTunnel(
  context: CliContext,
  flags: Flags,
): Promise<(Omit<CheckResult, 'problems'> & { readonly problems?: readonly Problem[] }) | undefined> {
  try {
    return await checkTunnelFile(context, flags);
  } catch (thrown) {
    const error = toZxpError(thrown);
    if (error.code !== 'config' || error.problems.length === 0) throw error;
    return { problems: error.problems, warnings: [], description: '', reason: undefined };
  }
}

async function checkTests(context: CliContext, path: string): Promise<CheckResult> {
  const { checkUnitTests } = await import('./unit-test-files.js');
  const problems = await checkUnitTests(context, [path]);
  return { problems, warnings: [], description: 'unit tests', reason: `${path} is a file of unit tests` };
}

async function recognize(path: string): Promise<FileKind> {
  const file = await readTextFile(path);
  return 'text' in file ? recognizeFile(path, file.text) : 'config';
}

interface CheckedFile {
  readonly context: CliContext;
  readonly flags: Flags;
  readonly path: string | undefined;
}

function readAs(kind: Exclude<FileKind, 'tests'>, { context, flags, path = '' }: CheckedFile): Promise<ReadSettings> {
  const without = {
    ...flags,
    values: new Map([...flags.values].filter(([name]) => name !== settings.config.file.name)),
  };
  const own = { ...context, environment: { ...context.environment, ZXP_CONFIG_FILE: undefined } };
  switch (kind) {
    case 'config':
      return readSettings(context, flags);
    case 'zot':
      return readZotSettings(own, without, path);
    case 'web':
      return readSettings(own, { ...without, values: withSetting(without, settings.web.configFile.name, [path]) });
    case 'tokens':
      return readSettings(own, { ...without, values: withSetting(without, settings.web.authTokenFiles.name, [path]) });
  }
}

function withSetting({ values }: Flags, name: string, files: readonly string[]): Flags['values'] {
  return files.length === 0 ? values : new Map([...values, [name, files]]);
}

/** What the configuration makes of zxp, in a line. */
function describe(configuration: Configuration): string {
  const { upstream, module, modules, targets, auths, dialect, access } = configuration;
  const names = [...modules.keys()].join(', ');
  const parts = [
    ...(upstream.url === undefined ? [] : [`${upstream.url.href} by module ${module}`]),
    ...(modules.size === 0 ? [] : [`${dialect === 'json_exporter' ? 'json_exporter ' : ''}modules ${names}`]),
    ...(targets.length === 0 ? [] : [`targets ${targets.map((target) => target.name).join(', ')}`]),
    ...(auths.size === 0 ? [] : [`auths ${[...auths.keys()].join(', ')}`]),
    ...(access === undefined
      ? []
      : [`authentication ${access.mode}${access.tls === undefined ? '' : ', TLS enabled'}`]),
  ];
  return parts.join('; ');
}

function explain(kind: Exclude<FileKind, 'tests'>, path: string, { dialect, file }: Configuration): string | undefined {
  switch (kind) {
    case 'web':
      return `${path} is a web config file`;
    case 'zot':
      return `${path} is a file of zot's own exporter`;
    case 'tokens':
      return `${path} is a file of bearer tokens`;
    case 'config':
      if (file.dialectReason === '') return undefined;
      return `${path} is a config file of ${dialect === 'zxp' ? "zxp's own" : 'json_exporter'}: ${file.dialectReason}`;
  }
}
