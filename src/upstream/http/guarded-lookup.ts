import type { LookupAddress } from 'node:dns';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import { isRefusedAddress } from '../../net/blocked-addresses.js';
import { explainNoAddress } from './failures.js';

/** Finds every address of a name, in the order in which they are to be tried. The signal ends the lookup. */
export type LookupAddresses = (hostname: string, signal: CancellationSignal) => Promise<readonly LookupAddress[]>;

/**
 * The lookup of connections. A name that has a refused address among its own gives none at all, and the error `blocked`;
 * one without any address gives `dns`. The addresses that it gives are those that are connected to: the name is not looked up again.
 */
export function guardedLookup(lookup: LookupAddresses): LookupAddresses {
  return async (hostname, signal) => {
    const addresses = await lookup(hostname, signal);
    if (addresses.length === 0) throw explainNoAddress(hostname);
    if (addresses.some(({ address }) => isRefusedAddress(address))) throw blocked(hostname);
    return addresses;
  };
}

/** A failure that names the host that leads to an address which may not be requested. */
export function blocked(hostname: string): ZxpError {
  return new ZxpError('blocked', `${hostname} is, or leads to, a link-local address or one of cloud metadata`, {
    hint: 'list the address itself among the targets or in allow, if it is meant',
  });
}
