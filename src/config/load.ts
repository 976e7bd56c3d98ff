import type { AccessPolicy } from '../model/access-policy.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { TcpAddress } from '../model/listen-address.js';
import type { AuthSpec, BudgetSpec, Dialect, ModuleSpec, TargetSpec } from '../model/module.js';
import { maskParameters, maskUserinfo } from '../net/masking.js';
import { type ConfigFile, emptyConfigFile, type FoundValue } from './config-file.js';
import { findNearest } from './nearest.js';
import {
  readSettingValues,
  type Setting,
  type SettingValues,
  settingRows,
  settings,
  toVariableName,
} from './settings.js';
import { tunnelSettingRows } from './tunnel/settings.js';
import { toPrefix, upstreamPlace, upstreamUrl } from './values.js';
import {
  mentionsAccessControl,
  noWebConfig,
  type WebConfigReader,
  type WebConfigReading,
  type WebConfigSettings,
} from './web/web-config-reading.js';

/** The active configuration. Times are milliseconds, sizes bytes. */
export interface Configuration extends SettingValues {
  readonly upstream: SettingValues['upstream'] & {
    /** The URL of the metrics; undefined where no upstream is set. */
    readonly url: URL | undefined;
  };
  readonly web: SettingValues['web'] & {
    /** In front of every path: empty, or `/zxp`. */
    readonly routePrefix: string;
  };
  /** The files that it was read from, and the folders of its includes: a change of one may change it. */
  readonly files: readonly string[];
  /** Of a target that is requested by its URL without a module: the one that is set, else `default`, else the usual one. */
  readonly probeModule: string;
  /** Who may scrape zxp, and over what; undefined where nothing is set for it. */
  readonly access: AccessPolicy | undefined;
  /** The modules of the config file, by their names. */
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  readonly targets: readonly TargetSpec[];
  /** Credentials by name. */
  readonly auths: ReadonlyMap<string, AuthSpec>;
  /** Request budgets that modules share, by their names. */
  readonly budgets: ReadonlyMap<string, BudgetSpec>;
  readonly dialect: Dialect;
  /** Of the config file: why it was taken for one in that dialect, and the files that modules and auths name. */
  readonly file: Pick<ConfigFile, 'dialectReason' | 'namedFiles'>;
  /** What could be better, and refuses nothing. */
  readonly warnings: readonly Problem[];
}

/** Where settings come from, the strongest first. */
export interface SettingSources {
  /** By the flag's name without dashes; a repeatable one has several. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigFile | undefined;
  /** The files that the sources were read from. */
  readonly files?: readonly string[];
  /** Reads the access policy; needed where `mayNeedAccessPolicy`. */
  readonly readWebConfig?: WebConfigReader | undefined;
  /** Whether no client will connect, so that the access policy is not read. */
  readonly ignoresAccessPolicy?: boolean | undefined;
  /** What is wrong already, to be reported together with the rest. */
  readonly problems?: readonly Problem[];
}

/** Merges flags over environment over file over defaults. Throws `config` with every problem there is. */
export function loadConfiguration(sources: SettingSources): Configuration {
  const { configuration, problems } = readConfiguration(sources);
  if (problems.length > 0) throw toConfigError(problems);
  return configuration;
}

/**
 * The same, with the problems and what else could be read: to look for further problems in, and for nothing else.
 */
export function readConfiguration(sources: SettingSources): {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
} {
  const { file = emptyConfigFile() } = sources;
  const problems: Problem[] = [
    ...(sources.problems ?? []),
    ...findUnknownVariables(sources.environment),
    ...file.problems,
  ];
  const reader = new SettingReader(sources, problems);
  const values = readSettingValues(({ row }) => reader.read(row));
  const { modules, targets, auths, budgets, dialect, dialectReason, namedFiles } = file;
  const access = findAccessPolicy(values.web, sources);
  problems.push(...checkPaths(values), ...access.problems);
  const isModuleSet = reader.isSet(settings.module);
  const hasDefault = dialect === 'json_exporter' || modules.has('default');
  const configuration: Configuration = {
    ...values,
    upstream: { ...values.upstream, url: findUrl(values.upstream) },
    web: {
      ...values.web,
      routePrefix:
        values.web.routePrefix ?? (values.web.externalUrl === undefined ? '' : toPrefix(values.web.externalUrl)),
      healthListenAddress: values.web.healthListenAddress ?? findHealthAddress(access),
    },
    probeModule: hasDefault && !isModuleSet ? 'default' : values.module,
    access: access.access,
    ...{ modules, targets, auths, budgets, dialect },
    file: { dialectReason, namedFiles },
    files: sources.files ?? [],
    warnings: [...file.warnings, ...findUseless(values), ...access.warnings],
  };
  return { configuration, problems };
}

/** Whether a source has anything about the access policy. */
export function mayNeedAccessPolicy({ ignoresAccessPolicy, flags, environment, file }: SettingSources): boolean {
  if (ignoresAccessPolicy === true) return false;
  const { configFile, authMode, authTokenFiles } = settings.web;
  return [configFile, authMode, authTokenFiles].some(
    (row) =>
      flags.has(row.name) ||
      environment[toVariableName(row)] !== undefined ||
      (row.key !== undefined && (file?.find(row.key, false).length ?? 0) > 0),
  );
}

function findAccessPolicy(
  web: WebConfigSettings,
  { ignoresAccessPolicy, readWebConfig }: SettingSources,
): WebConfigReading {
  if (ignoresAccessPolicy === true || !mentionsAccessControl(web)) return noWebConfig;
  if (readWebConfig === undefined) throw new Error('there is nothing to read the access policy with');
  return readWebConfig(web);
}

/** Where everything else needs a client certificate, health has an address of its own. */
function findHealthAddress({ access }: WebConfigReading): TcpAddress | undefined {
  const { kind, default: address } = settings.web.healthListenAddress;
  return access?.mode === 'mtls' ? kind.read(address) : undefined;
}

/** The error of a configuration that is invalid; what two readers found in one place is in it once. */
export function toConfigError(problems: readonly Problem[]): ZxpError {
  const distinct = [...new Map(problems.map((each) => [`${each.where} ${each.message}`, each])).values()];
  const count = distinct.length === 1 ? 'one problem' : `${distinct.length} problems`;
  return new ZxpError('config', `the configuration has ${count}`, { problems: distinct });
}

class SettingReader {
  readonly #sources: SettingSources;
  readonly #problems: Problem[];

  constructor(sources: SettingSources, problems: Problem[]) {
    this.#sources = sources;
    this.#problems = problems;
  }

  /** The value of a setting, its default where none is given or, with a problem noted, where it cannot be read. */
  read(row: Setting<unknown>): unknown {
    const found = this.#find(row);
    const [first, ...more] = found;
    if (row.repeatable !== true && first !== undefined && more.length > 0) {
      this.#problems.push({ where: first.where, message: `given ${found.length} times`, hint: 'keep one' });
    }
    const used = row.repeatable === true ? found : found.slice(0, 1);
    return row.toValue(used.flatMap((each) => this.#readValue(row, each)));
  }

  /** Whether any source has the setting. */
  isSet(row: Setting<unknown>): boolean {
    return this.#find(row).length > 0;
  }

  #readValue(row: Setting<unknown>, { value, where, found }: FoundValue): readonly unknown[] {
    const read = row.kind.read(value);
    if (read !== undefined) return [read];
    const shown = found ?? describeValue(row, value);
    const not = shown === 'text' ? '' : `, not ${shown}`;
    this.#problems.push({ where, message: `must be ${row.kind.expected}${not}`, hint: toHint(row, value) });
    return [];
  }

  #find(row: Setting<unknown>): readonly FoundValue[] {
    const flags = this.#sources.flags.get(row.name);
    if (flags !== undefined) return flags.map((value) => ({ value, where: `--${row.name}` }));
    const variable = toVariableName(row);
    const text = this.#sources.environment[variable];
    if (text !== undefined) {
      const values = row.repeatable === true ? text.split(',').map((each) => each.trim()) : [text];
      return values.map((value) => ({ value, where: variable }));
    }
    return row.key === undefined ? [] : (this.#sources.file?.find(row.key, row.repeatable === true) ?? []);
  }
}

function findUrl({ base, path }: SettingValues['upstream']): URL | undefined {
  return base === undefined ? undefined : joinUrl(base, path);
}

/** `http://host/base` and `/metrics` give `http://host/base/metrics`; behind a socket comes a colon. A file is whole. */
function joinUrl(base: URL, path: string): URL {
  const url = new URL(base);
  if (url.protocol === 'file:') return url;
  const colon = url.protocol === 'unix:' && !url.pathname.includes(':') ? ':' : '';
  url.pathname = url.pathname.replace(/\/$/, '') + colon + path;
  return url;
}

/** What was found, without giving away what may be a credential. */
function describeValue(row: Setting<unknown>, value: unknown): string {
  if (value === null) return 'nothing';
  if (value === '') return 'empty';
  if (typeof value !== 'string') return typeof value === 'object' ? describeShape(value) : String(value);
  const masked = maskParameters(row.kind === upstreamPlace || value.includes('://') ? maskUserinfo(value) : value);
  return `"${masked.slice(0, 200)}"`;
}

function describeShape(value: object): string {
  if (!Array.isArray(value)) return 'a map';
  return value.length === 0 ? 'an empty list' : 'a list';
}

function toHint(row: Setting<unknown>, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  if (row.kind === upstreamPlace) return toUpstreamHint(value);
  const nearest = findNearest(value, row.kind.words ?? []);
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

function toUpstreamHint(value: string): string | undefined {
  if (value.includes('@')) {
    return 'zxp forwards the credentials of the scraper: set basic_auth in the Prometheus job instead';
  }
  const isBare = !value.includes('://') && upstreamUrl.read(`http://${value}`) !== undefined;
  if (isBare) return `did you mean http://${value}?`;
  return value.includes('?') ? 'the path goes into --upstream.path' : undefined;
}

const variableNames = new Set([...settingRows, ...tunnelSettingRows].map((row) => toVariableName(row)));

function findUnknownVariables(environment: SettingSources['environment']): readonly Problem[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('ZXP_') && environment[name] !== undefined && !variableNames.has(name))
    .filter((name) => !isServiceLink(name, environment[name] ?? ''))
    .map((name) => {
      const nearest = findNearest(name, variableNames);
      const hint = nearest === undefined ? 'unset it, or see zxp help' : `did you mean ${nearest}?`;
      return { where: name, message: 'unknown environment variable', hint };
    });
}

/** What Kubernetes puts into every container beside a Service called `zxp` or `zxp-...` (its "service links"). */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}

const RESERVED_PATHS = ['/', '/healthz', '/readyz', '/probe', '/playground'];

function checkPaths({ web }: SettingValues): readonly Problem[] {
  if (!RESERVED_PATHS.includes(web.telemetryPath) && !/^\/(-|playground)\//.test(web.telemetryPath)) return [];
  const message = `cannot be ${web.telemetryPath}, which serves something else`;
  return [{ where: '--web.telemetry-path', message, hint: 'choose another, such as /metrics' }];
}

/** What is set and changes nothing, or more than was meant. */
function findUseless({ upstream }: SettingValues): readonly Problem[] {
  const warnings = findRepeatedPath(upstream);
  if (upstream.caFile === undefined || upstream.base?.protocol !== 'http:') return warnings;
  const message = 'has no effect: the upstream is plain http';
  return [...warnings, { where: '--upstream.ca-file', message, hint: 'did you mean https in --upstream?' }];
}

/** A base that has the path already: `/metrics/metrics` is rarely meant. */
function findRepeatedPath({ base, path }: SettingValues['upstream']): readonly Problem[] {
  const isWhole = base === undefined || base.protocol === 'file:' || path === '/';
  if (isWhole || !base.pathname.replace(/\/$/, '').endsWith(path)) return [];
  const message = `ends with ${path}, and the upstream path ${path} is added to it`;
  return [{ where: '--upstream', message, hint: `remove ${path} from the URL, or set --upstream.path` }];
}
