import { Secret } from '../../model/secret.js';
import type { AgentPathSpec, PatternSpec } from '../../model/tunnel.js';
import { parseUrl } from '../../model/url.js';
import { readHttpClient } from '../modules/http-client.js';
import { readPairs } from '../modules/module-spec.js';
import { type Reading, readText, Section } from '../section.js';
import { localUrl, type ValueKind } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';
import { findPathProblem, stripSlash } from './values.js';

/** What an agent requests for a path. A user and a password may stand in front of an `@`. */
export const agentTarget: ValueKind<URL> = {
  expected: 'an http or https URL such as http://localhost:9100/metrics',
  read: (value) => {
    const local = localUrl.read(value);
    if (local !== undefined) return local;
    if (typeof value !== 'string' || !/^https?:\/\/[^/?#\s]/i.test(value)) return undefined;
    const url = parseUrl(value);
    if (url === undefined) return undefined;
    url.hash = '';
    return url;
  },
};

/** `paths` of an agent's file or of one that it includes. A path that cannot be served is left out with a warning. */
export function readAgentPaths(section: Section, source: AgentPathSpec['source']): readonly AgentPathSpec[] {
  return section.list('paths').flatMap((cursor) => readAgentPath(cursor, section.reading, source) ?? []);
}

function readAgentPath(
  cursor: YamlCursor,
  reading: Reading,
  source: AgentPathSpec['source'],
): AgentPathSpec | undefined {
  const section = Section.open(cursor, reading);
  if (section === undefined) return undefined;
  const written = section.text('path');
  if (section.take('path') === undefined) section.needs('path', { hint: 'path: app_metrics' });
  const url = section.read('url', agentTarget);
  if (section.take('url') === undefined) section.needs('url', { hint: 'url: http://localhost:9100/metrics' });
  const module = section.text('module') || undefined;
  const spec = {
    where: section.where,
    module,
    moduleWhere: section.placeOf('module').where,
    httpClient: readClient(section, module),
    labels: readLabels(section),
    only: readPatterns(section, 'only'),
    drop: readPatterns(section, 'drop'),
    source,
  };
  section.finish();
  if (written === undefined || url === undefined) return undefined;
  const path = stripSlash(written);
  const problem = findPathProblem(path);
  if (problem !== undefined) {
    section.warn(section.placeOf('path'), `${problem.message}; the path is not served`, problem.hint);
    return undefined;
  }
  return { ...spec, path, ...splitUserinfo(url) };
}

/** The URL without user and password, and those apart. */
export function splitUserinfo(written: URL): Pick<AgentPathSpec, 'url' | 'userinfo'> {
  if (written.username === '' && written.password === '') return { url: written, userinfo: undefined };
  const url = new URL(written);
  url.username = '';
  url.password = '';
  const userinfo = { username: decode(written.username), password: new Secret(decode(written.password)) };
  return { url, userinfo };
}

/** A percent sign that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readClient(section: Section, module: string | undefined): AgentPathSpec['httpClient'] {
  const inner = section.section('http_client_config');
  if (inner === undefined) return undefined;
  if (module !== undefined) {
    return section.refuse(inner, 'belongs to an exporter, and this path has a module', `put it into ${module}`);
  }
  // Exporters are followed where they redirect to, as Prometheus follows them.
  const follows = inner.takeAny('follow_redirects') === undefined;
  const client = readHttpClient(inner);
  return follows ? { ...client, followRedirects: true } : client;
}

/** Labels of the proxy's discovery document. */
function readLabels(section: Section): AgentPathSpec['labels'] {
  const cursor = section.take('labels');
  return readPairs(section, 'labels').filter(([name]) => {
    const problem = findLabelProblem(name);
    if (problem === undefined) return true;
    section.refuse(
      cursor ?? section,
      `has a label with the name ${JSON.stringify(name.slice(0, 100))}, which ${problem}`,
    );
    return false;
  });
}

const RESERVED_LABELS = ['agentName', 'hostName'];

/** Why the proxy's discovery document cannot have a label of this name; undefined where it can. */
export function findLabelProblem(name: string): string | undefined {
  if (RESERVED_LABELS.includes(name)) return 'the proxy sets itself';
  if (name.startsWith('__') && !name.startsWith('__param_')) return 'Prometheus keeps for itself';
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? undefined : 'is not a label name';
}

function readPatterns(section: Section, key: string): readonly PatternSpec[] {
  return section.list(key).flatMap((cursor) => {
    const pattern = readText(cursor, section.reading);
    if (pattern === '') section.refuse(cursor, 'is an empty pattern', 'name families: http_.*');
    return pattern === undefined || pattern === '' ? [] : [{ pattern, where: cursor.where }];
  });
}
