import type { TcpAddress } from '../../model/listen-address.js';
import type { Endpoint } from '../../model/tunnel.js';
import type { Setting } from '../settings.js';
import { settings } from '../settings.js';
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
export const tunnelSettingRows: readonly Setting<unknown>[] = Object.values(tunnelSettings);

function row<T>(setting: Setting<T>): Setting<T> {
  return setting;
}

/** Settings of zxp that an agent has as well: its own listener, its log, its limits. */
export const agentSettingRows: readonly Setting<unknown>[] = [
  {
    ...settings.configFile,
    help: "The agent's file, YAML or JSON, or a configuration file of prometheus-proxy.",
  },
  tunnelSettings.proxy,
  {
    ...settings.limitsBodySize,
    hasNoDefault: true,
    help: "Bytes of a target's response at most, after decompression; 10MiB without it.",
  },
  {
    ...settings.webListenAddress,
    hasNoDefault: true,
    help: 'Where the agent serves health and its own metrics; nowhere without it.',
  },
  settings.webMaxRequests,
  settings.webMaxConnections,
  settings.webReadTimeout,
  settings.webWriteTimeout,
  settings.webDrainTimeout,
  settings.webEnableLifecycle,
  settings.webConfigFile,
  settings.webAuthMode,
  settings.webAuthTokenFile,
  settings.webHealthListenAddress,
  settings.logLevel,
  settings.logFormat,
  settings.logOutput,
];
