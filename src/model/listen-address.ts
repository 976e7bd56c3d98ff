/** A host and a port; without a host every address of the machine. */
export interface TcpAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** The path of a unix socket. */
export interface UnixAddress {
  readonly socketPath: string;
}

/** A socket that the service manager has opened already, by its file descriptor. */
export interface InheritedSocket {
  readonly fd: number;
}

/** Where zxp listens, as the settings name it. */
export type ListenAddress = TcpAddress | UnixAddress;

/** As `--web.listen-address` takes it: `:8081`, `[::1]:8081`, `unix:/run/zxp.sock`. */
export function formatListenAddress(address: ListenAddress): string {
  if ('socketPath' in address) return `unix:${address.socketPath}`;
  const { host, port } = address;
  if (host === undefined) return `:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const FIRST_INHERITED_FD = 3;

/** The sockets that systemd has opened for this process (sd_listen_fds(3)); none where they are for another one. */
export function listInheritedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): readonly number[] {
  const { LISTEN_PID: owner, LISTEN_FDS: count = '' } = environment;
  if (owner !== String(pid) || !/^[1-9]\d{0,3}$/.test(count)) return [];
  return Array.from({ length: Number(count) }, (_, i) => FIRST_INHERITED_FD + i);
}
