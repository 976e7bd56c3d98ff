import { listenAddress } from '../../../src/config/values.js';
import { readDoor } from '../../../src/config/web/web-config.js';
import type { DoorSettings } from '../../../src/config/web/web-config-reading.js';
import type { DoorSpec } from '../../../src/model/access-policy.js';
import { describeProblems } from '../read-modules.js';

/** A bcrypt hash as htpasswd makes it, of the cost 10. */
export const HASH = `$2y$10$${'abcdefghijklmnopqrstuv'}${'ABCDEFGHIJKLMNOPQRSTUVWXYZ01234'}`;
export const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** TLS with nothing but what it cannot do without, and further keys. */
export const tls = (...keys: readonly string[]): string =>
  ['tls_server_config:', 'cert_file: crt.pem', 'key_file: key.pem', ...keys].join('\n  ').concat('\n');

export interface Around extends Partial<Omit<DoorSettings, 'listenAddresses' | 'configFile'>> {
  readonly environment?: Readonly<Record<string, string>>;
  readonly listen?: readonly string[];
}

export interface ReadDoor {
  readonly door: DoorSpec | undefined;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads a file `/zxp/web.yml` of this text, its folder left out of what is said; without a text, no file is named. */
export function read(text: string | undefined, around: Around = {}): ReadDoor {
  const { environment = {}, listen = ['127.0.0.1:8081'], authMode, authTokenFiles = [] } = around;
  const settings = {
    configFile: text === undefined ? undefined : '/zxp/web.yml',
    authMode,
    authTokenFiles,
    listenAddresses: listen.flatMap((address) => listenAddress.read(address) ?? []),
  };
  const readWebFile = (name: string) => ({ name, text: text ?? '' });
  const { door, problems, warnings } = readDoor(settings, { environment, readWebFile });
  const describe = (found: typeof problems) => describeProblems(found).map((line) => line.replaceAll('/zxp/', ''));
  return { door, problems: describe(problems), warnings: describe(warnings) };
}

/** The door of a file without a problem. */
export function readRight(text: string | undefined, around: Around = {}): DoorSpec {
  const { door, problems } = read(text, around);
  if (door === undefined || problems.length > 0) throw new Error(`there is no door: ${problems.join(', ')}`);
  return door;
}
