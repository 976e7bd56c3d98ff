import { chmod, lstat, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ZxpError } from '../model/errors.js';
import { formatListenAddress, type InheritedSocket, type ListenAddress } from '../model/listen-address.js';

/** An address that accepts connections. */
export interface BoundAddress {
  /** What was bound: `*:8081`, `127.0.0.1:8081`, `unix:/run/zxp.sock`. */
  readonly address: string;
  /** Where to reach it from this machine, without the scheme: `localhost:8081`; undefined for a unix socket. */
  readonly reachableAt: string | undefined;
  readonly isUnix: boolean;
  /** Accepts no more connections; those that are open stay. A unix socket is removed. */
  close(): Promise<void>;
}

/** Read and write for the owner and the group: a reverse proxy joins the group of zxp. */
const SOCKET_MODE = 0o660;
const PROBE_TIMEOUT_MS = 1000;

/**
 * Binds an address, and hands each connection to `accept` before anything is read from it. Throws `listen` with what to
 * do where that is impossible. A unix socket that a dead process has left behind is replaced; one that answers is not.
 */
export async function bindAddress(
  address: ListenAddress | InheritedSocket,
  accept: (socket: Socket) => void,
): Promise<BoundAddress> {
  const path = 'socketPath' in address ? address.socketPath : undefined;
  if (path !== undefined) await removeDeadSocket(path);
  // Who accepts reads: a process that passes connections on must not take a byte of them.
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, accept);
  await startListening(server, address);
  if (path !== undefined) await chmod(path, SOCKET_MODE);
  return {
    ...nameBound(server, address),
    close: () =>
      new Promise((resolve) => {
        // Node removes the file of a unix socket.
        server.close();
        resolve();
      }),
  };
}

function startListening(server: Server, address: ListenAddress | InheritedSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(explainListenError(cause, address)));
    server.listen(toListenOptions(address), () => {
      server.removeAllListeners('error');
      // What fails later is one connection that could not be accepted, for want of file descriptors.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function toListenOptions(address: ListenAddress | InheritedSocket) {
  if ('fd' in address) return { fd: address.fd };
  if ('socketPath' in address) return { path: address.socketPath };
  return { port: address.port, ...(address.host === undefined ? {} : { host: address.host }) };
}

/** A socket file that nobody listens on is left over from a process that was killed. */
async function removeDeadSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  const fail = (message: string, hint: string) =>
    new ZxpError('listen', `cannot listen on unix:${path}: ${message}`, { hint });
  if (found === undefined) {
    // The system says that permission is denied where libuv cannot create the socket, whatever the reason.
    if (await lacksFolder(path)) throw fail('the folder does not exist', 'create it; in a unit, RuntimeDirectory=');
    return;
  }
  if (!found.isSocket()) throw fail('the file exists and is not a socket', 'remove it, or choose another path');
  if (await isAnswered(path)) throw fail('the address is in use', 'stop what listens there, or choose another path');
  await unlink(path).catch((cause: NodeJS.ErrnoException) => {
    throw fail(`the socket of a dead process cannot be removed (${cause.code})`, 'remove it, or choose another path');
  });
}

async function lacksFolder(path: string): Promise<boolean> {
  return stat(dirname(path)).then(
    () => false,
    (cause: NodeJS.ErrnoException) => cause.code === 'ENOENT',
  );
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: PROBE_TIMEOUT_MS });
    const settle = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.once('connect', () => settle(true));
    // A full backlog is a live process.
    socket.once('timeout', () => settle(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => settle(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

function nameBound(
  server: Server,
  asked: ListenAddress | InheritedSocket,
): Pick<BoundAddress, 'address' | 'reachableAt' | 'isUnix'> {
  const bound = server.address();
  if (typeof bound === 'string') return { address: `unix:${bound}`, reachableAt: undefined, isUnix: true };
  // A socket of systemd's that is no TCP socket.
  if (bound === null) return { address: nameAddress(asked), reachableAt: undefined, isUnix: true };
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  const isEverywhere = bound.address === '::' || bound.address === '0.0.0.0';
  return {
    // `::` takes IPv4 as well.
    address: `${bound.address === '::' ? '*' : host}:${bound.port}`,
    reachableAt: `${isEverywhere ? 'localhost' : host}:${bound.port}`,
    isUnix: false,
  };
}

function nameAddress(address: ListenAddress | InheritedSocket): string {
  return 'fd' in address ? `systemd socket ${address.fd}` : formatListenAddress(address);
}

function explainListenError(cause: NodeJS.ErrnoException, address: ListenAddress | InheritedSocket): ZxpError {
  const fail = (message: string, hint: string) =>
    new ZxpError('listen', `cannot listen on ${nameAddress(address)}: ${message}`, { cause, hint });
  if ('fd' in address) return fail(cause.message, 'the socket unit must have ListenStream= and Accept=no');
  if ('socketPath' in address) {
    if (cause.code === 'EACCES') return fail('permission denied', 'zxp must be allowed to write to the folder');
    return fail(cause.message, 'choose another path');
  }
  switch (cause.code) {
    case 'EADDRINUSE':
      return fail('the address is in use', 'stop what listens there, or choose another with --web.listen-address');
    case 'EACCES':
      return fail('permission denied', 'ports under 1024 need a privilege; choose another with --web.listen-address');
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail('this machine has no such address', 'use one of its own, or :PORT for all of them');
    default:
      return fail(cause.message, 'choose another with --web.listen-address');
  }
}
