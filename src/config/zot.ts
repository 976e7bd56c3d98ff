import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { type Problem, ZxpError } from '../model/errors.js';
import type { ConfigFile } from './file.js';
import { findNearest } from './nearest.js';

/**
 * The config file of zot's own exporter (`zxp config FILE` there), as a source of settings.
 * Format: `pkg/exporter/cli` of zot v2.1; the values in `zotDefaults` are its defaults. Keys in any letter case.
 */
export type ZotFileFormat = 'json' | 'yaml' | 'toml';

/** What one key of the file says in zxp's words. */
type Convert = (value: unknown) => string | undefined;

interface ZotKey {
  readonly path: string;
  readonly fallback: string;
  readonly expected: string;
  readonly convert: Convert;
}

const LEVELS: Readonly<Record<string, string>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  fatal: 'error',
  panic: 'error',
};

const zotKeys = [
  { path: 'server.protocol', fallback: 'http', expected: 'http or https', convert: toProtocol },
  { path: 'server.host', fallback: 'localhost', expected: 'a host name or address', convert: toHost },
  { path: 'server.port', fallback: '8080', expected: 'a port', convert: toPort },
  { path: 'server.cacert', fallback: '', expected: 'the path of a file', convert: toText },
  { path: 'exporter.port', fallback: '8081', expected: 'a port', convert: toPort },
  {
    path: 'exporter.readtimeout',
    fallback: '30s',
    expected: 'a duration such as 30s, or nanoseconds',
    convert: toDuration,
  },
  {
    path: 'exporter.writetimeout',
    fallback: '30s',
    expected: 'a duration such as 30s, or nanoseconds',
    convert: toDuration,
  },
  {
    path: 'exporter.log.level',
    fallback: 'debug',
    expected: `one of ${Object.keys(LEVELS).join(', ')}`,
    convert: toLevel,
  },
  { path: 'exporter.log.output', fallback: '', expected: 'the path of a file', convert: toText },
  { path: 'exporter.metrics.path', fallback: '/metrics', expected: 'a path that begins with /', convert: toPath },
] as const satisfies readonly ZotKey[];

type ZotPath = (typeof zotKeys)[number]['path'];

/** By the suffix of the file's name, as zot's exporter tells them apart. */
export function detectZotFormat(name: string): ZotFileFormat {
  const suffix = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase();
  switch (suffix) {
    case 'json':
    case 'toml':
      return suffix;
    case 'yaml':
    case 'yml':
      return 'yaml';
    default:
      throw new ZxpError('config', `cannot tell the format of ${name}`, {
        hint: 'name it .json, .yaml, .yml or .toml',
      });
  }
}

/** Reads the text of such a file; an empty one gives the defaults. Throws `config` where it does not parse. */
export function parseZotFile(name: string, text: string, format: ZotFileFormat): ConfigFile {
  const problems: Problem[] = [];
  const given = flatten(parseAs(format, name, text), '');
  for (const key of given.keys()) problems.push(...checkKey(key, name));
  const read = (path: ZotPath): string => {
    const row = zotKeys.find((each) => each.path === path);
    const found = given.get(path);
    if (row === undefined || found === undefined || found.value === null) return row?.fallback ?? '';
    const value = row.convert(found.value);
    if (value === undefined) {
      problems.push({
        where: `${name}: ${found.spelling}`,
        message: `must be ${row.expected}, not ${JSON.stringify(found.value)}`,
      });
    }
    return value ?? row.fallback;
  };
  return toSource(name, read, problems);
}

function toSource(name: string, read: (path: ZotPath) => string, problems: readonly Problem[]): ConfigFile {
  const host = read('server.host');
  const values = new Map([
    ['upstream', `${read('server.protocol')}://${host.includes(':') ? `[${host}]` : host}:${read('server.port')}`],
    ['upstream_path', '/metrics'],
    ['upstream_ca_file', read('server.cacert')],
    ['web.listen_addresses', `:${read('exporter.port')}`],
    ['web.telemetry_path', read('exporter.metrics.path')],
    ['web.read_timeout', read('exporter.readtimeout')],
    ['web.write_timeout', read('exporter.writetimeout')],
    ['log.level', read('exporter.log.level')],
    ['log.output', read('exporter.log.output')],
  ]);
  return {
    problems,
    find: (key) => {
      const value = values.get(key);
      return value === undefined || value === '' ? [] : [{ value, where: `${name}: (${key})` }];
    },
  };
}

function parseAs(format: ZotFileFormat, name: string, text: string): unknown {
  try {
    if (format === 'toml') return parseToml(text);
    if (format === 'yaml') return parseYaml(text);
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : String(cause);
    throw new ZxpError('config', `${name} is not ${format.toUpperCase()}: ${message}`, { cause });
  }
}

interface Given {
  readonly spelling: string;
  readonly value: unknown;
}

/** Values by their path in lower case. Throws where something is a value that ought to be a map. */
function flatten(value: unknown, prefix: string): ReadonlyMap<string, Given> {
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ZxpError('config', `${prefix === '' ? 'the file' : prefix} must be a map`);
  }
  const sections = ['server', 'exporter', 'exporter.log', 'exporter.metrics'];
  return new Map(
    Object.entries(value).flatMap(([key, each]): (readonly [string, Given])[] => {
      const spelling = prefix === '' ? key : `${prefix}.${key}`;
      const path = spelling.toLowerCase();
      return sections.includes(path) ? [...flatten(each, spelling)] : [[path, { spelling, value: each }]];
    }),
  );
}

function checkKey(path: string, name: string): readonly Problem[] {
  if (zotKeys.some((row) => row.path === path)) return [];
  const nearest = findNearest(
    path,
    zotKeys.map((row) => row.path),
  );
  const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
  return [{ where: name, message: `${path} is not a key of zot's exporter`, hint }];
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toProtocol(value: unknown): string | undefined {
  return value === 'http' || value === 'https' ? value : undefined;
}

function toHost(value: unknown): string | undefined {
  return typeof value === 'string' && /^[^\s/@?#[\]]+$/.test(value) ? value : undefined;
}

function toPort(value: unknown): string | undefined {
  const port = typeof value === 'number' || (typeof value === 'string' && /^\d{1,5}$/.test(value)) ? Number(value) : -1;
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? String(port) : undefined;
}

function toPath(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith('/') ? value : undefined;
}

function toLevel(value: unknown): string | undefined {
  return typeof value === 'string' && Object.hasOwn(LEVELS, value.toLowerCase())
    ? LEVELS[value.toLowerCase()]
    : undefined;
}

const GO_UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** Go's durations (`1h2m3.5s`) or nanoseconds, as Prometheus' duration in whole milliseconds, at least one. */
function toDuration(value: unknown): string | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && value > 0 ? `${Math.ceil(value * 1e-6)}ms` : undefined;
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, digits, unit] of value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)) {
    total += Number(digits) * (GO_UNIT_MS[unit ?? ''] ?? 0);
  }
  return total > 0 ? `${Math.ceil(total)}ms` : undefined;
}
