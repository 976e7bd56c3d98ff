import type { TcpAddress } from '../../model/listen-address.js';
import type { Endpoint } from '../../model/tunnel.js';
import { type SettingRow, settings } from '../settings.js';
import { flag, listenAddress } from '../values.js';
import { endpoint } from './values.js';

/** Flags of `zxp agent` and `zxp proxy` about the tunnel itself; all else of it is in a file. */
export const tunnelSettings = {
  proxy: row<Endpoint>({
    name: 'tunnel.proxy',
    key: 'tunnel.proxies',
    kind: endpoint,
    placeholder: 'ADDRESS',
    repeatable: true,
    help: 'A proxy to connect to: host and port. A name with several addresses gets a connection to each.',
  }),
  listenAddress: row<TcpAddress>({
    name: 'tunnel.listen-address',
    key: 'tunnel.listen_addresses',
    kind: listenAddress,
    placeholder: 'ADDRESS',
    repeatable: true,
    help: 'Where the proxy listens for agents; :50051 without it.',
  }),
  allowPlaintextCredentials: row<boolean>({
    name: 'tunnel.allow-plaintext-credentials',
    key: 'tunnel.allow_plaintext_credentials',
    kind: flag,
    help: "Forward scrapers' credentials to agents on other machines over a tunnel without TLS.",
  }),
};

/** The rows as a list. */
export const tunnelSettingRows: readonly SettingRow<unknown>[] = Object.values(tunnelSettings);

/** A row of the exporter whose default does not apply here. */
function withoutDefault<T>({ default: _default, ...rest }: SettingRow<T>): SettingRow<T> {
  return rest;
}

function row<T>(setting: SettingRow<T>): SettingRow<T> {
  return setting;
}

/** Settings of zxp that agents and proxies take unchanged: their HTTP side and their log. */
export const serverSettingRows: readonly SettingRow<unknown>[] = [
  settings.web.maxRequests,
  settings.web.maxConnections,
  settings.web.readTimeoutMs,
  settings.web.writeTimeoutMs,
  settings.web.drainTimeoutMs,
  settings.web.enableLifecycle,
  settings.web.configFile,
  settings.web.authMode,
  settings.web.authTokenFiles,
  settings.web.healthListenAddress,
  settings.log.level,
  settings.log.format,
  settings.log.output,
  settings.log.requests,
];

/** Settings of zxp that an agent has as well: its own listener, its log, its limits. */
export const agentSettingRows: readonly SettingRow<unknown>[] = [
  {
    ...settings.config.file,
    help: "The agent's file, YAML or JSON, or a configuration file of prometheus-proxy.",
  },
  tunnelSettings.proxy,
  {
    ...withoutDefault(settings.limits.bodyBytes),
    help: "Bytes of a target's response at most, after decompression; 10MiB without it.",
  },
  {
    ...withoutDefault(settings.web.listenAddresses),
    help: 'Where the agent serves health and its own metrics; nowhere without it.',
  },
  ...serverSettingRows,
];
