import type { HealthTarget } from '../app/health-check.js';
import type { Configuration } from '../config/load.js';
import { positiveDuration, upstreamUrl, webListenAddress } from '../config/values.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { TcpAddress } from '../model/listen-address.js';
import type { CliContext } from './context.js';
import { readDaemonCommand } from './daemon-command.js';
import type { Flags } from './flags.js';
import { peekSettings } from './settings-source.js';

const HEALTH_PATH = '/-/healthy';
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The command line of `zxp health`. */
export interface HealthCommand {
  readonly flags: Flags;
  readonly timeout: string;
  readonly pid?: string;
}

/** Which zxp to check, and how long to wait. Throws `usage` or `config` where that is unclear. */
export async function toHealthTarget(
  context: Pick<CliContext, 'environment'>,
  command: HealthCommand,
): Promise<HealthTarget> {
  const { flags, pid } = command;
  const [address] = flags.words;
  const timeoutMs = positiveDuration.read(command.timeout);
  const named = address === undefined ? undefined : readAddress(address);
  const problems: Problem[] = [...flags.problems];
  const refuse = (where: string, message: string) => problems.push({ where, message });
  if (timeoutMs === undefined) refuse('--timeout', `must be ${positiveDuration.expected}, not "${command.timeout}"`);
  if (address !== undefined && named === undefined) {
    refuse('URL', 'must be one such as http://localhost:8081 or unix:/run/zxp.sock');
  }
  if (pid !== undefined && !/^[1-9]\d*$/.test(pid)) refuse('--pid', `must be the number of a process, not "${pid}"`);
  const given = [address !== undefined, pid !== undefined, flags.values.size > 0].filter(Boolean);
  if (given.length > 1) refuse('zxp health', 'a URL, --pid and settings cannot be combined');
  if (problems.length > 0 || timeoutMs === undefined) {
    throw new ZxpError('usage', 'the command line has problems', { problems });
  }
  if (named !== undefined) {
    return { ...named, timeoutMs, verifiesCertificate: !LOOPBACK.test(named.url.hostname) };
  }
  const daemon = pid === undefined ? { flags, isZotConfig: false } : await readDaemonCommand(pid);
  // The certificate names the service, and this request goes to the machine itself.
  return { ...findHealth(await peekSettings(context, daemon)), timeoutMs, verifiesCertificate: false };
}

type Place = Pick<HealthTarget, 'url' | 'socketPath'>;

function readAddress(address: string): Place | undefined {
  const unix = address.startsWith('unix:') ? webListenAddress.read(address) : undefined;
  if (unix !== undefined && 'socketPath' in unix) {
    return { url: new URL(`http://localhost${HEALTH_PATH}`), socketPath: unix.socketPath };
  }
  const url = upstreamUrl.read(address);
  if (url === undefined) return undefined;
  if (url.pathname === '/') url.pathname = HEALTH_PATH;
  return { url };
}

/** Where the daemon of a configuration serves its health, seen from its own machine. */
function findHealth({ web, access }: Configuration): Place {
  const plain = web.healthListenAddress;
  const [address = plain] = plain === undefined ? web.listenAddresses : [plain];
  const path = `${web.routePrefix}${HEALTH_PATH}`;
  const scheme = plain === undefined && access?.tls !== undefined ? 'https' : 'http';
  const isInherited = web.systemdSocket && plain === undefined;
  if (address !== undefined && !isInherited) {
    if ('socketPath' in address) {
      return { url: new URL(`${scheme}://localhost${path}`), socketPath: address.socketPath };
    }
    if (address.port !== 0) return { url: new URL(`${scheme}://${toHost(address)}:${address.port}${path}`) };
  }
  const hint = 'name it: zxp health http://localhost:8081, or unix:/run/zxp.sock';
  const what = isInherited ? 'the socket unit has the address, not the settings' : 'the settings have no port';
  throw new ZxpError('usage', what, { hint });
}

function toHost({ host }: TcpAddress): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
