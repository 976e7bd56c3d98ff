import type {
  FilterSpec,
  HttpClientSpec,
  MappingSpec,
  ModuleSpec,
  RequestSpec,
  TemplateText,
} from '../model/module.js';
import { isHeaderName } from '../net/header-name.js';
import { readConditions } from './content-spec.js';
import { noHttpClient, readHttpClient } from './http-client.js';
import { readLogin } from './login.js';
import { readMetricSpec } from './metric-spec.js';
import { readRegistryToken } from './registry-token.js';
import { readVariable } from './secret-source.js';
import { readText, type Section } from './section.js';
import { count, localUrl, positiveDuration } from './values.js';
import type { YamlCursor } from './yaml-cursor.js';

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** One module of `modules`: json_exporter's keys, and zxp's. */
export function readModuleSpec(name: string, section: Section): ModuleSpec {
  const translator = section.text('translator') ?? 'mapping';
  const spec = {
    name,
    where: section.where,
    translator,
    mapping: readMapping(section),
    request: readRequest(section),
    failIf: readConditions(section),
    timeoutMs: section.read('timeout', positiveDuration),
    minIntervalMs: section.read('min_interval', positiveDuration),
    maxConnections: section.read('max_connections', count),
    allow: readAllow(section),
  };
  if (translator !== 'mapping') refuseMappingKeys(section, translator);
  section.finish();
  return spec;
}

const MAPPING_KEYS = ['metrics', 'labels', 'only', 'drop', 'compat'];

function refuseMappingKeys(section: Section, translator: string): void {
  for (const key of MAPPING_KEYS) {
    const cursor = section.take(key);
    if (cursor === undefined || (cursor.items ?? cursor.fields)?.length === 0) continue;
    section.refuse(cursor, `belongs to the translator mapping and not to ${translator}`, 'leave one of the two out');
  }
}

function readMapping(section: Section): MappingSpec {
  return {
    metrics: section.list('metrics').flatMap((cursor) => readMetricSpec(cursor, section.reading) ?? []),
    staticLabels: readPairs(section, 'labels'),
    only: section.list('only').flatMap((cursor) => readFilter(section, cursor)),
    drop: section.list('drop').flatMap((cursor) => readFilter(section, cursor)),
    isStrict: readCompat(section),
  };
}

/** Names and texts of a map. */
export function readPairs(section: Section, key: string): readonly (readonly [string, string])[] {
  return (section.section(key)?.entries() ?? []).flatMap(({ key: name, cursor }) => {
    const text = readText(cursor, section.reading);
    return text === undefined ? [] : [[name, text] as const];
  });
}

/** `compat: strict` brings back Go's form of numbers in labels. */
function readCompat(section: Section): boolean {
  const cursor = section.take('compat');
  if (cursor === undefined || cursor.text === 'strict') return cursor !== undefined;
  section.refuse(cursor, 'must be strict, or absent');
  return false;
}

/** A text is a pattern for names; a map with one entry names a label and has a pattern for its value. */
function readFilter(section: Section, cursor: YamlCursor): readonly FilterSpec[] {
  if (!cursor.isMap) {
    const pattern = readText(cursor, section.reading);
    return pattern === undefined ? [] : [{ where: cursor.where, label: undefined, pattern }];
  }
  const [entry, ...more] = cursor.fields ?? [];
  const pattern = entry?.cursor.text;
  if (entry === undefined || pattern === undefined || more.length > 0) {
    section.refuse(
      cursor,
      'must be a pattern for names, or one label with a pattern',
      "drop: ['debug_.*', {site: 'test'}]",
    );
    return [];
  }
  return [{ where: cursor.where, label: entry.key, pattern }];
}

function readRequest(section: Section): RequestSpec {
  return {
    headers: readTexts(section, 'headers').filter(([name, value]) => checkHeader(section, name, value)),
    params: readTexts(section, 'params'),
    body: readBody(section),
    forwardHeaders: section.list('forward_headers').flatMap((cursor) => readForwarded(section, cursor)),
    forwardsVerified: section.flag('forward_verified') ?? false,
    validStatusCodes: section.list('valid_status_codes').flatMap((cursor) => readStatus(section, cursor)),
    httpClient: readCredential(section, readClient(section)),
  };
}

/** A module has one credential at the most: one of `http_client_config`, or one of zxp's own. */
function readCredential(section: Section, client: HttpClientSpec): HttpClientSpec {
  const found = {
    'a credential in http_client_config': client.credential,
    registry_token: readRegistryToken(section),
    login: readLogin(section),
  };
  const named = Object.entries(found).filter(([, credential]) => credential !== undefined);
  if (named.length > 1) section.refuse(section, `has ${named.map(([name]) => name).join(' and ')}`, 'keep one');
  if (
    found.registry_token !== undefined &&
    section.section('headers')?.keys.some((name) => /^authorization$/i.test(name))
  )
    section.refuse(section, 'has registry_token and Authorization in headers', 'use basic_auth of registry_token');
  return { ...client, credential: named[0]?.[1] };
}

function readClient(section: Section): HttpClientSpec {
  const inner = section.section('http_client_config');
  if (inner === undefined) return noHttpClient;
  if (inner.takeAny('follow_redirects') === undefined && !section.reading.isStrict) {
    section.warn(
      inner,
      'has redirects followed by json_exporter; zxp follows them where follow_redirects: true says so',
    );
  }
  return readHttpClient(inner);
}

/**
 * Names with one text or several; `{template: TEXT}` is a Go template over the parameters of /probe. `${NAME}` is the
 * environment's, but in a file of json_exporter's, where it is text like any other.
 */
function readTexts(section: Section, key: string): readonly (readonly [string, TemplateText])[] {
  return (section.section(key)?.entries() ?? []).flatMap(({ key: name, cursor }) =>
    (cursor.items ?? [cursor]).flatMap((item) => {
      const text = readTemplateText(section, item);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

function readTemplateText(section: Section, cursor: YamlCursor): TemplateText | undefined {
  if (!cursor.isMap) {
    const text = section.reading.isStrict ? readVariable(cursor, section.reading) : readText(cursor, section.reading);
    return text === undefined
      ? undefined
      : { text, isTemplate: false, isSecret: text !== cursor.text, where: cursor.where };
  }
  const template = cursor.fields?.find((field) => field.key === 'template')?.cursor.text;
  if (template === undefined || cursor.fields?.length !== 1)
    return section.refuse(cursor, "must be text, or {template: '...'}");
  return { text: template, isTemplate: true, isSecret: false, where: cursor.where };
}

function checkHeader(section: Section, name: string, value: TemplateText): boolean {
  const { problems } = section.reading.findings;
  const refuse = (message: string, hint: string) => problems.push({ where: value.where, message, hint });
  if (!isHeaderName(name)) refuse('is not a name of a header', 'take out blanks, colons and the like');
  else if (HEADER_VALUE.test(value.text)) return true;
  else refuse('is not a value of a header', 'take out line breaks and control characters');
  return false;
}

/** Content makes the request a POST; none, or none that is left of a template, leaves it a GET or an empty POST. */
function readBody(section: Section): TemplateText | undefined {
  const inner = section.section('body');
  if (inner === undefined) return undefined;
  const content = inner.text('content') ?? '';
  const isTemplate = inner.flag('templatize') ?? false;
  inner.finish();
  return content === '' ? undefined : { text: content, isTemplate, isSecret: false, where: inner.where };
}

const HOP_BY_HOP =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-.*|accept-encoding|expect)$/;

function readForwarded(section: Section, cursor: YamlCursor): readonly string[] {
  const name = readText(cursor, section.reading)?.toLowerCase() ?? '';
  if (name === 'authorization') {
    section.refuse(cursor, 'is passed through by itself, where the module has no credentials of its own');
  } else if (!isHeaderName(name) || HOP_BY_HOP.test(name)) {
    section.refuse(cursor, 'is not a header that can be passed on');
  } else {
    return [name];
  }
  return [];
}

/** Go decodes these into integers, and refuses text. */
function readStatus(section: Section, cursor: YamlCursor): readonly number[] {
  const { value } = cursor;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599) return [value];
  section.refuse(cursor, 'must be an HTTP status from 100 to 599');
  return [];
}

const LOCAL_HINT = 'file:///var/lib/x.json, file:///var/lib/folder/ for all below, unix:///run/x.sock';

/** A file, a folder or a socket as its URL; undefined for a pattern, and for a socket with a path behind it. */
function readLocal(text: string): string | undefined {
  if (text.includes('*') || text.includes('?')) return undefined;
  if (/^unix:/i.test(text) && text.lastIndexOf(':') > 4) return undefined;
  return localUrl.read(text.replace(/^(file:\/\/\/.*[^/])\/$/i, '$1')) === undefined ? undefined : new URL(text).href;
}

/** Origins, `*.` in front of a host for any name below it; sockets; files, and folders with a slash at the end. */
function readAllow(section: Section): readonly string[] | undefined {
  if (section.takeAny('allow') === undefined) return undefined;
  return section.list('allow').flatMap((cursor) => {
    const text = readText(cursor, section.reading) ?? '';
    const isOrigin = /^https?:\/\/(\*\.)?(\[[0-9a-f:.]+\]|[^/?#@*\\\s:]+)(:\d{1,5})?\/?$/i.test(text);
    if (isOrigin && URL.canParse(text.replace('*.', ''))) return [text.replace(/\/$/, '')];
    const local = readLocal(text);
    if (local !== undefined) return [local];
    if (/^(file|unix):/i.test(text))
      section.refuse(cursor, 'must be a file, a folder or a socket, literally', LOCAL_HINT);
    else section.refuse(cursor, 'must be an origin such as https://api.example or https://*.example:8443');
    return [];
  });
}
