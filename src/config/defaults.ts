/**
 * Every default, once. Values are written as a user would write them; `docs/configuration.md` is held to this table by
 * a test. What has no default here has none.
 */
export const defaults = {
  'upstream.path': '/metrics',
  module: 'zot',
  'scrape.timeout': '10s',
  'scrape.timeout-offset': '500ms',
  'scrape.fail-status': 'false',
  'limits.body-size': '64MiB',
  'limits.depth': '512',
  'limits.nodes': '2500000',
  'limits.series': '1000000',
  'limits.labels': '64',
  'limits.label-length': '4096',
  'upstream.max-connections': '64',
  'upstream.connect-timeout': '5s',
  'web.listen-address': ':8081',
  'web.systemd-socket': 'false',
  'web.telemetry-path': '/metrics',
  'web.workers': '1',
  'web.max-requests': '40',
  'web.max-connections': '512',
  'web.read-timeout': '30s',
  'web.write-timeout': '30s',
  'web.drain-timeout': '20s',
  'web.enable-lifecycle': 'false',
  'web.health-listen-address': '127.0.0.1:8082',
  'log.level': 'info',
  'log.format': 'logfmt',
  'log.requests': 'false',
  'config.auto-reload': 'false',
} as const satisfies Readonly<Record<string, string>>;
