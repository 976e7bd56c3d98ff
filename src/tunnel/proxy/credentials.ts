import { isLoopbackAddress } from '../../net/loopback.js';
import type { Agent } from './agent.js';

/**
 * Why a scraper's credentials may not go to an agent; undefined where they may. Off loopback the tunnel has to be
 * encrypted, and the agent known by a token or a certificate: on an open port anybody can register a path.
 */
export function refuseCredentials({
  connection,
  identity,
}: Pick<Agent, 'connection' | 'identity'>): string | undefined {
  if (isLoopbackAddress(connection.remoteAddress)) return undefined;
  if (!connection.isEncrypted) {
    return (
      'credentials are not forwarded to an agent over plaintext: ' +
      'give the tunnel a certificate, or set --tunnel.allow-plaintext-credentials'
    );
  }
  if (identity === undefined) {
    return (
      'credentials are not forwarded to an agent without an identity: ' +
      'set tunnel.agents or tunnel.tls.client_ca_file, or --tunnel.allow-plaintext-credentials'
    );
  }
  return undefined;
}
