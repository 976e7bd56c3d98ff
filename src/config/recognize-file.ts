import { settingRows } from './settings.js';
import { YamlCursor } from './yaml-cursor.js';

/** The files that zxp reads, apart from those of a tunnel. */
export type FileKind = 'config' | 'web' | 'zot' | 'tokens' | 'tests';

const WEB_KEYS = [
  'mode',
  'tls_server_config',
  'http_server_config',
  'basic_auth_users',
  'bearer_tokens',
  'bearer_tokens_file',
  'allowed_clients',
  'trusted_proxies',
  'rate_limit',
];

const CONFIG_KEYS = [
  'modules',
  'targets',
  'auths',
  'budgets',
  'include',
  ...settingRows.flatMap(({ key }) => key?.split('.')[0] ?? []),
];

/**
 * Tells by its content, and for TOML by its name, what a file is: a web config file, one of zot's own exporter, a file of
 * bearer tokens or of unit tests, or a config file, which is also what anything else is taken for.
 */
export function recognizeFile(name: string, text: string): FileKind {
  if (/\.toml$/i.test(name)) return 'zot';
  const root = YamlCursor.open(name, text, { problems: [], warnings: [] });
  const keys = root?.fields?.map(({ key }) => key) ?? [];
  if (keys.some((key) => CONFIG_KEYS.includes(key))) return 'config';
  if (keys.includes('tests')) return 'tests';
  if (keys.some((key) => WEB_KEYS.includes(key))) return 'web';
  if (keys.some((key) => /^(server|exporter)$/i.test(key))) return 'zot';
  return isTokenFile(text) ? 'tokens' : 'config';
}

/** Lines of a token, or of its digest, with nothing but a name and an end behind it; one digest or long word at least. */
function isTokenFile(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (lines.length === 0) return false;
  return lines.every((line) => {
    const [token = '', ...facts] = line.trim().split(/[ \t]+/);
    const isToken = /^sha256:[0-9a-fA-F]{64}$/.test(token) || (token.length >= 16 && !/[:{}[\]]/.test(token));
    return isToken && facts.every((fact) => /^(name|expires)=/.test(fact));
  });
}
