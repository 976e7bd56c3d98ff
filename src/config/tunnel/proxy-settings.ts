import { type SettingRow, settings } from '../settings.js';
import { serverSettingRows, tunnelSettings } from './settings.js';

/** Where Prometheus scrapes a proxy, where nothing else is set. */
export const PROXY_HTTP_PORT = 8080;

/** A scrape through a proxy mostly waits: there may be more of them than an exporter has. */
export const PROXY_MAX_REQUESTS = 256;

/** Prometheus keeps a connection for each of its concurrent scrapes, and all paths have one address. */
export const PROXY_MAX_CONNECTIONS = 2048;

/** Settings of zxp that a proxy has as well: the side that Prometheus scrapes, and its log. */
export const proxySettingRows: readonly SettingRow<unknown>[] = [
  { ...settings.config.file, help: "The proxy's file, YAML or JSON, or a configuration file of prometheus-proxy." },
  tunnelSettings.listenAddress,
  tunnelSettings.allowPlaintextCredentials,
  settings.scrape.timeoutOffsetMs,
  settings.web.listenAddresses,
  ...serverSettingRows,
];
