import type { ProxySpec } from '../model/tunnel.js';
import { isLoopbackAddress } from '../net/loopback.js';

/** A warning about the tunnel, and what to do. */
export interface TunnelWarning {
  readonly message: string;
  readonly hint: string;
}

/** What an operator should know about the tunnel of a proxy: at each start, and at a check. */
export function listTunnelWarnings(spec: ProxySpec): readonly TunnelWarning[] {
  const isOpen = spec.agents.length === 0 && spec.tls?.clientCa === undefined;
  const isPublic = spec.listenAddresses.some(({ host }) => host !== 'localhost' && !isLoopbackAddress(host));
  return [
    ...(isOpen
      ? [
          {
            message: 'any agent may connect and register paths',
            hint: 'set tunnel.agents (tokens) or tunnel.tls.client_ca_file',
          },
        ]
      : []),
    ...(spec.tls === undefined && isPublic
      ? [{ message: 'the tunnel is not encrypted', hint: 'set tunnel.tls.cert_file and tunnel.tls.key_file' }]
      : []),
    ...(spec.allowPlaintextCredentials
      ? [
          {
            message: 'credentials of scrapers are forwarded over plaintext and to unknown agents',
            hint: 'remove --tunnel.allow-plaintext-credentials',
          },
        ]
      : []),
  ];
}
