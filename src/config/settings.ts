import { defaults } from './defaults.js';
import * as values from './values.js';

/** One row of the settings table: everything that flags, environment, file, `--help` and completion say of it. */
export interface Setting<T> {
  /** The name of the flag without its dashes; also the key of its default. */
  readonly name: string;
  /** The key in a config file, dots between the levels; absent where a file cannot say it. */
  readonly key?: string;
  readonly kind: values.ValueKind<T>;
  /** What stands for the value in `--help`. */
  readonly placeholder?: string;
  /** Whether it may be given more than once; a file gives a list. */
  readonly repeatable?: boolean;
  /** Whether the default of its name does not hold here. */
  readonly hasNoDefault?: boolean;
  /** One sentence for `--help` and the docs. */
  readonly help: string;
}

/** Keeps the type of the value that a row is about. */
function setting<T>(row: Setting<T>): Setting<T> {
  return row;
}

/** Every setting of the daemon, in the order in which `--help` shows them. */
export const settings = {
  upstream: setting({
    name: 'upstream',
    key: 'upstream',
    kind: values.upstreamPlace,
    placeholder: 'URL',
    help: 'The JSON API to export: scheme, host and port; or a unix or file URL.',
  }),
  upstreamPath: setting({
    name: 'upstream.path',
    key: 'upstream_path',
    kind: values.urlPath,
    placeholder: 'PATH',
    help: 'Where on the upstream its metrics are.',
  }),
  upstreamCaFile: setting({
    name: 'upstream.ca-file',
    key: 'upstream_ca_file',
    kind: values.filePath,
    placeholder: 'FILE',
    help: "PEM certificates to trust besides the system's roots when the upstream speaks TLS.",
  }),
  upstreamMaxConnections: setting({
    name: 'upstream.max-connections',
    key: 'upstream_max_connections',
    kind: values.count,
    placeholder: 'N',
    help: 'Connections to the upstream at the most; further scrapes wait for one.',
  }),
  upstreamConnectTimeout: setting({
    name: 'upstream.connect-timeout',
    key: 'upstream_connect_timeout',
    kind: values.positiveDuration,
    placeholder: 'DURATION',
    help: 'How long connecting to the upstream may take.',
  }),
  module: setting({
    name: 'module',
    key: 'module',
    kind: values.text,
    placeholder: 'NAME',
    help: 'How to translate what the upstream says.',
  }),
  configFile: setting({
    name: 'config.file',
    kind: values.filePath,
    placeholder: 'FILE',
    help: 'A YAML or JSON file with any of these settings.',
  }),
  configAutoReload: setting({
    name: 'config.auto-reload',
    key: 'config_auto_reload',
    kind: values.flag,
    help: 'Reload the configuration when --config.file or a file that it includes changes.',
  }),
  scrapeTimeout: setting({
    name: 'scrape.timeout',
    key: 'scrape.timeout',
    kind: values.positiveDuration,
    placeholder: 'DURATION',
    help: 'How long a scrape may take in all. A scraper that says it has less time gets less.',
  }),
  scrapeTimeoutOffset: setting({
    name: 'scrape.timeout-offset',
    key: 'scrape.timeout_offset',
    kind: values.duration,
    placeholder: 'DURATION',
    help: "How long before the end of the scraper's own timeout zxp answers.",
  }),
  scrapeFailStatus: setting({
    name: 'scrape.fail-status',
    key: 'scrape.fail_status',
    kind: values.flag,
    help: 'Answer a failed scrape with an HTTP error instead of 200 and target_up 0.',
  }),
  scrapeCoalesce: setting({
    name: 'scrape.coalesce',
    key: 'scrape.coalesce',
    kind: values.flag,
    help: 'Share one upstream request between identical scrapes of --upstream at the same time.',
  }),
  scrapeWorkers: setting({
    name: 'scrape.workers',
    key: 'scrape.workers',
    kind: values.count,
    placeholder: 'N',
    help: 'Threads for large replies at the most; without it one less than there are cores, 1 to 4.',
  }),
  limitsBodySize: setting({
    name: 'limits.body-size',
    key: 'limits.body_size',
    kind: values.byteSize,
    placeholder: 'SIZE',
    help: "Bytes of the upstream's reply at the most, after decompression.",
  }),
  limitsDepth: setting({
    name: 'limits.depth',
    key: 'limits.depth',
    kind: values.count,
    placeholder: 'N',
    help: 'Levels of arrays and objects in a reply at the most.',
  }),
  limitsNodes: setting({
    name: 'limits.nodes',
    key: 'limits.nodes',
    kind: values.count,
    placeholder: 'N',
    help: 'Arrays and objects in a reply at the most.',
  }),
  limitsSeries: setting({
    name: 'limits.series',
    key: 'limits.series',
    kind: values.count,
    placeholder: 'N',
    help: 'Samples of one scrape at the most.',
  }),
  limitsLabels: setting({
    name: 'limits.labels',
    key: 'limits.labels',
    kind: values.count,
    placeholder: 'N',
    help: 'Labels of one series at the most.',
  }),
  limitsLabelLength: setting({
    name: 'limits.label-length',
    key: 'limits.label_length',
    kind: values.count,
    placeholder: 'N',
    help: 'Characters of a label name or value, or of a metric name, at the most.',
  }),
  webListenAddress: setting({
    name: 'web.listen-address',
    key: 'web.listen_addresses',
    kind: values.webListenAddress,
    placeholder: 'ADDRESS',
    repeatable: true,
    help: 'An address to listen on, or a unix socket.',
  }),
  webSystemdSocket: setting({
    name: 'web.systemd-socket',
    key: 'web.systemd_socket',
    kind: values.flag,
    help: 'Listen on the sockets that systemd passes (LISTEN_FDS) instead of on addresses.',
  }),
  webTelemetryPath: setting({
    name: 'web.telemetry-path',
    key: 'web.telemetry_path',
    kind: values.urlPath,
    placeholder: 'PATH',
    help: "The path under which the upstream's metrics are served.",
  }),
  webExternalUrl: setting({
    name: 'web.external-url',
    key: 'web.external_url',
    kind: values.externalUrl,
    placeholder: 'URL',
    help: 'The URL by which others reach zxp, as through a reverse proxy.',
  }),
  webRoutePrefix: setting({
    name: 'web.route-prefix',
    key: 'web.route_prefix',
    kind: values.routePrefix,
    placeholder: 'PATH',
    help: 'The prefix of every path, health included. The default is the path of --web.external-url.',
  }),
  webWorkers: setting({
    name: 'web.workers',
    key: 'web.workers',
    kind: values.count,
    placeholder: 'N',
    help: 'Processes that share the addresses, to use more cores than one. Limits count in each of them.',
  }),
  webMaxRequests: setting({
    name: 'web.max-requests',
    key: 'web.max_requests',
    kind: values.count,
    placeholder: 'N',
    help: 'Maximum number of concurrent scrapes. One more waits up to a second, then gets 503.',
  }),
  webMaxConnections: setting({
    name: 'web.max-connections',
    key: 'web.max_connections',
    kind: values.count,
    placeholder: 'N',
    help: 'Maximum number of open client connections on each address.',
  }),
  webReadTimeout: setting({
    name: 'web.read-timeout',
    key: 'web.read_timeout',
    kind: values.positiveDuration,
    placeholder: 'DURATION',
    help: 'How long a client may take to send its request.',
  }),
  webWriteTimeout: setting({
    name: 'web.write-timeout',
    key: 'web.write_timeout',
    kind: values.positiveDuration,
    placeholder: 'DURATION',
    help: 'How long a client may take to read the response.',
  }),
  webDrainTimeout: setting({
    name: 'web.drain-timeout',
    key: 'web.drain_timeout',
    kind: values.positiveDuration,
    placeholder: 'DURATION',
    help: 'How long in-flight scrapes may take to finish after SIGTERM.',
  }),
  webEnableLifecycle: setting({
    name: 'web.enable-lifecycle',
    key: 'web.enable_lifecycle',
    kind: values.flag,
    help: 'Serve POST /-/reload.',
  }),
  webDisableUi: setting({
    name: 'web.disable-ui',
    key: 'web.disable_ui',
    kind: values.flag,
    help: 'Serve links at / instead of the status page.',
  }),
  webConfigFile: setting({
    name: 'web.config.file',
    key: 'web.config_file',
    kind: values.filePath,
    placeholder: 'FILE',
    help: "A web config file, as Prometheus' exporters have it: authentication and TLS.",
  }),
  webAuthMode: setting({
    name: 'web.auth.mode',
    key: 'web.auth_mode',
    kind: values.authMode,
    placeholder: 'MODE',
    help: 'How clients authenticate; without it, as the other settings imply.',
  }),
  webAuthTokenFile: setting({
    name: 'web.auth.token-file',
    key: 'web.auth_token_files',
    kind: values.filePath,
    placeholder: 'FILE',
    repeatable: true,
    help: 'A file with the bearer tokens of clients, one per line.',
  }),
  webHealthListenAddress: setting({
    name: 'web.health-listen-address',
    key: 'web.health_listen_address',
    kind: values.listenAddress,
    placeholder: 'ADDRESS',
    help: 'An address for health without TLS. The default applies to the mode mtls only.',
  }),
  logLevel: setting({
    name: 'log.level',
    key: 'log.level',
    kind: values.logLevel,
    placeholder: 'LEVEL',
    help: 'Minimum log level.',
  }),
  logFormat: setting({
    name: 'log.format',
    key: 'log.format',
    kind: values.logFormat,
    placeholder: 'FORMAT',
    help: 'Format of the log.',
  }),
  logRequests: setting({
    name: 'log.requests',
    key: 'log.requests',
    kind: values.flag,
    help: 'Log each request, with the id of its scrape.',
  }),
  logOutput: setting({
    name: 'log.output',
    key: 'log.output',
    kind: values.filePath,
    placeholder: 'FILE',
    help: 'A file to append the log to instead of standard error.',
  }),
};

/** The rows as a list. */
export const settingRows: readonly Setting<unknown>[] = Object.values(settings);

/** `--upstream.path` is `ZXP_UPSTREAM_PATH` in the environment. */
export function toVariableName(row: Setting<unknown>): string {
  return `ZXP_${row.name.replace(/[.-]/g, '_').toUpperCase()}`;
}

/** The default as text, if there is one. */
export function findDefault(row: Setting<unknown>): string | undefined {
  return row.hasNoDefault === true ? undefined : new Map<string, string>(Object.entries(defaults)).get(row.name);
}
