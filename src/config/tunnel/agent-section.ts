import type { AgentSpec, AgentTlsSpec, Endpoint } from '../../model/tunnel.js';
import { readSecret } from '../secret-source.js';
import { readText, type Section } from '../section.js';
import { oneOf, positiveDuration } from '../values.js';
import { agentDefaults } from './defaults.js';
import { readAgentPaths } from './paths.js';
import { endpoint, readScalar } from './values.js';

/** `tunnel` of an agent's own file: everything but the paths of the files that it includes. */
export function readAgentSection(section: Section): AgentSpec {
  const spec: AgentSpec = {
    ...agentDefaults,
    proxies: readEndpoints(section),
    mode: section.read('mode', oneOf(['all', 'failover'])) ?? agentDefaults.mode,
    name: section.text('name') || undefined,
    consolidated: section.flag('consolidated') ?? agentDefaults.consolidated,
    token: readToken(section),
    tls: readAgentTls(section.section('tls')),
    paths: readAgentPaths(section, 'STATIC'),
    include: readInclude(section),
    transportFilterDisabled: section.flag('transport_filter_disabled') ?? agentDefaults.transportFilterDisabled,
    scrapeTimeoutMs: section.read('scrape_timeout', positiveDuration) ?? agentDefaults.scrapeTimeoutMs,
    heartbeatAfterMs: section.read('heartbeat_after', positiveDuration) ?? agentDefaults.heartbeatAfterMs,
    reconnectAfterMs: section.read('reconnect_after', positiveDuration) ?? agentDefaults.reconnectAfterMs,
    trustAllX509: section.flag('trust_all_x509') ?? agentDefaults.trustAllX509,
  };
  if (spec.trustAllX509) section.warn(section.placeOf('trust_all_x509'), ...TRUST_ALL_WARNING);
  section.finish();
  return spec;
}

/** What a start with `trust_all_x509` warns of. */
export const TRUST_ALL_WARNING = [
  'certificates of targets are not verified: anyone on the network path can read their credentials',
  'for development only; otherwise trust the CA: http_client_config: {tls_config: {ca_file: ca.pem}}',
] as const;

function readEndpoints(section: Section): readonly Endpoint[] {
  const seen = new Set<string>();
  return section.list('proxies').flatMap((cursor) => {
    const read = readScalar(section, cursor, endpoint);
    if (read === undefined) return [];
    const name = `${read.host.toLowerCase()} ${read.port}`;
    if (seen.has(name)) return section.refuse(cursor, 'is listed twice', 'remove one') ?? [];
    seen.add(name);
    return [read];
  });
}

/** A token that is there and empty would make the agent connect without one. */
function readToken(section: Section): AgentSpec['token'] {
  for (const key of ['token', 'token_file']) {
    const cursor = section.takeAny(key);
    if (cursor?.text === '') section.refuse(cursor, 'is empty', 'set it, or remove it');
  }
  return readSecret(section, 'token');
}

function readAgentTls(section: Section | undefined): AgentTlsSpec | undefined {
  if (section === undefined) return undefined;
  const spec = {
    ca: readSecret(section, 'ca'),
    cert: readSecret(section, 'cert'),
    key: readSecret(section, 'key'),
    serverName: section.text('server_name') || undefined,
  };
  if ((spec.cert === undefined) !== (spec.key === undefined)) {
    section.refuse(section, 'needs both cert_file and key_file', 'without a client certificate, remove both');
  }
  section.finish();
  return spec;
}

function readInclude(section: Section): readonly string[] {
  return section.list('include').flatMap((cursor) => {
    const pattern = readText(cursor, section.reading);
    if (pattern === undefined) return [];
    if (pattern === '') return section.refuse(cursor, 'is empty', 'name files: paths.d/*.yml') ?? [];
    if (!/\*.*[/\\]/.test(pattern)) return [pattern];
    return section.refuse(cursor, 'has * in the name of a folder', 'name each folder') ?? [];
  });
}
