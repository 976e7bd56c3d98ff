import { stringify } from 'yaml';
import { formatListenAddress } from '../model/listen-address.js';
import { maskUrl } from '../net/masking.js';
import type { Configuration } from './load.js';
import { describeDoor } from './web/describe.js';

/** The configuration in force as a YAML config file; it holds no secret. Times are given in milliseconds. */
export function renderConfiguration(configuration: Configuration): string {
  return renderSettings(configuration) + describeFiles(configuration);
}

/** The active settings alone, without what the files say of modules, targets and access; they hold no secret. */
export function renderSettings(configuration: Configuration): string {
  const { upstream, module, scrape, limits, web, log } = configuration;
  const ms = (value: number) => `${value}ms`;
  return stringify({
    upstream: upstream.url === undefined ? undefined : removePath(upstream.url, upstream.path),
    upstream_path: upstream.path,
    upstream_ca_file: upstream.caFile,
    upstream_max_connections: upstream.maxConnections,
    upstream_connect_timeout: ms(upstream.connectTimeoutMs),
    module,
    scrape: {
      timeout: ms(scrape.timeoutMs),
      timeout_offset: ms(scrape.timeoutOffsetMs),
      fail_status: scrape.failStatus,
      coalesce: scrape.coalesce,
      workers: scrape.workers,
    },
    limits: {
      body_size: limits.bodyBytes,
      depth: limits.depth,
      nodes: limits.nodes,
      series: limits.series,
      labels: limits.labels,
      label_length: limits.labelLength,
    },
    web: {
      listen_addresses: web.listenAddresses.map(formatListenAddress),
      systemd_socket: web.systemdSocket,
      telemetry_path: web.telemetryPath,
      external_url: web.externalUrl?.href,
      route_prefix: web.routePrefix === '' ? undefined : web.routePrefix,
      workers: web.workers,
      max_requests: web.maxRequests,
      max_connections: web.maxConnections,
      read_timeout: ms(web.readTimeoutMs),
      write_timeout: ms(web.writeTimeoutMs),
      drain_timeout: ms(web.drainTimeoutMs),
      enable_lifecycle: web.enableLifecycle,
      disable_ui: web.disableUi,
      config_file: web.configFile,
      auth_mode: web.authMode,
      auth_token_files: web.authTokenFiles.length === 0 ? undefined : web.authTokenFiles,
      health_listen_address:
        web.healthListenAddress === undefined ? undefined : formatListenAddress(web.healthListenAddress),
    },
    log: { level: log.level, format: log.format, requests: log.requests, output: log.output },
    config_auto_reload: configuration.autoReload,
  });
}

/** What the files say of modules, targets and the door, as comments: their own text stands there. */
function describeFiles({ modules, targets, access }: Configuration): string {
  const lines = [
    ...describeDoor(access).map((line) => `# ${line}`),
    ...[...modules.values()].map(({ name, where }) => `# module ${name} (${where})`),
    ...targets.map(({ name, module, url }) => `# target ${name}: ${maskUrl(url)} by module ${module}`),
  ];
  return lines.map((line) => `${line.replace(/\s+/g, ' ')}\n`).join('');
}

/** What `--upstream` said, of a URL that ends with the path as URLs write it: `/ü` is `/%C3%BC` there. */
function removePath(url: URL, path: string): string {
  if (url.protocol === 'file:') return url.href;
  return url.href.slice(0, -new URL(url.origin + path).pathname.length);
}
