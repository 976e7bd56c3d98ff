import { basename, dirname, resolve } from 'node:path';
import type { Problem } from '../../model/errors.js';
import type { AgentPathSpec, AgentSpec, ProxySpec } from '../../model/tunnel.js';
import { describePlace, HoconCursor } from '../hocon/cursor.js';
import { readProperties } from '../hocon/properties.js';
import { readHocon } from '../hocon/resolve.js';
import { HoconError } from '../hocon/syntax.js';
import { orderByPlace } from '../place.js';
import { readingOfOwnFile, Section } from '../section.js';
import type { TextFile } from '../text-file.js';
import { type Findings, YamlCursor } from '../yaml-cursor.js';
import { readAgentSection } from './agent-section.js';
import { agentDefaults, proxyDefaults } from './defaults.js';
import { readHoconAgent, readHoconPaths } from './hocon-agent.js';
import { readHoconProxy } from './hocon-proxy.js';
import { warnOfRest } from './hocon-rest.js';
import { readAgentPaths } from './paths.js';
import { readProxySection } from './proxy-section.js';
import { recognizeTunnelFile, type TunnelSide } from './recognize.js';

export interface TunnelFileSource {
  /** The path of the file; other paths in it are relative to its folder. */
  readonly name: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The files that a pattern names, relative to the folder of the file. A pattern without a match has none. */
  readonly include: (pattern: string) => readonly TextFile[];
}

/** What every file of a tunnel comes to. */
interface TunnelFile<T> {
  readonly spec: T;
  /** Whether it is one of prometheus-proxy's, which has no settings but these. */
  readonly isHocon: boolean;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface AgentFile extends TunnelFile<AgentSpec> {
  /** Bytes of a target's response at most, where a file of prometheus-proxy's sets it. */
  readonly bodyBytes: number | undefined;
  /** Concurrent scrapes, where a file of prometheus-proxy's sets them. */
  readonly maxRequests: number | undefined;
}

export interface ProxyFile extends TunnelFile<ProxySpec> {
  /** Where Prometheus scrapes the proxy, where a file of prometheus-proxy's sets it. */
  readonly httpPort: number | undefined;
}

/** Keys at the top of a file of zxp's own that this reader leaves to those of settings and modules. */
const OTHER_KEYS: Readonly<Record<TunnelSide, readonly string[]>> = {
  agent: ['modules', 'auths', 'limits', 'log', 'web'],
  proxy: ['log', 'web'],
};

/** Reads the file of an agent, zxp's or prometheus-proxy's, with those that it includes. Never throws. */
export function readAgentFile(source: TunnelFileSource): AgentFile {
  const findings: Findings = { problems: [], warnings: [] };
  const read = { spec: agentDefaults, bodyBytes: undefined, maxRequests: undefined };
  const isHocon = isOfPrometheusProxy(source);
  const own: Omit<AgentFile, keyof Findings | 'isHocon'> = isHocon
    ? (readHoconSide(source, 'agent', { findings, read: readHoconAgent }) ?? read)
    : { ...read, spec: readOwn(source, 'agent', { findings, read: readAgentSection }) ?? read.spec };
  const included = readIncluded(own.spec.include, source, findings);
  const paths = [...own.spec.paths, ...included];
  refuseRepeated(paths, findings);
  return { ...own, spec: { ...own.spec, paths }, isHocon, ...inOrder(findings) };
}

/** Reads the file of a proxy, as `readAgentFile` does that of an agent. */
export function readProxyFile(source: TunnelFileSource): ProxyFile {
  const findings: Findings = { problems: [], warnings: [] };
  const read = { spec: proxyDefaults, httpPort: undefined };
  const isHocon = isOfPrometheusProxy(source);
  const own: Omit<ProxyFile, keyof Findings | 'isHocon'> = isHocon
    ? (readHoconSide(source, 'proxy', { findings, read: readHoconProxy }) ?? read)
    : { ...read, spec: readOwn(source, 'proxy', { findings, read: readProxySection }) ?? read.spec };
  return { ...own, isHocon, ...inOrder(findings) };
}

function isOfPrometheusProxy({ name, text }: TunnelFileSource): boolean {
  const kind = recognizeTunnelFile(name, text);
  return kind === undefined ? /\.(conf|properties)$/i.test(name) : kind.dialect === 'prometheus-proxy';
}

function inOrder({ problems, warnings }: Findings): Findings {
  return { problems: [...orderByPlace(problems)], warnings: [...orderByPlace(warnings)] };
}

function readOwn<T>(
  { name, text, environment }: TunnelFileSource,
  side: TunnelSide,
  { findings, read }: { readonly findings: Findings; readonly read: (section: Section) => T },
): T | undefined {
  const root = YamlCursor.open(name, text, findings);
  const section =
    root === undefined
      ? undefined
      : Section.open(root, readingOfOwnFile({ findings, environment, folder: dirname(name) }));
  if (section === undefined) return undefined;
  for (const key of section.keys) if (OTHER_KEYS[side].includes(key) || key.startsWith('x-')) section.take(key);
  for (const key of OTHER_KEYS[side]) section.take(key);
  if (!section.keys.includes('tunnel')) refuseDaemonKeys(section, side);
  const inner = section.section('tunnel');
  section.finish();
  if (inner === undefined) return undefined;
  const other = side === 'agent' ? 'listen_addresses' : 'proxies';
  const cursor = inner.keys.includes(other) ? inner.take(other) : undefined;
  if (cursor === undefined) return read(inner);
  return inner.keys.includes(side === 'agent' ? 'proxies' : 'listen_addresses')
    ? inner.refuse(cursor, 'is of a proxy, and proxies of an agent', 'one file is for one of the two')
    : inner.refuse(cursor, `makes this the file of ${side === 'agent' ? 'a proxy' : 'an agent'}`, otherCommand(side));
}

/** Keys at the top of a daemon's file that no file of a tunnel has: one problem for all of them. */
const DAEMON_KEYS = ['upstream', 'targets', 'module', 'modules', 'auths', 'budgets', 'cluster'];

function refuseDaemonKeys(section: Section, side: TunnelSide): void {
  const keys = section.keys.filter((key) => DAEMON_KEYS.includes(key) && !OTHER_KEYS[side].includes(key));
  const [cursor] = keys.map((key) => section.take(key)).filter((each) => each !== undefined);
  if (cursor === undefined) return;
  const hint = `the file of ${side === 'agent' ? 'an agent' : 'a proxy'} has tunnel; this one is for zxp serve`;
  section.refuse(cursor, 'unknown key', hint);
}

function otherCommand(side: TunnelSide): string {
  return side === 'agent' ? 'run zxp proxy with it' : 'run zxp agent with it';
}

function readHoconSide<T>(
  source: TunnelFileSource,
  side: TunnelSide,
  { findings, read }: { readonly findings: Findings; readonly read: (cursor: HoconCursor) => T },
): T | undefined {
  const root = openHocon(source, source, findings);
  const cursor = root?.take(side);
  if (cursor === undefined) {
    if (root !== undefined) root.refuse(`has no ${side}`, `${side} { ... }`);
    return undefined;
  }
  if (!cursor.isObject) return cursor.refuse('must be an object');
  return read(cursor);
}

/** Opens a file of prometheus-proxy's: HOCON, JSON or, by its name, properties. */
function openHocon(
  { name, text }: { readonly name: string; readonly text: string },
  { environment, include }: TunnelFileSource,
  findings: Findings,
): HoconCursor | undefined {
  const readInclude = (path: string) => {
    const [file] = path.includes('*') ? [] : include(path);
    return file !== undefined && 'text' in file ? file.text : undefined;
  };
  try {
    const value = /\.properties$/i.test(name)
      ? readProperties(text)
      : readHocon({ text, environment, include: readInclude });
    return HoconCursor.open(name, value, findings);
  } catch (thrown) {
    if (!(thrown instanceof HoconError)) throw thrown;
    findings.problems.push({ where: describePlace(name, thrown.at), message: thrown.message, hint: thrown.hint });
    return undefined;
  }
}

/** The paths of the files that the patterns of `include` name, each once. */
function readIncluded(
  patterns: readonly string[],
  source: TunnelFileSource,
  findings: Findings,
): readonly AgentPathSpec[] {
  const read = new Set<string>([resolve(source.name)]);
  const repeated = new Set<string>();
  const files = patterns.flatMap((pattern) =>
    source.include(pattern).filter(({ name }) => {
      const path = resolve(name);
      const isNew = !read.has(path);
      (isNew ? read : repeated).add(path);
      return isNew;
    }),
  );
  for (const path of repeated) {
    const isItself = path === resolve(source.name);
    const message = `tunnel.include names ${isItself ? 'the file itself' : `${basename(path)} twice`}`;
    findings.problems.push({ where: source.name, message, hint: isItself ? 'remove it' : 'keep one' });
  }
  return files.flatMap((file) => {
    if ('text' in file) return readPathsFile(file, source, findings);
    findings.problems.push({ where: file.name, message: `cannot be read: ${file.problem}` });
    return [];
  });
}

function readPathsFile(
  file: { readonly name: string; readonly text: string },
  source: TunnelFileSource,
  findings: Findings,
): readonly AgentPathSpec[] {
  if (isHoconPaths(file)) {
    const root = openHocon(file, source, findings);
    const holder = root?.take('agent') ?? root;
    if (holder === undefined) return [];
    const paths = readHoconPaths(holder, { filters: new Map(), source: 'DISCOVERED' });
    warnOfRest(holder);
    return paths;
  }
  const root = YamlCursor.open(file.name, file.text, findings);
  const reading = readingOfOwnFile({ findings, environment: source.environment, folder: dirname(file.name) });
  const section = root === undefined ? undefined : Section.open(root, reading);
  if (section === undefined) return [];
  const paths = readAgentPaths(section, 'DISCOVERED');
  for (const key of section.keys) if (key.startsWith('x-')) section.take(key);
  section.finish();
  return paths;
}

/** A file of zxp's has `paths`, one of prometheus-proxy `pathConfigs`. */
function isHoconPaths({ name, text }: { readonly name: string; readonly text: string }): boolean {
  const root = YamlCursor.open(name, text, { problems: [], warnings: [] });
  const keys = root?.fields?.map(({ key }) => key) ?? [];
  if (keys.includes('paths')) return false;
  return (
    /\.(conf|properties)$/i.test(name) ||
    /^[ \t]*\{?[ \t]*"?(?:agent\.)?pathConfigs\b/m.test(text) ||
    keys.includes('agent')
  );
}

function refuseRepeated(paths: readonly AgentPathSpec[], { problems }: Findings): void {
  const places = new Map<string, string>();
  for (const { path, where } of paths) {
    const before = places.get(path);
    if (before === undefined) places.set(path, where);
    else problems.push({ where, message: `has the path ${path}, which is already at ${before}`, hint: 'rename one' });
  }
}
