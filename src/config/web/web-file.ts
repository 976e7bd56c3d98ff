import { dirname, resolve } from 'node:path';
import type { AccessPolicy, AuthMode } from '../../model/access-policy.js';
import type { Where } from '../../model/module.js';
import { readingOfOwnFile, Section } from '../section.js';
import { authMode } from '../values.js';
import { type Findings, YamlCursor } from '../yaml-cursor.js';
import { readHttpServer } from './http-server.js';
import { readAllowedClients, readTrustedProxies } from './ranges.js';
import { readRateLimit } from './rate-limit.js';
import { refuseEmpty } from './required-keys.js';
import { readServerTls } from './tls.js';
import { readTokens } from './tokens.js';
import { readUsers } from './users.js';

/** What a web config file says. */
export interface WebFile extends Omit<AccessPolicy, 'mode' | 'isModeSaid'> {
  readonly mode: { readonly is: AuthMode; readonly where: Where } | undefined;
  /** Of what it speaks at all, be what it says right or wrong. */
  readonly speaksOf: { readonly users: boolean; readonly tokens: boolean; readonly tls: boolean };
}

export interface WebFileSource {
  /** The path of the file; other paths in it are relative to its folder. */
  readonly name: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The mode that is said elsewhere. */
  readonly authMode: AuthMode | undefined;
}

/** What there is where no file is named. */
export const noWebFile: WebFile = {
  mode: undefined,
  users: [],
  tokens: [],
  tokenFiles: [],
  speaksOf: { users: false, tokens: false, tls: false },
  tls: undefined,
  headers: [],
  rateLimit: undefined,
  allowedClients: undefined,
  trustedProxies: [],
};

/** What would disable access control where it is there and says nothing. */
const GUARDS = [
  'mode',
  'tls_server_config',
  'basic_auth_users',
  'bearer_tokens',
  'bearer_tokens_file',
  'allowed_clients',
  'rate_limit',
];

/**
 * Reads a file of exporter-toolkit's, with zxp's keys beside its own. Problems and warnings name file, line and path.
 * Undefined where it is no map that can be read.
 */
export function readWebFile(source: WebFileSource, findings: Findings): WebFile | undefined {
  const { name, text, environment } = source;
  refuseSecondDocument(source, findings);
  const root = YamlCursor.open(name, text, findings);
  const reading = readingOfOwnFile({ findings, environment, folder: dirname(name) });
  const section = root === undefined ? undefined : Section.open(root, reading);
  if (section === undefined) return undefined;
  const said = refuseEmpty(section, GUARDS);
  const mode = said.includes('mode') ? readMode(section) : undefined;
  const tokensFile = section.text('bearer_tokens_file') || undefined;
  const file = {
    mode,
    users: readUsers(section.section('basic_auth_users')),
    tokens: readTokens(section),
    tokenFiles: tokensFile === undefined ? [] : [resolve(reading.folder, tokensFile)],
    speaksOf: {
      users: said.includes('basic_auth_users'),
      tokens: said.includes('bearer_tokens') || said.includes('bearer_tokens_file'),
      tls: said.includes('tls_server_config'),
    },
    tls: said.includes('tls_server_config')
      ? readServerTls(section.section('tls_server_config'), (source.authMode ?? mode?.is) === 'mtls')
      : undefined,
    headers: readHttpServer(section.section('http_server_config')),
    rateLimit: said.includes('rate_limit') ? readRateLimit(section.section('rate_limit')) : undefined,
    allowedClients: readAllowedClients(section),
    trustedProxies: readTrustedProxies(section),
  };
  for (const key of section.keys) if (key.startsWith('x-')) section.take(key);
  section.finish();
  return file;
}

function readMode(section: Section): WebFile['mode'] {
  const is = section.read('mode', authMode);
  const where = section.take('mode')?.where;
  return is === undefined || where === undefined ? undefined : { is, where };
}

/** Only the first document of a file is read; what access control consists of may stand in the second. */
function refuseSecondDocument({ name, text }: WebFileSource, { problems }: Findings): void {
  const first = text.replace(/^\uFEFF?(?:[^\S\n]*(?:[#%].*)?\n)*---/, '');
  if (!/^---(?:\s|$)|^\.\.\.\s*\n(?=\s*\S)/m.test(first)) return;
  problems.push({ where: name, message: 'multiple YAML documents are not supported', hint: 'make it one' });
}
