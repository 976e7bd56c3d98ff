import { resolve } from 'node:path';
import { Secret } from '../../model/secret.js';
import type { AgentPathSpec, AgentSpec, AgentTlsSpec, Endpoint, PatternSpec } from '../../model/tunnel.js';
import type { HoconCursor } from '../hocon/cursor.js';
import { TRUST_ALL_WARNING } from './agent-section.js';
import { agentDefaults, TUNNEL_PORT } from './defaults.js';
import { warnOfRest } from './hocon-rest.js';
import { agentTarget, findLabelProblem, splitUserinfo } from './paths.js';
import { endpoint, findPathProblem, stripSlash } from './values.js';

/** What an `agent` of prometheus-proxy's own file comes to here. */
export interface HoconAgent {
  readonly spec: AgentSpec;
  readonly bodyBytes: number | undefined;
  readonly maxRequests: number | undefined;
}

const SECOND_MS = 1000;

/**
 * Reads `agent` of a prometheus-proxy configuration: keys that have a counterpart as they are, with a warning for each
 * other one. Files are relative to the working directory, as they are there.
 */
export function readHoconAgent(agent: HoconCursor): HoconAgent {
  const filters = readFilters(agent);
  const bodyMiB = agent.integer('http.maxContentLengthMBytes', 1);
  const spec: AgentSpec = {
    ...agentDefaults,
    proxies: readProxies(agent),
    mode: 'failover',
    name: agent.textOf('name'),
    consolidated: agent.flag('consolidated') ?? agentDefaults.consolidated,
    token: toInlineSecret(agent.textOf('agentToken')),
    tls: readTls(agent),
    paths: readHoconPaths(agent, { filters, source: 'STATIC' }),
    include: readDiscoveryFile(agent),
    transportFilterDisabled: agent.flag('transportFilterDisabled') ?? agentDefaults.transportFilterDisabled,
    scrapeTimeoutMs: toMs(agent.integer('scrapeTimeoutSecs', 1)) ?? agentDefaults.scrapeTimeoutMs,
    heartbeatAfterMs: readHeartbeat(agent),
    reconnectAfterMs: toMs(agent.integer('internal.reconnectPauseSecs', 1)) ?? agentDefaults.reconnectAfterMs,
    trustAllX509: agent.flag('http.enableTrustAllX509Certificates') ?? agentDefaults.trustAllX509,
    gzipAboveBytes: agent.integer('minGzipSizeBytes') ?? agentDefaults.gzipAboveBytes,
    chunkBytes: readChunkBytes(agent),
    callTimeoutMs: readCallTimeout(agent),
  };
  if (spec.trustAllX509) agent.take('http.enableTrustAllX509Certificates')?.warn(...TRUST_ALL_WARNING);
  const maxRequests = agent.integer('http.maxConcurrentClients', 1);
  for (const filter of filters.values()) filter.warnUnlessUsed(spec.paths);
  warnOfRest(agent);
  return { spec, bodyBytes: bodyMiB === undefined ? undefined : bodyMiB * 1024 ** 2, maxRequests };
}

function readProxies(agent: HoconCursor): readonly Endpoint[] {
  const listed = agent.list('proxy.endpoints').flatMap((cursor) => readEndpoint(cursor) ?? []);
  const hostname = agent.take('proxy.hostname');
  const port = agent.integer('proxy.port', 1) ?? TUNNEL_PORT;
  if (listed.length > 0) return listed;
  const single = hostname === undefined ? { host: 'localhost', port } : readEndpoint(hostname, port);
  return single === undefined ? [] : [single];
}

/** `host` or `host:port`. */
function readEndpoint(cursor: HoconCursor, port = TUNNEL_PORT): Endpoint | undefined {
  const { text } = cursor;
  if (text === undefined) return undefined;
  const found = endpoint.read(text) ?? endpoint.read(`${text.includes(':') ? `[${text}]` : text}:${port}`);
  return found ?? cursor.refuse(`must be ${endpoint.expected}`);
}

function readTls(agent: HoconCursor): AgentTlsSpec | undefined {
  const tls = agent.take('tls');
  const cert = toFile(tls?.textOf('certChainFilePath'));
  const key = toFile(tls?.textOf('privateKeyFilePath'));
  const ca = toFile(tls?.textOf('trustCertCollectionFilePath'));
  const serverName = tls?.textOf('overrideAuthority');
  if (tls === undefined || (cert === undefined && key === undefined && ca === undefined)) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    return tls.refuse(
      'needs both certChainFilePath and privateKeyFilePath',
      'without a client certificate, remove both',
    );
  }
  if (ca === undefined) return tls.refuse('needs trustCertCollectionFilePath to verify the proxy with');
  return { ca, cert, key, serverName };
}

/** Files are relative to the working directory. */
export function toFile(path: string | undefined): { readonly file: string } | undefined {
  return path === undefined ? undefined : { file: resolve(path) };
}

export function toInlineSecret(text: string | undefined): { readonly inline: Secret } | undefined {
  return text === undefined ? undefined : { inline: new Secret(text) };
}

function readHeartbeat(agent: HoconCursor): number | undefined {
  const afterMs = toMs(agent.integer('internal.heartbeatMaxInactivitySecs', 1)) ?? agentDefaults.heartbeatAfterMs;
  return agent.flag('internal.heartbeatEnabled') === false ? undefined : afterMs;
}

/** 0 is no deadline. */
function readCallTimeout(agent: HoconCursor): number | undefined {
  const seconds = agent.integer('grpc.unaryDeadlineSecs');
  if (seconds === undefined) return agentDefaults.callTimeoutMs;
  return seconds === 0 ? undefined : seconds * SECOND_MS;
}

/** A chunk and its frame must stay below the 4 MiB that a message may have. */
const MAX_CHUNK_KIB = 4000;

function readChunkBytes(agent: HoconCursor): number {
  const kib = agent.integer('chunkContentSizeKbs', 1);
  if (kib === undefined) return agentDefaults.chunkBytes;
  if (kib > MAX_CHUNK_KIB) agent.take('chunkContentSizeKbs')?.refuse(`must be at most ${MAX_CHUNK_KIB}`);
  return Math.min(kib, MAX_CHUNK_KIB) * 1024;
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * SECOND_MS;
}

function readDiscoveryFile(agent: HoconCursor): readonly string[] {
  const isEnabled = agent.flag('discovery.enabled') ?? false;
  const path = agent.textOf('discovery.file.path');
  // Files are watched all the time.
  agent.integer('discovery.reconcileIntervalSecs');
  if (!isEnabled) return [];
  if (path !== undefined) return [resolve(path)];
  agent.take('discovery')?.refuse('is enabled and has no file.path');
  return [];
}

/** The metric filter of one path. */
interface HoconFilter {
  readonly only: readonly PatternSpec[];
  readonly drop: readonly PatternSpec[];
  warnUnlessUsed(paths: readonly AgentPathSpec[]): void;
}

function readFilters(agent: HoconCursor): ReadonlyMap<string, HoconFilter> {
  const filters = new Map<string, HoconFilter>();
  for (const cursor of agent.list('filters')) {
    const path = stripSlash(cursor.textOf('path') ?? '');
    const read = { only: readPatterns(cursor, 'metricNameAllow'), drop: readPatterns(cursor, 'metricNameDeny') };
    warnOfRest(cursor);
    if (path === '') cursor.refuse('needs a path');
    if (filters.has(path)) cursor.refuse(`is the second filter of ${path}`, 'make it one');
    filters.set(path, {
      ...read,
      warnUnlessUsed: (paths) => {
        if (paths.some((each) => each.path === path)) return;
        cursor.warn(`is for the path ${path}, which is not among pathConfigs`);
      },
    });
  }
  return filters;
}

function readPatterns(cursor: HoconCursor, key: string): readonly PatternSpec[] {
  const found = cursor.take(key);
  if (found === undefined) return [];
  const items = found.isList ? cursor.list(key) : [found];
  return items.flatMap((item) => {
    const pattern = item.text ?? '';
    return pattern === '' ? [] : [{ pattern, where: item.where }];
  });
}

/** `pathConfigs`. A path that cannot be served is left out with a warning. */
export function readHoconPaths(
  cursor: HoconCursor,
  context: {
    readonly filters: ReadonlyMap<string, Pick<HoconFilter, 'only' | 'drop'>>;
    readonly source: AgentPathSpec['source'];
  },
): readonly AgentPathSpec[] {
  return cursor.list('pathConfigs').flatMap((entry) => {
    // A description; nothing goes by it.
    entry.take('name');
    const written = entry.take('path');
    if (written === undefined) entry.refuse('needs a path');
    const target = entry.take('url');
    if (target === undefined) entry.refuse('needs a url');
    const url = entry.read('url', agentTarget);
    const labels = readLabels(entry);
    warnOfRest(entry);
    const text = written?.text;
    if (written === undefined || text === undefined || url === undefined) return [];
    const path = stripSlash(text);
    const problem = findPathProblem(path);
    if (problem !== undefined) {
      written.warn(`${problem.message}; the path is not served`, problem.hint);
      return [];
    }
    const { only = [], drop = [] } = context.filters.get(path) ?? {};
    const rest = { module: undefined, httpClient: undefined, labels, only, drop, source: context.source };
    return [{ where: entry.where, path, ...splitUserinfo(url), ...rest }];
  });
}

/** `labels` is the text of a JSON object. */
function readLabels(entry: HoconCursor): AgentPathSpec['labels'] {
  const cursor = entry.take('labels');
  const text = cursor?.text ?? '{}';
  const parsed = parseObject(text);
  if (parsed === undefined) {
    cursor?.warn('is not the text of a JSON object; the path has no labels');
    return [];
  }
  return Object.entries(parsed).flatMap(([name, value]: readonly [string, unknown]) => {
    const problem = findLabelProblem(name);
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (problem === undefined && isText) return [[name, String(value)] as const];
    const why = problem ?? 'has a value that is neither text, a number nor a boolean';
    cursor?.warn(`has a label ${JSON.stringify(name.slice(0, 100))}, which ${why}; it is left out`);
    return [];
  });
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
