import type { LookupAddress } from 'node:dns';
import { lookup as ask } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { ZxpError } from '../../model/errors.js';
import { isRefusedAddress } from '../../net/blocked-addresses.js';
import { explainNoAddress } from './failures.js';

/** Finds every address of a name, in the order in which they are tried. */
export type LookupAddresses = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Asks the system, as every program does. */
export const lookupWithSystem: LookupAddresses = (hostname) => ask(hostname, { all: true });

/**
 * What sockets look names up with. A name that has a refused address among its own gives none at all, and the error
 * `blocked`. The socket connects to what was checked: nobody looks the name up again.
 */
export function guardedLookup(lookup: LookupAddresses): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname)
      .then((addresses) => {
        const [first] = addresses;
        if (first === undefined) throw explainNoAddress(hostname);
        if (addresses.some(({ address }) => isRefusedAddress(address))) throw blocked(hostname);
        return { all: [...addresses], first };
      })
      .then(
        ({ all, first }) => (options.all === true ? callback(null, all) : callback(null, first.address, first.family)),
        (thrown: unknown) => callback(thrown instanceof Error ? thrown : new Error(String(thrown)), []),
      );
  };
}

/** A failure that says which host leads to an address that may not be asked. */
export function blocked(hostname: string): ZxpError {
  return new ZxpError('blocked', `${hostname} is, or leads to, a link-local address or one of cloud metadata`, {
    hint: 'list the address itself among the targets or in allow, if it is meant',
  });
}
