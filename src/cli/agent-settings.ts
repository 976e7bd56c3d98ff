import type { AgentConfiguration } from '../app/agent/agent-configuration.js';
import type { ConfigFile } from '../config/config-file.js';
import { type Configuration, toConfigError } from '../config/load.js';
import { orderByPlace } from '../config/place.js';
import { type SettingRow, settings, toVariableName } from '../config/settings.js';
import { agentDefaults } from '../config/tunnel/defaults.js';
import { tunnelSettings } from '../config/tunnel/settings.js';
import { type AgentFile, readAgentFile } from '../config/tunnel/tunnel-file.js';
import type { Problem } from '../model/errors.js';
import type { Endpoint } from '../model/tunnel.js';
import type { CliContext } from './context.js';
import type { Flags } from './flags.js';
import { listIncludedNames, readWithIncludes } from './include-files.js';
import { findConfigFile, readSources } from './settings-source.js';
import { readTextFile } from './text-file.js';

/** What the file of an agent comes to, and where it is; everything empty where there is none. */
interface LoadedFile {
  readonly agent: Omit<AgentFile, 'isHocon'>;
  readonly settings: ConfigFile | undefined;
  readonly listIncluded: () => Promise<readonly string[]>;
}

const NO_FILE: LoadedFile = {
  agent: { spec: agentDefaults, bodyBytes: undefined, maxRequests: undefined, problems: [], warnings: [] },
  settings: undefined,
  listIncluded: async () => [],
};

/**
 * Loads the configuration of an agent from flags, environment and `--config.file`. Throws `config` with every problem.
 * For a check the proxies may be missing: a flag may name them later.
 */
export async function loadAgentConfiguration(
  context: CliContext,
  flags: Flags,
  { isCheck = false }: { readonly isCheck?: boolean } = {},
): Promise<AgentConfiguration> {
  const { environment } = context;
  const path = findConfigFile(context, flags);
  const file = path === undefined || path === '' ? NO_FILE : await loadFile(context, path);
  const proxies = readProxies(context, flags);
  const spec = { ...file.agent.spec, ...(proxies.endpoints === undefined ? {} : { proxies: proxies.endpoints }) };
  const missing =
    file.agent.problems.length > 0
      ? []
      : findMissing(spec, { path, mayLackProxies: isCheck || proxies.problems.length > 0 });
  const sources = {
    flags: flags.values,
    environment,
    file: file.settings,
    problems: [...flags.problems, ...proxies.problems, ...file.agent.problems, ...missing],
  };
  const { configuration, problems } = await readSources(sources);
  if (problems.length > 0) throw toConfigError(orderByPlace(problems));
  const isSet = (row: SettingRow<unknown>) => isGiven(row, { context, flags, file: file.settings });
  return {
    settings: toAgentSettings(configuration, { isSet, maxRequests: file.agent.maxRequests }),
    spec,
    bodyBytes: isSet(settings.limits.bodyBytes) ? configuration.limits.bodyBytes : file.agent.bodyBytes,
    listIncluded: file.listIncluded,
    warnings: file.agent.warnings,
  };
}

async function loadFile({ environment }: CliContext, path: string): Promise<LoadedFile> {
  const read = await readTextFile(path);
  if ('problem' in read) {
    const problems = [{ where: path, message: `cannot be read: ${read.problem}` }];
    return { ...NO_FILE, agent: { ...NO_FILE.agent, problems } };
  }
  const source = { name: path, text: read.text, environment };
  const agent = await readWithIncludes(path, (include) => readAgentFile({ ...source, include }));
  const listIncluded = () => listIncludedNames(path, agent.spec.include);
  // A file without a tunnel is another kind of file: what else it has is of no interest.
  const { paths, proxies } = agent.spec;
  const isOther = agent.problems.length > 0 && paths.length + proxies.length + agent.spec.include.length === 0;
  if (agent.isHocon || isOther) return { agent, settings: undefined, listIncluded };
  const { readConfigFile } = await import('../config/config-reader.js');
  const settings = readConfigFile({ ...source, include: () => [], only: SECTIONS });
  return { agent, settings, listIncluded };
}

const SECTIONS = ['limits', 'log', 'web', 'modules', 'auths'];

function readProxies({ environment }: CliContext, flags: Flags) {
  const { proxy } = tunnelSettings;
  const variable = toVariableName(proxy);
  const given = flags.values.get(proxy.name);
  const texts = given ?? environment[variable]?.split(',').map((each) => each.trim());
  const where = given === undefined ? variable : `--${proxy.name}`;
  const problems: Problem[] = [];
  const endpoints = texts?.flatMap((text): readonly Endpoint[] => {
    const endpoint = proxy.kind.read(text);
    if (endpoint === undefined) problems.push({ where, message: `must be ${proxy.kind.expected}` });
    return endpoint === undefined ? [] : [endpoint];
  });
  return { endpoints, problems };
}

function findMissing(
  spec: AgentConfiguration['spec'],
  { path, mayLackProxies }: { readonly path: string | undefined; readonly mayLackProxies: boolean },
): readonly Problem[] {
  const where = path ?? '--config.file';
  const problems: Problem[] = [];
  if (spec.proxies.length === 0 && !mayLackProxies) {
    problems.push({ where: '--tunnel.proxy', message: 'is not set', hint: '--tunnel.proxy proxy.example:50051' });
  }
  if (path === undefined) {
    problems.push({ where, message: 'is not set', hint: 'a file with the paths to serve: zxp help agent' });
  } else if (spec.paths.length === 0 && spec.include.length === 0) {
    const hint = 'tunnel: {paths: [{path: app, url: "http://localhost:9100/metrics"}]}';
    problems.push({ where, message: 'has no paths to serve', hint });
  }
  return problems;
}

function isGiven(
  row: SettingRow<unknown>,
  given: { readonly context: CliContext; readonly flags: Flags; readonly file: ConfigFile | undefined },
): boolean {
  return (
    given.flags.values.has(row.name) ||
    given.context.environment[toVariableName(row)] !== undefined ||
    (row.key !== undefined && (given.file?.find(row.key, false).length ?? 0) > 0)
  );
}

/** An agent listens only on addresses that are set, so that two of them fit on one machine. */
function toAgentSettings(
  configuration: Configuration,
  {
    isSet,
    maxRequests,
  }: { readonly isSet: (row: SettingRow<unknown>) => boolean; readonly maxRequests: number | undefined },
): Configuration {
  const { web } = configuration;
  const isListening = isSet(settings.web.listenAddresses);
  return {
    ...configuration,
    web: {
      ...web,
      listenAddresses: isListening ? web.listenAddresses : [],
      maxRequests: maxRequests === undefined || isSet(settings.web.maxRequests) ? web.maxRequests : maxRequests,
    },
  };
}
