import { listenAddress } from '../../../src/config/values.js';
import { readWebConfig } from '../../../src/config/web/web-config.js';
import type { WebConfigSettings } from '../../../src/config/web/web-config-reading.js';
import type { AccessPolicy } from '../../../src/model/access-policy.js';
import { describeProblems } from '../read-modules.js';

/** A bcrypt hash as htpasswd makes it, of the cost 10. */
export const HASH = `$2y$10$${'abcdefghijklmnopqrstuv'}${'ABCDEFGHIJKLMNOPQRSTUVWXYZ01234'}`;
export const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** TLS with nothing but what it cannot do without, and further keys. */
export const tls = (...keys: readonly string[]): string =>
  ['tls_server_config:', 'cert_file: crt.pem', 'key_file: key.pem', ...keys].join('\n  ').concat('\n');

export interface Around extends Partial<Omit<WebConfigSettings, 'listenAddresses' | 'configFile'>> {
  readonly environment?: Readonly<Record<string, string>>;
  readonly listen?: readonly string[];
}

export interface ReadAccess {
  readonly access: AccessPolicy | undefined;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads a file `/zxp/web.yml` of this text, its folder left out of what is said; without a text, no file is named. */
export function read(text: string | undefined, around: Around = {}): ReadAccess {
  const { environment = {}, listen = ['127.0.0.1:8081'], authMode, authTokenFiles = [] } = around;
  const settings = {
    configFile: text === undefined ? undefined : '/zxp/web.yml',
    authMode,
    authTokenFiles,
    listenAddresses: listen.flatMap((address) => listenAddress.read(address) ?? []),
  };
  const { access, problems, warnings } = readWebConfig(settings, {
    environment,
    file: { name: '/zxp/web.yml', text: text ?? '' },
  });
  const describe = (found: typeof problems) => describeProblems(found).map((line) => line.replaceAll('/zxp/', ''));
  return { access, problems: describe(problems), warnings: describe(warnings) };
}

/** Access control of a file without a problem. */
export function readRight(text: string | undefined, around: Around = {}): AccessPolicy {
  const { access, problems } = read(text, around);
  if (access === undefined || problems.length > 0) throw new Error(`there is no access: ${problems.join(', ')}`);
  return access;
}
