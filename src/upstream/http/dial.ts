import type { LookupAddress } from 'node:dns';
import { connect, type Socket } from 'node:net';
import type { CancellationSignal } from '../../model/cancellation.js';

/** How long an address may take before the next one is tried as well (RFC 8305, 5). */
const HEAD_START_MS = 250;

/** After which idle time TCP itself sees whether the peer is still there. */
const KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * Connects to the first of these addresses that accepts: they are tried one after the other, IPv6 and IPv4 in turn, each
 * with a head start over the next. No attempt is given up for being slow, only with the signal. Rejects with the failure
 * of the address, or an AggregateError of all of them, or the signal's reason.
 */
export function dialAddresses(
  addresses: readonly LookupAddress[],
  { port, signal }: { readonly port: number; readonly signal: CancellationSignal },
): Promise<Socket> {
  const waiting = alternateFamilies(addresses);
  const open = new Set<Socket>();
  const errors: Error[] = [];
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      for (const socket of open) socket.destroy();
    };
    const abort = () => {
      end();
      reject(signal.reason);
    };
    const tryNext = () => {
      clearTimeout(timer);
      const next = waiting.shift();
      if (next === undefined) return;
      if (waiting.length > 0) timer = setTimeout(tryNext, HEAD_START_MS);
      const { address: host, family } = next;
      const socket = openSocket({ host, family, port });
      open.add(socket);
      socket.once('error', (error) => {
        open.delete(socket);
        errors.push(error);
        if (waiting.length > 0) return tryNext();
        if (open.size > 0) return;
        end();
        reject(errors.length === 1 ? error : new AggregateError(errors));
      });
      socket.once('connect', () => {
        open.delete(socket);
        end();
        resolve(socket);
      });
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else tryNext();
  });
}

/** Connects to a Unix socket. Rejects with its failure, or the signal's reason. */
export function dialUnixSocket(path: string, signal: CancellationSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = openSocket({ path });
    const abort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', abort);
      finish();
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('connect', () => settle(() => resolve(socket)));
    if (signal.aborted) abort();
  });
}

/** A socket whose failures, once it is connected, are for its user to handle. */
function openSocket(target: { host: string; family: number; port: number } | { path: string }): Socket {
  const socket = 'path' in target ? connect(target) : connect({ ...target, noDelay: true });
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  return socket.on('error', () => undefined);
}

/** The first one's family first, then the other, in turn. */
function alternateFamilies(addresses: readonly LookupAddress[]): LookupAddress[] {
  const family = addresses[0]?.family;
  const same = addresses.filter((each) => each.family === family);
  const other = addresses.filter((each) => each.family !== family);
  const alternated: LookupAddress[] = [];
  for (let i = 0; i < Math.max(same.length, other.length); i++) {
    alternated.push(...same.slice(i, i + 1), ...other.slice(i, i + 1));
  }
  return alternated;
}
