import * as values from './values.js';

/** One row of the settings table: everything that flags, environment, file, `--help`, docs and completion say of it. */
export interface SettingRow<T> {
  /** The name of the flag without its dashes. */
  readonly name: string;
  /** The key in a config file, dots between the levels; absent where a file cannot set it. */
  readonly key?: string;
  readonly kind: values.ValueKind<T>;
  /** The default as a user would write it. */
  readonly default?: string;
  /** What represents the value in `--help`. */
  readonly placeholder?: string;
  /** Whether it may be given more than once; a file gives a list. */
  readonly repeatable?: boolean;
  /** Whether a change waits for a restart; otherwise it takes effect at a reload. */
  readonly takesEffect?: 'restart';
  /** One sentence for `--help` and the docs. */
  readonly help: string;
}

/** A row with what the configuration has for it. */
export interface Setting<T, V = unknown> extends SettingRow<T> {
  /** The value for the configuration from those that were given, none of them if none was. */
  toValue(given: readonly T[]): V;
  /** What was given, or might have been, for a value of the configuration; none where that is unset. */
  toGiven(value: V): readonly T[];
}

/** A setting that has a default. */
function setting<T>(row: SettingRow<T> & { readonly default: string }): Setting<T, T> {
  const fallback = row.kind.read(row.default);
  if (fallback === undefined) throw new Error(`the default of ${row.name} is invalid`);
  return { ...row, toValue: (given) => given.at(-1) ?? fallback, toGiven: (value) => [value] };
}

/** A setting that may be unset. A default in its row applies only where something else says so. */
function optional<T>(row: SettingRow<T>): Setting<T, T | undefined> {
  return { ...row, toValue: (given) => given.at(-1), toGiven: (value) => (value === undefined ? [] : [value]) };
}

/** A setting that may be given more than once. */
function list<T>(row: SettingRow<T>): Setting<T, readonly T[]> {
  const fallback = row.default === undefined ? undefined : row.kind.read(row.default);
  return {
    ...row,
    repeatable: true,
    toValue: (given) => (given.length === 0 && fallback !== undefined ? [fallback] : given),
    toGiven: (value) => value,
  };
}

/**
 * Every setting of the daemon, in the order in which `--help` shows them and in the shape of the configuration. A new
 * one is a row here and the code that uses it: all else follows from the table.
 */
export const settings = {
  upstream: {
    base: optional({
      name: 'upstream',
      key: 'upstream',
      kind: values.upstreamPlace,
      placeholder: 'URL',
      help: 'JSON API to export: scheme, host and port; or a unix or file URL.',
    }),
    path: setting({
      name: 'upstream.path',
      key: 'upstream_path',
      kind: values.urlPath,
      default: '/metrics',
      placeholder: 'PATH',
      help: 'Path of the metrics on the upstream.',
    }),
    caFile: optional({
      name: 'upstream.ca-file',
      key: 'upstream_ca_file',
      kind: values.filePath,
      placeholder: 'FILE',
      help: "PEM certificates to trust beside the system's roots for an upstream with TLS.",
    }),
    maxConnections: setting({
      name: 'upstream.max-connections',
      key: 'upstream_max_connections',
      kind: values.count,
      default: '256',
      placeholder: 'N',
      help: 'Maximum number of connections to an upstream; further scrapes wait for one.',
    }),
    connectTimeoutMs: setting({
      name: 'upstream.connect-timeout',
      key: 'upstream_connect_timeout',
      kind: values.positiveDuration,
      default: '5s',
      placeholder: 'DURATION',
      help: 'Maximum time to connect to the upstream.',
    }),
  },
  module: setting({
    name: 'module',
    key: 'module',
    kind: values.text,
    default: 'zot',
    placeholder: 'NAME',
    help: 'Module that translates the response of the upstream.',
  }),
  config: {
    file: optional({
      name: 'config.file',
      kind: values.filePath,
      placeholder: 'FILE',
      takesEffect: 'restart',
      help: 'YAML or JSON file with any of these settings, modules and targets.',
    }),
    autoReload: setting({
      name: 'config.auto-reload',
      key: 'config_auto_reload',
      kind: values.flag,
      default: 'false',
      takesEffect: 'restart',
      help: 'Reload when the config file or a file that it includes changes.',
    }),
  },
  scrape: {
    timeoutMs: setting({
      name: 'scrape.timeout',
      key: 'scrape.timeout',
      kind: values.positiveDuration,
      default: '10s',
      placeholder: 'DURATION',
      help: 'Maximum duration of a scrape. A scraper whose own timeout is shorter gets that.',
    }),
    timeoutOffsetMs: setting({
      name: 'scrape.timeout-offset',
      key: 'scrape.timeout_offset',
      kind: values.duration,
      default: '500ms',
      placeholder: 'DURATION',
      help: "How long before the scraper's own timeout zxp responds.",
    }),
    failStatus: setting({
      name: 'scrape.fail-status',
      key: 'scrape.fail_status',
      kind: values.flag,
      default: 'false',
      help: 'Respond to a failed scrape with an HTTP error instead of 200 and target_up 0.',
    }),
    coalesce: setting({
      name: 'scrape.coalesce',
      key: 'scrape.coalesce',
      kind: values.flag,
      default: 'false',
      help: 'Share one upstream request between identical concurrent scrapes of --upstream.',
    }),
    workers: optional({
      name: 'scrape.workers',
      key: 'scrape.workers',
      kind: values.count,
      placeholder: 'N',
      help: 'Maximum number of threads for large responses; by default one less than cores, 1 to 4.',
    }),
  },
  limits: {
    bodyBytes: setting({
      name: 'limits.body-size',
      key: 'limits.body_size',
      kind: values.byteSize,
      default: '64MiB',
      placeholder: 'SIZE',
      help: "Maximum size of the upstream's response, after decompression.",
    }),
    depth: setting({
      name: 'limits.depth',
      key: 'limits.depth',
      kind: values.count,
      default: '512',
      placeholder: 'N',
      help: 'Maximum depth of arrays and objects in a response.',
    }),
    nodes: setting({
      name: 'limits.nodes',
      key: 'limits.nodes',
      kind: values.count,
      default: '2500000',
      placeholder: 'N',
      help: 'Maximum number of arrays and objects in a response.',
    }),
    series: setting({
      name: 'limits.series',
      key: 'limits.series',
      kind: values.count,
      default: '1000000',
      placeholder: 'N',
      help: 'Maximum number of samples of a scrape.',
    }),
    labels: setting({
      name: 'limits.labels',
      key: 'limits.labels',
      kind: values.count,
      default: '64',
      placeholder: 'N',
      help: 'Maximum number of labels of a series.',
    }),
    labelLength: setting({
      name: 'limits.label-length',
      key: 'limits.label_length',
      kind: values.count,
      default: '4096',
      placeholder: 'N',
      help: 'Maximum number of characters of a label name, label value or metric name.',
    }),
  },
  web: {
    listenAddresses: list({
      name: 'web.listen-address',
      key: 'web.listen_addresses',
      kind: values.webListenAddress,
      default: ':8081',
      placeholder: 'ADDRESS',
      takesEffect: 'restart',
      help: 'Address to listen on, or a unix socket.',
    }),
    systemdSocket: setting({
      name: 'web.systemd-socket',
      key: 'web.systemd_socket',
      kind: values.flag,
      default: 'false',
      takesEffect: 'restart',
      help: 'Listen on the sockets that systemd passes (LISTEN_FDS) instead of on addresses.',
    }),
    telemetryPath: setting({
      name: 'web.telemetry-path',
      key: 'web.telemetry_path',
      kind: values.urlPath,
      default: '/metrics',
      placeholder: 'PATH',
      takesEffect: 'restart',
      help: "Path under which the upstream's metrics are served.",
    }),
    externalUrl: optional({
      name: 'web.external-url',
      key: 'web.external_url',
      kind: values.externalUrl,
      placeholder: 'URL',
      takesEffect: 'restart',
      help: 'URL at which clients reach zxp, as through a reverse proxy.',
    }),
    routePrefix: optional({
      name: 'web.route-prefix',
      key: 'web.route_prefix',
      kind: values.routePrefix,
      placeholder: 'PATH',
      takesEffect: 'restart',
      help: 'Prefix of every path, health included. The default is the path of --web.external-url.',
    }),
    workers: setting({
      name: 'web.workers',
      key: 'web.workers',
      kind: values.count,
      default: '1',
      placeholder: 'N',
      takesEffect: 'restart',
      help: 'Number of processes that share the addresses, to use more cores. Limits apply to each.',
    }),
    maxRequests: setting({
      name: 'web.max-requests',
      key: 'web.max_requests',
      kind: values.count,
      default: '256',
      placeholder: 'N',
      takesEffect: 'restart',
      help: 'Maximum number of concurrent scrapes. Another one waits up to a second, then gets 503.',
    }),
    maxConnections: setting({
      name: 'web.max-connections',
      key: 'web.max_connections',
      kind: values.count,
      default: '2048',
      placeholder: 'N',
      takesEffect: 'restart',
      help: 'Maximum number of open client connections on each address.',
    }),
    readTimeoutMs: setting({
      name: 'web.read-timeout',
      key: 'web.read_timeout',
      kind: values.positiveDuration,
      default: '30s',
      placeholder: 'DURATION',
      takesEffect: 'restart',
      help: 'Maximum time for a client to send its request.',
    }),
    writeTimeoutMs: setting({
      name: 'web.write-timeout',
      key: 'web.write_timeout',
      kind: values.positiveDuration,
      default: '30s',
      placeholder: 'DURATION',
      takesEffect: 'restart',
      help: 'Maximum time for a client to read the response.',
    }),
    drainTimeoutMs: setting({
      name: 'web.drain-timeout',
      key: 'web.drain_timeout',
      kind: values.positiveDuration,
      default: '20s',
      placeholder: 'DURATION',
      takesEffect: 'restart',
      help: 'Maximum time for scrapes in flight to finish after SIGTERM.',
    }),
    enableLifecycle: setting({
      name: 'web.enable-lifecycle',
      key: 'web.enable_lifecycle',
      kind: values.flag,
      default: 'false',
      takesEffect: 'restart',
      help: 'Serve POST /-/reload.',
    }),
    disableUi: setting({
      name: 'web.disable-ui',
      key: 'web.disable_ui',
      kind: values.flag,
      default: 'false',
      takesEffect: 'restart',
      help: 'Serve links at / instead of the status page, and no playground.',
    }),
    configFile: optional({
      name: 'web.config.file',
      key: 'web.config_file',
      kind: values.filePath,
      placeholder: 'FILE',
      help: "Web config file in the format of Prometheus' exporters: authentication and TLS.",
    }),
    authMode: optional({
      name: 'web.auth.mode',
      key: 'web.auth_mode',
      kind: values.authMode,
      placeholder: 'MODE',
      help: 'Authentication that clients need; by default inferred from the other settings.',
    }),
    authTokenFiles: list({
      name: 'web.auth.token-file',
      key: 'web.auth_token_files',
      kind: values.filePath,
      placeholder: 'FILE',
      help: 'File with bearer tokens that clients may use, one per line.',
    }),
    healthListenAddress: optional({
      name: 'web.health-listen-address',
      key: 'web.health_listen_address',
      kind: values.listenAddress,
      default: '127.0.0.1:8082',
      placeholder: 'ADDRESS',
      takesEffect: 'restart',
      help: 'Address that serves health without TLS. The default applies to the mode mtls only.',
    }),
  },
  log: {
    level: setting({
      name: 'log.level',
      key: 'log.level',
      kind: values.logLevel,
      default: 'info',
      placeholder: 'LEVEL',
      help: 'Minimum log level.',
    }),
    format: setting({
      name: 'log.format',
      key: 'log.format',
      kind: values.logFormat,
      default: 'logfmt',
      placeholder: 'FORMAT',
      help: 'Log format.',
    }),
    requests: setting({
      name: 'log.requests',
      key: 'log.requests',
      kind: values.flag,
      default: 'false',
      help: 'Log each request, with the id of its scrape.',
    }),
    output: optional({
      name: 'log.output',
      key: 'log.output',
      kind: values.filePath,
      placeholder: 'FILE',
      takesEffect: 'restart',
      help: 'File to append the log to, instead of standard error.',
    }),
  },
};

/** What the configuration has for the rows of a table. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer _T, infer V> ? V : ValuesOf<Table[Name]>;
};

/** The values of every setting. Times are milliseconds, sizes bytes. */
export type SettingValues = ValuesOf<typeof settings>;

/** A row, and where the configuration has its value. */
export interface PlacedSetting {
  readonly row: Setting<unknown>;
  readonly path: readonly string[];
}

function isRow(entry: object): entry is Setting<unknown> {
  return 'kind' in entry;
}

function listRows(table: object, path: readonly string[] = []): readonly PlacedSetting[] {
  return Object.entries(table).flatMap(([name, entry]): readonly PlacedSetting[] => {
    const inner = [...path, name];
    return isRow(entry) ? [{ row: entry, path: inner }] : listRows(entry, inner);
  });
}

/** Every row with its place, in the order of the table. */
export const placedSettings: readonly PlacedSetting[] = listRows(settings);

/** The rows as a list. */
export const settingRows: readonly Setting<unknown>[] = placedSettings.map(({ row }) => row);

/** Reads a value for every row; the result has the shape of the table. */
export function readSettingValues(read: (placed: PlacedSetting) => unknown): SettingValues {
  const readTable = (table: object, path: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(table).map(([name, entry]) => {
        const inner = [...path, name];
        return [name, isRow(entry) ? read({ row: entry, path: inner }) : readTable(entry, inner)];
      }),
    );
  const values = readTable(settings, []);
  if (!isComplete(values)) throw new Error('a setting has no value');
  return values;
}

/** A table read row by row has every value of it. */
function isComplete(values: object): values is SettingValues {
  return Object.keys(settings).every((name) => name in values);
}

/** The value of a setting in a configuration. */
export function valueAt(configuration: object, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined,
    configuration,
  );
}

/** `--upstream.path` is `ZXP_UPSTREAM_PATH` in the environment. */
export function toVariableName(row: SettingRow<unknown>): string {
  return `ZXP_${row.name.replace(/[.-]/g, '_').toUpperCase()}`;
}
