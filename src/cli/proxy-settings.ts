import type { ConfigFile } from '../config/config-file.js';
import { type Configuration, toConfigError } from '../config/load.js';
import { orderByPlace } from '../config/place.js';
import { type SettingRow, settings, toVariableName } from '../config/settings.js';
import { proxyDefaults } from '../config/tunnel/defaults.js';
import { PROXY_HTTP_PORT } from '../config/tunnel/proxy-settings.js';
import { tunnelSettings } from '../config/tunnel/settings.js';
import { type ProxyFile, readProxyFile } from '../config/tunnel/tunnel-file.js';
import type { Problem } from '../model/errors.js';
import type { ProxySpec } from '../model/tunnel.js';
import type { CliContext } from './context.js';
import type { Flags } from './flags.js';
import { readWithIncludes } from './include-files.js';
import { findConfigFile, readSources } from './settings-source.js';
import { readTextFile } from './text-file.js';

/** What a proxy runs with: its side of the tunnel, and the settings that it shares with the exporter. */
export interface ProxyConfiguration {
  readonly spec: ProxySpec;
  readonly settings: Configuration;
  readonly warnings: readonly Problem[];
}

/** What the file of a proxy comes to; the defaults where there is none. */
interface LoadedFile {
  readonly proxy: ProxyFile;
  readonly settings: ConfigFile | undefined;
}

const NO_FILE: LoadedFile = {
  proxy: { spec: proxyDefaults, isHocon: false, httpPort: undefined, problems: [], warnings: [] },
  settings: undefined,
};

const SECTIONS = ['log', 'web', 'scrape'];

/** Loads the configuration of a proxy from flags, environment and `--config.file`. Throws `config` with every problem. */
export async function loadProxyConfiguration(context: CliContext, flags: Flags): Promise<ProxyConfiguration> {
  const path = findConfigFile(context, flags);
  const file = path === undefined || path === '' ? NO_FILE : await loadFile(context, path);
  const tunnel = readTunnelSettings(context, flags);
  const sources = {
    flags: flags.values,
    environment: context.environment,
    file: file.settings,
    problems: [...flags.problems, ...tunnel.problems, ...file.proxy.problems],
  };
  const { configuration, problems } = await readSources(sources);
  if (problems.length > 0) throw toConfigError(orderByPlace(problems));
  const isSet = (row: SettingRow<unknown>) =>
    findTexts(row, context, flags) !== undefined ||
    (row.key !== undefined && (file.settings?.find(row.key, row.repeatable === true).length ?? 0) > 0);
  const { web } = configuration;
  const port = file.proxy.httpPort ?? PROXY_HTTP_PORT;
  return {
    spec: { ...file.proxy.spec, ...tunnel.spec },
    settings: {
      ...configuration,
      web: {
        ...web,
        listenAddresses: isSet(settings.web.listenAddresses) ? web.listenAddresses : [{ host: undefined, port }],
      },
    },
    warnings: [...file.proxy.warnings, ...configuration.warnings],
  };
}

async function loadFile({ environment }: CliContext, path: string): Promise<LoadedFile> {
  const read = await readTextFile(path);
  if ('problem' in read) {
    const problems = [{ where: path, message: `cannot be read: ${read.problem}` }];
    return { ...NO_FILE, proxy: { ...NO_FILE.proxy, problems } };
  }
  const source = { name: path, text: read.text, environment };
  const proxy = await readWithIncludes(path, (include) => readProxyFile({ ...source, include }));
  if (proxy.isHocon || proxy.problems.length > 0) return { proxy, settings: undefined };
  const { readConfigFile } = await import('../config/config-reader.js');
  return { proxy, settings: readConfigFile({ ...source, include: () => [], only: SECTIONS }) };
}

/** What flags and the environment set of the tunnel itself; they win over the file. */
function readTunnelSettings(context: CliContext, flags: Flags) {
  const problems: Problem[] = [];
  const read = <T>(row: SettingRow<T>): readonly T[] | undefined =>
    findTexts(row, context, flags)?.flatMap(({ text, where }) => {
      const value = row.kind.read(text);
      if (value === undefined) problems.push({ where, message: `must be ${row.kind.expected}` });
      return value === undefined ? [] : [value];
    });
  const listenAddresses = read(tunnelSettings.listenAddress);
  const allowed = read(tunnelSettings.allowPlaintextCredentials)?.at(-1);
  const spec = {
    ...(listenAddresses === undefined ? {} : { listenAddresses }),
    ...(allowed === undefined ? {} : { allowPlaintextCredentials: allowed }),
  };
  return { spec, problems };
}

function findTexts(row: SettingRow<unknown>, { environment }: CliContext, flags: Flags) {
  const given = flags.values.get(row.name);
  if (given !== undefined) return given.map((text) => ({ text, where: `--${row.name}` }));
  const variable = toVariableName(row);
  const text = environment[variable];
  if (text === undefined) return undefined;
  const texts = row.repeatable === true ? text.split(',').map((each) => each.trim()) : [text];
  return texts.map((each) => ({ text: each, where: variable }));
}
