import type { AccessPolicy } from '../model/access-policy.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { TcpAddress } from '../model/listen-address.js';
import type { AuthSpec, BudgetSpec, ModuleSpec, TargetSpec } from '../model/module.js';
import type { LogLevel } from '../model/ports.js';
import { maskUserinfo } from '../net/masking.js';
import type { ConfigFile } from './config-file.js';
import type { ModulesFile } from './modules-file.js';
import { findNearest } from './nearest.js';
import { findDefault, type Setting, settingRows, settings, toVariableName } from './settings.js';
import { tunnelSettingRows } from './tunnel/settings.js';
import { type LogFormat, toPrefix, upstreamPlace, upstreamUrl } from './values.js';
import {
  mentionsAccessControl,
  noWebConfig,
  type WebConfigReader,
  type WebConfigReading,
  type WebConfigSettings,
} from './web/web-config-reading.js';

/** The configuration in force. Times are milliseconds, sizes bytes. */
export interface Configuration {
  readonly upstream: {
    /** The URL of the metrics; undefined where none is set. */
    readonly url: URL | undefined;
    /** Where on an upstream its metrics are. */
    readonly path: string;
    readonly caFile: string | undefined;
    readonly maxConnections: number;
    readonly connectTimeoutMs: number;
  };
  /** Of `--upstream`. */
  readonly module: string;
  /** Of what is asked by its URL and names no module: the one that is set, else `default`, else the usual one. */
  readonly probeModule: string;
  readonly scrape: {
    readonly timeoutMs: number;
    readonly timeoutOffsetMs: number;
    readonly failStatus: boolean;
    /** Whether identical scrapes of `--upstream` at the same time share one request. */
    readonly coalesce: boolean;
    /** Threads for large replies at the most; undefined leaves it to the machine. */
    readonly workers: number | undefined;
  };
  readonly limits: ScrapeLimits;
  readonly web: WebConfigSettings & {
    /** Whether the sockets of the service manager replace the addresses. */
    readonly systemdSocket: boolean;
    readonly telemetryPath: string;
    /** Where zxp is reached from outside, its path without a slash at the end; undefined where nothing names it. */
    readonly externalUrl: URL | undefined;
    /** In front of every path: empty, or `/zxp`. */
    readonly routePrefix: string;
    /** Processes. */
    readonly workers: number;
    readonly maxRequests: number;
    readonly maxConnections: number;
    readonly readTimeoutMs: number;
    readonly writeTimeoutMs: number;
    readonly drainTimeoutMs: number;
    readonly enableLifecycle: boolean;
    readonly disableUi: boolean;
    /** Where health is answered apart from the rest; undefined where it is not. */
    readonly healthListenAddress: TcpAddress | undefined;
  };
  /** Who may scrape zxp, and over what; undefined where nothing says it. */
  readonly access: AccessPolicy | undefined;
  readonly log: {
    readonly level: LogLevel;
    readonly format: LogFormat;
    /** Whether each request is logged. */
    readonly requests: boolean;
    readonly output: string | undefined;
  };
  /** Whether a change of the config file, or of one that it includes, reloads it. */
  readonly autoReload: boolean;
  /** The modules of the config file, by their names. */
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  readonly targets: readonly TargetSpec[];
  /** Credentials by name. */
  readonly auths: ReadonlyMap<string, AuthSpec>;
  /** The files that it was read from, and the folders of its includes: a change of one may change it. */
  readonly files: readonly string[];
  /** Request budgets that modules share, by their names. */
  readonly budgets: ReadonlyMap<string, BudgetSpec>;
  /** Whether the config file is one of json_exporter's. */
  readonly isJsonExporter: boolean;
  /** What is not as it might be, and refuses nothing. */
  readonly warnings: readonly Problem[];
}

/** Where settings come from, the strongest first. */
export interface SettingSources {
  /** By the flag's name without dashes; a repeatable one has several. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigFile | undefined;
  readonly modules?: ModulesFile | undefined;
  /** Reads what guards the daemon; needed where `mayNeedAccessPolicy`. */
  readonly readWebConfig?: WebConfigReader | undefined;
  /** The files that the sources were read from. */
  readonly files?: readonly string[];
  /** Whether nobody is to come in, so that what guards the daemon is not asked for. */
  readonly ignoresAccessPolicy?: boolean | undefined;
  /** What is wrong already, to be told together with the rest. */
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
  const problems: Problem[] = [
    ...(sources.problems ?? []),
    ...findUnknownVariables(sources.environment),
    ...(sources.file?.problems ?? []),
    ...(sources.modules?.problems ?? []),
  ];
  const { saidModule, ...read } = readSettings(new SettingReader(sources, problems));
  const access = findDoor(read.web, sources);
  problems.push(...checkPaths(read), ...access.problems);
  const modules = describeModules(sources.modules);
  const warnings = [...modules.warnings, ...findUseless(read), ...access.warnings];
  const web = { ...read.web, healthListenAddress: read.web.healthListenAddress ?? findHealthAddress(access) };
  const hasDefault = modules.isJsonExporter || modules.modules.has('default');
  const probeModule = saidModule ?? (hasDefault ? 'default' : read.module);
  return {
    configuration: {
      ...read,
      ...modules,
      files: sources.files ?? [],
      probeModule,
      web,
      access: access.access,
      warnings,
    },
    problems,
  };
}

/** Whether a source says anything of a door. */
export function mayNeedAccessPolicy({ ignoresAccessPolicy, flags, environment, file }: SettingSources): boolean {
  if (ignoresAccessPolicy === true) return false;
  return [settings.webConfigFile, settings.webAuthMode, settings.webAuthTokenFile].some(
    (row) =>
      flags.has(row.name) ||
      environment[toVariableName(row)] !== undefined ||
      (row.key !== undefined && (file?.find(row.key, false).length ?? 0) > 0),
  );
}

function findDoor(web: WebConfigSettings, { ignoresAccessPolicy, readWebConfig }: SettingSources): WebConfigReading {
  if (ignoresAccessPolicy === true || !mentionsAccessControl(web)) return noWebConfig;
  if (readWebConfig === undefined) throw new Error('there is nobody to read what guards zxp');
  return readWebConfig(web);
}

/** Where everything else wants a certificate, health has a place of its own. */
function findHealthAddress({ access }: WebConfigReading): TcpAddress | undefined {
  return access?.mode === 'mtls' ? readDefault(settings.webHealthListenAddress) : undefined;
}

function describeModules(file: ModulesFile | undefined) {
  return {
    modules: file?.modules ?? new Map<string, ModuleSpec>(),
    targets: file?.targets ?? [],
    auths: file?.auths ?? new Map<string, AuthSpec>(),
    budgets: file?.budgets ?? new Map<string, BudgetSpec>(),
    isJsonExporter: file?.isJsonExporter ?? false,
    warnings: file?.warnings ?? [],
  };
}

export function toConfigError(problems: readonly Problem[]): ZxpError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new ZxpError('config', `the configuration has ${count}`, { problems });
}

type Settings = Omit<
  Configuration,
  'files' | 'modules' | 'targets' | 'auths' | 'budgets' | 'isJsonExporter' | 'probeModule' | 'access' | 'warnings'
>;

function readSettings(reader: SettingReader): Settings & { readonly saidModule: string | undefined } {
  // Whoever gathered the sources has read the file; whether it was named as it should be is said here with the rest.
  reader.optional(settings.configFile);
  const base = reader.optional(settings.upstream);
  const path = reader.one(settings.upstreamPath);
  const saidModule = reader.optional(settings.module);
  const externalUrl = reader.optional(settings.webExternalUrl);
  return {
    upstream: {
      url: base === undefined ? undefined : joinUrl(base, path),
      path,
      caFile: reader.optional(settings.upstreamCaFile),
      maxConnections: reader.one(settings.upstreamMaxConnections),
      connectTimeoutMs: reader.one(settings.upstreamConnectTimeout),
    },
    module: saidModule ?? readDefault(settings.module),
    saidModule,
    scrape: {
      timeoutMs: reader.one(settings.scrapeTimeout),
      timeoutOffsetMs: reader.one(settings.scrapeTimeoutOffset),
      failStatus: reader.one(settings.scrapeFailStatus),
      coalesce: reader.one(settings.scrapeCoalesce),
      workers: reader.optional(settings.scrapeWorkers),
    },
    limits: {
      bodyBytes: reader.one(settings.limitsBodySize),
      depth: reader.one(settings.limitsDepth),
      nodes: reader.one(settings.limitsNodes),
      series: reader.one(settings.limitsSeries),
      labels: reader.one(settings.limitsLabels),
      labelLength: reader.one(settings.limitsLabelLength),
    },
    web: {
      listenAddresses: reader.many(settings.webListenAddress),
      systemdSocket: reader.one(settings.webSystemdSocket),
      telemetryPath: reader.one(settings.webTelemetryPath),
      externalUrl,
      routePrefix: reader.optional(settings.webRoutePrefix) ?? (externalUrl === undefined ? '' : toPrefix(externalUrl)),
      workers: reader.one(settings.webWorkers),
      maxRequests: reader.one(settings.webMaxRequests),
      maxConnections: reader.one(settings.webMaxConnections),
      readTimeoutMs: reader.one(settings.webReadTimeout),
      writeTimeoutMs: reader.one(settings.webWriteTimeout),
      drainTimeoutMs: reader.one(settings.webDrainTimeout),
      enableLifecycle: reader.one(settings.webEnableLifecycle),
      disableUi: reader.one(settings.webDisableUi),
      configFile: reader.optional(settings.webConfigFile),
      authMode: reader.optional(settings.webAuthMode),
      authTokenFiles: reader.many(settings.webAuthTokenFile),
      healthListenAddress: reader.optional(settings.webHealthListenAddress),
    },
    autoReload: reader.one(settings.configAutoReload),
    log: {
      level: reader.one(settings.logLevel),
      format: reader.one(settings.logFormat),
      requests: reader.one(settings.logRequests),
      output: reader.optional(settings.logOutput),
    },
  };
}

/** One value of a setting, and where it was found. */
interface Found {
  readonly value: unknown;
  readonly where: string;
}

class SettingReader {
  readonly #sources: SettingSources;
  readonly #problems: Problem[];

  constructor(sources: SettingSources, problems: Problem[]) {
    this.#sources = sources;
    this.#problems = problems;
  }

  /** The value of a setting that has a default. */
  one<T>(row: Setting<T>): T {
    const value = this.optional(row);
    return value === undefined ? readDefault(row) : value;
  }

  /** The value of a setting, or undefined where nothing says it or, with a problem noted, where it cannot be read. */
  optional<T>(row: Setting<T>): T | undefined {
    const [first, ...more] = this.#find(row);
    if (first === undefined) return undefined;
    if (more.length > 0) {
      this.#problems.push({ where: first.where, message: `is given ${more.length + 1} times`, hint: 'say it once' });
    }
    return this.#read(row, first);
  }

  /** The values of a repeatable setting; the default's, if it has one, where there is none. */
  many<T>(row: Setting<T>): readonly T[] {
    const found = this.#find(row).map((each) => this.#read(row, each));
    if (found.length === 0) return findDefault(row) === undefined ? [] : [readDefault(row)];
    return found.filter((value) => value !== undefined);
  }

  #read<T>(row: Setting<T>, { value, where }: Found): T | undefined {
    const read = row.kind.read(value);
    if (read === undefined) {
      const message = `must be ${row.kind.expected}, not ${describeValue(row, value)}`;
      this.#problems.push({ where, message, hint: toHint(row, value) });
    }
    return read;
  }

  #find(row: Setting<unknown>): readonly Found[] {
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

function readDefault<T>(row: Setting<T>): T {
  const value = row.kind.read(findDefault(row));
  if (value === undefined) throw new Error(`setting ${row.name} has no default`);
  return value;
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
  const masked = row.kind === upstreamPlace || value.includes('://') ? maskUserinfo(value) : value;
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
    return 'zxp passes on the credentials of whoever scrapes it: set basic_auth in the Prometheus job instead';
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
      return { where: name, message: 'is not a variable that zxp knows', hint };
    });
}

/** What Kubernetes puts into every container beside a Service called `zxp` or `zxp-...` (its "service links"). */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}

const RESERVED_PATHS = ['/', '/healthz', '/readyz', '/probe'];

function checkPaths({ web }: Settings): readonly Problem[] {
  if (!RESERVED_PATHS.includes(web.telemetryPath) && !web.telemetryPath.startsWith('/-/')) return [];
  const message = `cannot be ${web.telemetryPath}: zxp serves something else there`;
  return [{ where: '--web.telemetry-path', message, hint: 'choose another, such as /metrics' }];
}

/** What is set and changes nothing. */
function findUseless({ upstream }: Settings): readonly Problem[] {
  if (upstream.caFile === undefined || upstream.url?.protocol !== 'http:') return [];
  const message = 'has no use: the upstream is plain http';
  return [{ where: '--upstream.ca-file', message, hint: 'did you mean https in --upstream?' }];
}
