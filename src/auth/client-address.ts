import { type Address, type AddressRanges, readAddress } from '../net/addresses.js';

/** The peer of a connection over a unix socket, in place of an address. */
export const UNIX_CLIENT = 'unix';

/**
 * The client of a request: the socket's peer or, where that is a trusted proxy, the right-most address of
 * `X-Forwarded-For` that is not one. Undefined where a trusted proxy names something that is not an address.
 */
export function findClientAddress(
  request: { readonly peer: string | undefined; readonly forwardedFor: string | undefined },
  isTrusted: AddressRanges,
): Address | undefined {
  const hops = request.forwardedFor === undefined ? [] : request.forwardedFor.split(',');
  let client = readAddress(request.peer);
  while (client !== undefined && isTrusted(client)) {
    const next = hops.pop();
    if (next === undefined) return client;
    client = readAddress(next);
  }
  return client;
}
