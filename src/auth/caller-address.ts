import { type Address, type AddressRanges, readAddress } from '../net/addresses.js';

/**
 * Whose request it is: the socket's peer or, where that is a trusted proxy, the right-most address of
 * `X-Forwarded-For` that is none. Undefined where a trusted proxy names something that is no address.
 */
export function findCallerAddress(
  request: { readonly peer: string | undefined; readonly forwardedFor: string | undefined },
  isTrusted: AddressRanges,
): Address | undefined {
  const hops = request.forwardedFor === undefined ? [] : request.forwardedFor.split(',');
  let caller = readAddress(request.peer);
  while (caller !== undefined && isTrusted(caller)) {
    const next = hops.pop();
    if (next === undefined) return caller;
    caller = readAddress(next);
  }
  return caller;
}
