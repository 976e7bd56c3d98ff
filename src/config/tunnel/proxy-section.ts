import type { ProxyAgentSpec, ProxyDiscoverySpec, ProxySpec, ProxyTlsSpec } from '../../model/tunnel.js';
import { readSecret } from '../secret-source.js';
import { readText, Section } from '../section.js';
import { byteSize, count, listenAddress, oneOf, positiveDuration, type ValueKind } from '../values.js';
import { DISCOVERY_PATH, proxyDefaults } from './defaults.js';
import { findPathProblem, readScalar, stripSlash } from './values.js';

/** `tunnel` of a proxy's own file. */
export function readProxySection(section: Section): ProxySpec {
  const addresses = section
    .list('listen_addresses')
    .flatMap((cursor) => readScalar(section, cursor, listenAddress) ?? []);
  const spec: ProxySpec = {
    listenAddresses: addresses.length === 0 ? proxyDefaults.listenAddresses : addresses,
    tls: readProxyTls(section.section('tls')),
    agents: readAgents(section),
    allowPlaintextCredentials: section.flag('allow_plaintext_credentials') ?? proxyDefaults.allowPlaintextCredentials,
    transportFilterDisabled: section.flag('transport_filter_disabled') ?? proxyDefaults.transportFilterDisabled,
    forwardVerified: section.flag('forward_verified') ?? proxyDefaults.forwardVerified,
    discovery: readDiscovery(section.section('discovery')),
    limits: readLimits(section.section('limits')),
    evictionAfterMs: section.read('eviction_after', positiveDuration) ?? proxyDefaults.evictionAfterMs,
    scrapeTimeoutMs: section.read('scrape_timeout', positiveDuration) ?? proxyDefaults.scrapeTimeoutMs,
  };
  section.finish();
  return spec;
}

function readProxyTls(section: Section | undefined): ProxyTlsSpec | undefined {
  if (section === undefined) return undefined;
  const cert = readSecret(section, 'cert');
  const key = readSecret(section, 'key');
  const clientCa = readSecret(section, 'client_ca');
  section.finish();
  if (cert !== undefined && key !== undefined) return { where: section.where, cert, key, clientCa };
  return section.refuse(
    section,
    'needs both cert_file and key_file',
    'a client_ca_file alone would leave the tunnel in plaintext; for plaintext remove tls',
  );
}

function readAgents(section: Section): readonly ProxyAgentSpec[] {
  const places = new Map<string, string>();
  const tokens = new Map<string, string>();
  return section.list('agents').flatMap((cursor) => {
    const entry = Section.open(cursor, section.reading);
    if (entry === undefined) return [];
    const name = entry.text('name') ?? '';
    if (name === '') entry.needs('name', { hint: 'name: warehouse' });
    const token = readSecret(entry, 'token');
    if (token === undefined)
      entry.needs(['token', 'token_file'], { message: 'needs a token_file', hint: 'token_file: warehouse.token' });
    const paths = entry.list('paths').flatMap((pattern) => readGlob(entry, pattern));
    entry.finish();
    const before = places.get(name);
    if (before !== undefined) entry.refuse(entry, `has the name of another agent: ${before}`, 'rename one');
    places.set(name, entry.where);
    if (token !== undefined && 'inline' in token) {
      const same = tokens.get(token.inline.reveal());
      if (same !== undefined) entry.refuse(entry, `has the token of another agent: ${same}`, 'change one');
      tokens.set(token.inline.reveal(), entry.where);
    }
    return token === undefined || name === '' ? [] : [{ where: entry.where, name, token, paths }];
  });
}

function readGlob(section: Section, cursor: Parameters<Section['refuse']>[0]): readonly string[] {
  if (cursor instanceof Section) return [];
  const glob = stripSlash(readText(cursor, section.reading) ?? '');
  if (glob === '') return section.refuse(cursor, 'is an empty pattern, which matches no path', "app_* or '*'") ?? [];
  if (glob.includes('/')) return section.refuse(cursor, 'has a slash, which no path has', 'app_*') ?? [];
  return [glob];
}

const targetPrefix: ValueKind<string> = {
  expected: 'a host and port such as proxy.example:8080, without a scheme',
  read: (value) =>
    typeof value === 'string' && /^(\[[0-9a-fA-F:.]+\]|[^\s:/?#@[\]]+)(:\d{1,5})?$/.test(value) ? value : undefined,
};

function readDiscovery(section: Section | undefined): ProxyDiscoverySpec | undefined {
  if (section === undefined) return undefined;
  const isEnabled = section.flag('enabled') ?? false;
  const path = stripSlash(section.text('path') ?? DISCOVERY_PATH);
  const problem = findPathProblem(path);
  if (problem !== undefined) section.refuse(section.placeOf('path'), problem.message, problem.hint);
  const spec = {
    path,
    targetPrefix: section.read('target_prefix', targetPrefix),
    scheme: section.read('scheme', oneOf(['http', 'https'])),
  };
  section.finish();
  return isEnabled ? spec : undefined;
}

function readLimits(section: Section | undefined): ProxySpec['limits'] {
  const { limits } = proxyDefaults;
  if (section === undefined) return limits;
  const read = {
    agents: section.read('agents', count) ?? limits.agents,
    paths: section.read('paths', count) ?? limits.paths,
    pathsPerAgent: section.read('paths_per_agent', count) ?? limits.pathsPerAgent,
    compressedBytes: section.read('compressed_size', byteSize) ?? limits.compressedBytes,
    bodyBytes: section.read('body_size', byteSize) ?? limits.bodyBytes,
    labelBytes: section.read('label_bytes', byteSize) ?? limits.labelBytes,
  };
  section.finish();
  return read;
}
