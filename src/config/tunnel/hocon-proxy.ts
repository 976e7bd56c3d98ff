import type { ProxyAgentSpec, ProxyDiscoverySpec, ProxySpec, ProxyTlsSpec } from '../../model/tunnel.js';
import type { HoconCursor } from '../hocon/cursor.js';
import { DISCOVERY_PATH, proxyDefaults, TUNNEL_PORT } from './defaults.js';
import { toFile, toInlineSecret } from './hocon-agent.js';
import { warnOfRest } from './hocon-rest.js';
import { findPathProblem, stripSlash } from './values.js';

/** What a `proxy` of prometheus-proxy's own file comes to here. */
export interface HoconProxy {
  readonly spec: ProxySpec;
  /** Where Prometheus scrapes it. */
  readonly httpPort: number;
}

const SECOND_MS = 1000;
const MIB = 1024 ** 2;
const HTTP_PORT = 8080;

/** Reads `proxy` of a prometheus-proxy configuration, as `readHoconAgent` reads `agent`. */
export function readHoconProxy(proxy: HoconCursor): HoconProxy {
  const { limits } = proxyDefaults;
  const inactiveSeconds = proxy.integer('internal.maxAgentInactivitySecs', 1);
  const timeoutSeconds = proxy.integer('internal.scrapeRequestTimeoutSecs', 1);
  const compressedMiB = proxy.integer('internal.maxZippedContentSizeMBytes', 1);
  const bodyMiB = proxy.integer('internal.maxUnzippedContentSizeMBytes', 1);
  // Agents are looked at all the time.
  proxy.integer('internal.staleAgentCheckPauseSecs', 1);
  const spec: ProxySpec = {
    ...proxyDefaults,
    listenAddresses: [{ host: undefined, port: proxy.integer('agent.port', 1) ?? TUNNEL_PORT }],
    tls: readTls(proxy),
    agents: readAgents(proxy),
    transportFilterDisabled: proxy.flag('transportFilterDisabled') ?? proxyDefaults.transportFilterDisabled,
    discovery: readDiscovery(proxy),
    limits: {
      ...limits,
      compressedBytes: compressedMiB === undefined ? limits.compressedBytes : compressedMiB * MIB,
      bodyBytes: bodyMiB === undefined ? limits.bodyBytes : bodyMiB * MIB,
    },
    evictionAfterMs: inactiveSeconds === undefined ? proxyDefaults.evictionAfterMs : inactiveSeconds * SECOND_MS,
    scrapeTimeoutMs: timeoutSeconds === undefined ? proxyDefaults.scrapeTimeoutMs : timeoutSeconds * SECOND_MS,
  };
  const httpPort = proxy.integer('http.port', 1) ?? HTTP_PORT;
  warnOfRest(proxy);
  return { spec, httpPort };
}

function readTls(proxy: HoconCursor): ProxyTlsSpec | undefined {
  const tls = proxy.take('tls');
  const cert = toFile(tls?.textOf('certChainFilePath'));
  const key = toFile(tls?.textOf('privateKeyFilePath'));
  const clientCa = toFile(tls?.textOf('trustCertCollectionFilePath'));
  if (tls === undefined || (cert === undefined && key === undefined && clientCa === undefined)) return undefined;
  if (cert !== undefined && key !== undefined) return { where: tls.where, cert, key, clientCa };
  return tls.refuse(
    'needs both certChainFilePath and privateKeyFilePath',
    'trustCertCollectionFilePath alone leaves the tunnel in plaintext; for plaintext remove all of them',
  );
}

function readAgents(proxy: HoconCursor): readonly ProxyAgentSpec[] {
  const places = new Map<string, string>();
  const tokens = new Map<string, string>();
  const check = (cursor: HoconCursor, agent: { readonly name: string; readonly token: string }) => {
    const [samePlace, sameToken] = [places.get(agent.name), tokens.get(agent.token)];
    if (samePlace !== undefined) cursor.refuse(`has the name of another agent: ${samePlace}`, 'rename one');
    else if (sameToken !== undefined) cursor.refuse(`has the token of another agent: ${sameToken}`, 'change one');
    places.set(agent.name, cursor.where);
    tokens.set(agent.token, cursor.where);
  };
  const listed = proxy.list('auth').flatMap((cursor): readonly ProxyAgentSpec[] => {
    const name = cursor.textOf('name');
    const token = cursor.textOf('token');
    const paths = cursor.list('paths').flatMap((each) => readGlob(each));
    warnOfRest(cursor);
    if (name === undefined) cursor.refuse('needs a name');
    if (token === undefined) cursor.refuse('needs a token');
    if (name === undefined || token === undefined) return [];
    check(cursor, { name, token });
    const secret = toInlineSecret(token);
    return secret === undefined ? [] : [{ where: cursor.where, name, token: secret, paths }];
  });
  const legacy = proxy.take('agentToken');
  const token = legacy?.text || undefined;
  const secret = toInlineSecret(token);
  if (legacy === undefined || token === undefined || secret === undefined) return listed;
  check(legacy, { name: 'legacy-agent-token', token });
  return [...listed, { where: legacy.where, name: 'legacy-agent-token', token: secret, paths: [] }];
}

function readGlob(cursor: HoconCursor): readonly string[] {
  const text = cursor.text ?? '';
  if (text.startsWith('/'))
    cursor.warn('begins with a slash, with which prometheus-proxy matches no path; it is ignored');
  const glob = stripSlash(text);
  if (glob === '') return cursor.refuse('is an empty pattern, which matches no path') ?? [];
  return [glob];
}

function readDiscovery(proxy: HoconCursor): ProxyDiscoverySpec | undefined {
  const isEnabled = proxy.flag('service.discovery.enabled') ?? false;
  const path = stripSlash(proxy.textOf('service.discovery.path') ?? DISCOVERY_PATH);
  const problem = findPathProblem(path);
  if (problem !== undefined) proxy.take('service.discovery.path')?.refuse(problem.message, problem.hint);
  const prefix = proxy.textOf('service.discovery.targetPrefix') ?? `http://localhost:${HTTP_PORT}/`;
  const [, scheme, targetPrefix] = /^(?:(https?):\/\/)?([^/?#@\s]+)\/?$/.exec(prefix) ?? [];
  if (targetPrefix === undefined) {
    proxy.take('service.discovery.targetPrefix')?.refuse('must be a host and port, perhaps with a scheme');
    return undefined;
  }
  if (!isEnabled) return undefined;
  return { path, targetPrefix, scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined };
}
