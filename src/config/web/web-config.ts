import { resolve } from 'node:path';
import type { AccessPolicy, AuthMode } from '../../model/access-policy.js';
import type { Problem } from '../../model/errors.js';
import { formatListenAddress, type ListenAddress } from '../../model/listen-address.js';
import { isLoopbackHost } from '../../net/loopback.js';
import { orderByPlace } from '../place.js';
import type { TextFile } from '../text-file.js';
import type { Findings } from '../yaml-cursor.js';
import { checkMode } from './auth-mode.js';
import {
  mentionsAccessControl,
  noWebConfig,
  type WebConfigReading,
  type WebConfigSettings,
} from './web-config-reading.js';
import { noWebFile, readWebFile, type WebFile } from './web-file.js';

export interface WebConfigSources {
  /** For secrets that the file leaves to it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The web config file, where the settings name one. */
  readonly file?: TextFile | undefined;
}

/** Reads the access policy, including the web config file; none if nothing configures one. */
export function readWebConfig(settings: WebConfigSettings, sources: WebConfigSources): WebConfigReading {
  if (!mentionsAccessControl(settings)) return noWebConfig;
  const { configFile, authMode } = settings;
  const findings: Findings = { problems: [], warnings: [] };
  const file = configFile === undefined ? noWebFile : openWebFile(configFile, { authMode, sources, findings });
  const access = toAccessPolicy(settings, file ?? noWebFile);
  if (file !== undefined) findings.problems.push(...findContradictions(settings, { file, access }));
  findings.warnings.push(...findExposed(access, settings.listenAddresses));
  return { access, problems: orderByPlace(findings.problems), warnings: orderByPlace(findings.warnings) };
}

function openWebFile(
  path: string,
  context: { readonly authMode: AuthMode | undefined; readonly sources: WebConfigSources; readonly findings: Findings },
): WebFile | undefined {
  const { authMode, sources, findings } = context;
  const { file: read } = sources;
  if (read === undefined) throw new Error('nobody has read the web config file');
  if ('text' in read) {
    return readWebFile({ name: path, text: read.text, environment: sources.environment, authMode }, findings);
  }
  findings.problems.push({ where: path, message: `cannot be read: ${read.problem}` });
  return undefined;
}

function toAccessPolicy({ authMode, authTokenFiles }: WebConfigSettings, file: WebFile): AccessPolicy {
  const { mode, speaksOf, ...rest } = file;
  const said = authMode ?? mode?.is;
  const tokenFiles = [...new Set([...authTokenFiles.map((path) => resolve(path)), ...file.tokenFiles])];
  const inferred = file.users.length > 0 ? 'basic' : file.tokens.length + tokenFiles.length > 0 ? 'bearer' : 'none';
  return { ...rest, mode: said ?? inferred, isModeSaid: said !== undefined, tokenFiles };
}

function findContradictions(
  { authMode }: WebConfigSettings,
  { file, access }: { readonly file: WebFile; readonly access: AccessPolicy },
): readonly Problem[] {
  const where = authMode === undefined ? file.mode?.where : '--web.auth.mode';
  if (where === undefined) return [];
  if (authMode !== undefined && file.mode !== undefined && file.mode.is !== authMode) {
    const message = `is ${file.mode.is}, and --web.auth.mode is ${authMode}`;
    return [{ where: file.mode.where, message, hint: 'say it in one place' }];
  }
  const policy = access.tls?.clientAuthType;
  return checkMode({
    mode: access.mode,
    where,
    hasUsers: file.speaksOf.users,
    hasTokens: file.speaksOf.tokens || access.tokenFiles.length > 0,
    hasTls: file.speaksOf.tls,
    requiresCertificate: policy === 'RequireAnyClientCert' || policy === 'RequireAndVerifyClientCert',
  });
}

/** Warns of each address at which others can listen to passwords and tokens on their way. */
function findExposed(access: AccessPolicy, addresses: readonly ListenAddress[]): readonly Problem[] {
  const isSecret = access.mode === 'basic' || access.mode === 'bearer';
  if (!isSecret || access.tls !== undefined) return [];
  return addresses
    .filter((address) => !isLocal(address))
    .map((address) => ({
      where: `--web.listen-address ${formatListenAddress(address)}`,
      message: 'accepts passwords or tokens over plaintext HTTP: anyone on the network path can read them',
      hint: 'give tls_server_config a certificate, or listen on 127.0.0.1 behind a proxy that has one',
    }));
}

/** Whether only this machine can reach it. */
function isLocal(address: ListenAddress): boolean {
  if ('socketPath' in address) return true;
  return address.host !== undefined && isLoopbackHost(address.host);
}
