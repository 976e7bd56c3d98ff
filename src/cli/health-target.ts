import type { HealthTarget } from '../app/health-check.js';
import type { Configuration } from '../config/load.js';
import { type ListenAddress, positiveDuration, upstreamUrl } from '../config/values.js';
import { type Problem, ZxpError } from '../model/errors.js';
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

/** Whom to ask, and how long to wait. Throws `usage` or `config` where that cannot be told. */
export async function toHealthTarget(
  context: Pick<CliContext, 'environment'>,
  command: HealthCommand,
): Promise<HealthTarget> {
  const { flags, pid } = command;
  const [address] = flags.words;
  const timeoutMs = positiveDuration.read(command.timeout);
  const url = address === undefined ? undefined : upstreamUrl.read(address);
  const problems: Problem[] = [...flags.problems];
  const refuse = (where: string, message: string) => problems.push({ where, message });
  if (timeoutMs === undefined) refuse('--timeout', `must be ${positiveDuration.expected}, not "${command.timeout}"`);
  if (address !== undefined && url === undefined) refuse('URL', 'must be one such as http://localhost:8081');
  if (pid !== undefined && !/^[1-9]\d*$/.test(pid)) refuse('--pid', `must be the number of a process, not "${pid}"`);
  const ways = [address !== undefined, pid !== undefined, flags.values.size > 0].filter(Boolean);
  if (ways.length > 1) refuse('zxp health', 'a URL, --pid and settings cannot be combined');
  if (problems.length > 0 || timeoutMs === undefined)
    throw new ZxpError('usage', 'whom to ask is not clear', { problems });
  if (url !== undefined) {
    if (url.pathname === '/') url.pathname = HEALTH_PATH;
    return { url, timeoutMs, verifiesCertificate: !LOOPBACK.test(url.hostname) };
  }
  const daemon = pid === undefined ? { flags, isZotConfig: false } : await readDaemonCommand(pid);
  // The certificate names the service, and this asks the machine itself.
  return { url: findHealthUrl(await peekSettings(context, daemon)), timeoutMs, verifiesCertificate: false };
}

/** Where the daemon of a configuration answers for its health, seen from its own machine. */
function findHealthUrl({ web, access }: Configuration): URL {
  const plain = web.healthListenAddress;
  const [address = plain] = plain === undefined ? web.listenAddresses : [plain];
  if (address === undefined || address.port === 0) {
    const hint = 'say where: zxp health http://localhost:8081';
    throw new ZxpError('usage', 'the settings do not tell which port zxp listens on', { hint });
  }
  const scheme = plain === undefined && access?.tls !== undefined ? 'https' : 'http';
  return new URL(`${scheme}://${toHost(address)}:${address.port}${HEALTH_PATH}`);
}

function toHost({ host }: ListenAddress): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
