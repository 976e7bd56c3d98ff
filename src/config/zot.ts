import { isIPv6 } from 'node:net';
import { parse as parseToml, TomlError } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { parseGoMilliseconds } from '../golang/duration.js';
import type { Problem } from '../model/errors.js';
import { type ConfigFile, emptyConfigFile } from './config-file.js';
import { findNearest } from './nearest.js';
import { formatPlace } from './place.js';
import { isName } from './quotable.js';
import { urlPath } from './values.js';
import { type Findings, YamlCursor } from './yaml-cursor.js';

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
    expected: 'a duration above zero such as 30s, or nanoseconds',
    convert: toDuration,
  },
  {
    path: 'exporter.writetimeout',
    fallback: '30s',
    expected: 'a duration above zero such as 30s, or nanoseconds',
    convert: toDuration,
  },
  {
    path: 'exporter.log.level',
    fallback: 'debug',
    expected: `one of ${Object.keys(LEVELS).join(', ')}`,
    convert: toLevel,
  },
  { path: 'exporter.log.output', fallback: '', expected: 'the path of a file', convert: toText },
  { path: 'exporter.metrics.path', fallback: '/metrics', expected: urlPath.expected, convert: toPath },
] as const satisfies readonly ZotKey[];

type ZotPath = (typeof zotKeys)[number]['path'];

/** By the suffix of the file's name, as zot's exporter tells them apart; undefined for any other. */
export function detectZotFormat(name: string): ZotFileFormat | undefined {
  const suffix = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase();
  switch (suffix) {
    case 'json':
    case 'toml':
      return suffix;
    case 'yaml':
    case 'yml':
      return 'yaml';
    default:
      return undefined;
  }
}

/** The defaults of zot's exporter, for where there is no file. */
export function zotFileDefaults(): ConfigFile {
  return toSource('', new Map(), []);
}

/** Reads the text of such a file; an empty one gives the defaults. */
export function parseZotFile(name: string, text: string): ConfigFile {
  const format = detectZotFormat(name);
  if (format === undefined) {
    const hint = 'name it .json, .yaml, .yml or .toml';
    return emptyConfigFile({
      problems: [{ where: name, message: 'the suffix of the file name does not tell its format', hint }],
    });
  }
  const problems: Problem[] = [];
  const entries = listEntries(parseAs(format, { name, text, problems }), { name, prefix: '', problems });
  const given = new Map<string, Given>();
  for (const [path, entry] of entries) {
    problems.push(...checkKey({ path, name, spelling: entry.spelling, isTwice: given.has(path) }));
    given.set(path, entry);
  }
  return toSource(name, given, problems);
}

interface Given {
  readonly spelling: string;
  readonly value: unknown;
}

function toSource(name: string, given: ReadonlyMap<string, Given>, problems: Problem[]): ConfigFile {
  const read = (path: ZotPath) => readKey(name, path, given.get(path), problems);
  const protocol = read('server.protocol');
  const host = read('server.host');
  const port = read('server.port');
  const values = new Map([
    ['upstream', { value: `${protocol.value}://${host.value}:${port.value}`, where: host.where }],
    ['upstream_path', { value: '/metrics', where: name }],
    ['upstream_ca_file', read('server.cacert')],
    ['web.listen_addresses', withPrefix(':', read('exporter.port'))],
    ['web.telemetry_path', read('exporter.metrics.path')],
    ['web.read_timeout', read('exporter.readtimeout')],
    ['web.write_timeout', read('exporter.writetimeout')],
    ['log.level', read('exporter.log.level')],
    ['log.output', read('exporter.log.output')],
  ]);
  return emptyConfigFile({
    problems,
    find: (key) => {
      const found = values.get(key);
      return found === undefined || found.value === '' ? [] : [found];
    },
  });
}

interface Found {
  readonly value: string;
  readonly where: string;
}

function withPrefix(prefix: string, { value, where }: Found): Found {
  return { value: prefix + value, where };
}

/** What a key says in zxp's words; the default where it says nothing or, with a problem noted, nothing readable. */
function readKey(name: string, path: ZotPath, given: Given | undefined, problems: Problem[]): Found {
  const row: ZotKey | undefined = zotKeys.find((each) => each.path === path);
  const fallback = row?.fallback ?? '';
  const where = `${name}: ${given?.spelling ?? path}`;
  if (row === undefined || given === undefined || given.value === null) return { value: fallback, where };
  const value = row.convert(given.value);
  if (value === undefined) {
    problems.push({ where, message: `must be ${row.expected}, not ${describeValue(given.value)}` });
  }
  return { value: value ?? fallback, where };
}

/** A word or a number; of anything else, what it is. */
function describeValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string')
    return value !== '' && isName(value) ? JSON.stringify(value) : value === '' ? 'empty' : 'text';
  return Array.isArray(value) ? 'a list' : 'a map';
}

interface Source {
  readonly name: string;
  readonly text: string;
  readonly problems: Problem[];
}

/** The file's value; undefined, with the problem noted, where it does not parse. Nothing of the text is repeated. */
function parseAs(format: ZotFileFormat, { name, text, problems }: Source): unknown {
  if (format === 'toml') return parseAsToml({ name, text, problems });
  const findings: Findings = { problems, warnings: [] };
  const root = YamlCursor.open(name, text, findings);
  return root === undefined ? undefined : parseYaml(text, { logLevel: 'silent' });
}

function parseAsToml({ name, text, problems }: Source): unknown {
  try {
    return parseToml(text);
  } catch (cause) {
    const place = cause instanceof TomlError ? { line: cause.line, column: cause.column } : { line: 1, column: 1 };
    problems.push({ where: formatPlace({ file: name, ...place, path: '' }), message: 'invalid TOML' });
    return undefined;
  }
}

const SECTIONS: readonly string[] = ['server', 'exporter', 'exporter.log', 'exporter.metrics'];

/** Values by their path in lower case; a problem where something is a value that ought to be a map. */
function listEntries(
  value: unknown,
  place: { readonly name: string; readonly prefix: string; readonly problems: Problem[] },
): readonly (readonly [path: string, given: Given])[] {
  const { name, prefix, problems } = place;
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push({ where: prefix === '' ? name : `${name}: ${prefix}`, message: 'must be a map' });
    return [];
  }
  return Object.entries(value).flatMap(([key, each]): readonly (readonly [string, Given])[] => {
    const spelling = prefix === '' ? key : `${prefix}.${key}`;
    const path = spelling.toLowerCase();
    return SECTIONS.includes(path)
      ? listEntries(each, { ...place, prefix: spelling })
      : [[path, { spelling, value: each }]];
  });
}

function checkKey(key: {
  readonly path: string;
  readonly name: string;
  readonly spelling: string;
  readonly isTwice: boolean;
}): readonly Problem[] {
  const where = `${key.name}: ${key.spelling}`;
  const paths = zotKeys.map((row) => row.path);
  if (paths.some((path) => path === key.path)) {
    return key.isTwice ? [{ where, message: 'duplicate key: letter case makes no difference' }] : [];
  }
  const nearest = findNearest(key.path, paths);
  const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
  return [{ where, message: "unknown key of zot's exporter", hint }];
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toProtocol(value: unknown): string | undefined {
  return value === 'http' || value === 'https' ? value : undefined;
}

/** A name or an address; one of IPv6 with its brackets, without which zot's exporter cannot use it, or without. */
function toHost(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const address = value.replace(/^\[(.*)\]$/s, '$1');
  if (isIPv6(address)) return `[${address}]`;
  return /^[^\s/\\@?#:[\]]+$/.test(value) ? value : undefined;
}

function toPort(value: unknown): string | undefined {
  const port = typeof value === 'number' || (typeof value === 'string' && /^\d{1,5}$/.test(value)) ? Number(value) : -1;
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? String(port) : undefined;
}

function toPath(value: unknown): string | undefined {
  return urlPath.read(value);
}

function toLevel(value: unknown): string | undefined {
  return typeof value === 'string' && Object.hasOwn(LEVELS, value.toLowerCase())
    ? LEVELS[value.toLowerCase()]
    : undefined;
}

/** Go's durations (`1h2m3.5s`) or nanoseconds, as Prometheus' duration in whole milliseconds, at least one. */
function toDuration(value: unknown): string | undefined {
  const total = typeof value === 'number' ? value * 1e-6 : typeof value === 'string' ? parseGoMilliseconds(value) : 0;
  return total !== undefined && Number.isFinite(total) && total > 0 ? `${Math.ceil(total)}ms` : undefined;
}
