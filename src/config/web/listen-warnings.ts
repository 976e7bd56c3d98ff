import { BlockList, isIPv6 } from 'node:net';
import type { AccessPolicy } from '../../model/access-policy.js';
import type { Problem } from '../../model/errors.js';
import { formatListenAddress, type ListenAddress } from '../../model/listen-address.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Warns of each address at which others can listen to passwords and tokens on their way. */
export function findExposed(access: AccessPolicy, addresses: readonly ListenAddress[]): readonly Problem[] {
  const isSecret = access.mode === 'basic' || access.mode === 'bearer';
  if (!isSecret || access.tls !== undefined) return [];
  return addresses
    .filter((address) => !isLocal(address))
    .map((address) => ({
      where: `--web.listen-address ${formatListenAddress(address)}`,
      message: 'accepts passwords or tokens over plaintext HTTP: anyone on the network path can read them',
      hint: 'give tls_server_config a certificate, or listen on 127.0.0.1 behind a proxy that has one',
    }));
}

/** Whether only this machine can reach it. */
function isLocal(address: ListenAddress): boolean {
  if ('socketPath' in address) return true;
  const { host } = address;
  if (host === undefined) return false;
  return host === 'localhost' || loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}
