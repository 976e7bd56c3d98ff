import { type SettingRow, settings } from '../settings.js';
import { serverSettingRows, tunnelSettings } from './settings.js';

/** Where Prometheus scrapes a proxy, where nothing else is set. */
export const PROXY_HTTP_PORT = 8080;

/** Settings of zxp that a proxy has as well: the side that Prometheus scrapes, and its log. */
export const proxySettingRows: readonly SettingRow<unknown>[] = [
  { ...settings.config.file, help: "The proxy's file, YAML or JSON, or a configuration file of prometheus-proxy." },
  tunnelSettings.listenAddress,
  tunnelSettings.allowPlaintextCredentials,
  settings.scrape.timeoutOffsetMs,
  { ...settings.web.listenAddresses, default: `:${PROXY_HTTP_PORT}` },
  ...serverSettingRows,
];
