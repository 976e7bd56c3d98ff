import { isHeaderName, isHeaderValue } from '../../model/header-syntax.js';
import type {
  DecodeSpec,
  FilterSpec,
  HttpClientSpec,
  MappingSpec,
  ModuleSpec,
  RequestSpec,
  TemplateText,
} from '../../model/module.js';
import { PRESET_PREFIX } from '../../model/presets.js';
import { readVariable, type VariableText, warnOfLiteral } from '../secret-source.js';
import { readText, Section } from '../section.js';
import { count, oneOf, positiveDuration } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';
import { readOneCredential } from './auths.js';
import { readConditions } from './content-spec.js';
import { readDiscover, readFollow, readPages } from './fetch-plan.js';
import { noHttpClient, readHttpClient } from './http-client.js';
import { metricKeys, readMetricSpec } from './metric-spec.js';
import { readAllow } from './origins.js';
import { readRequestPolicy } from './request-policy.js';

/** One module of `modules`: json_exporter's keys, and zxp's. A module that uses one of zxp's is read as strictly as they are. */
export function readModuleSpec(name: string, given: Section): ModuleSpec {
  const isOwn = given.reading.unknownKeys === 'warn' && usesOwnKeys(given);
  const section = isOwn ? given.reopen({ ...given.reading, unknownKeys: 'refuse' }) : given;
  const translator = section.text('translator') ?? 'mapping';
  const spec: ModuleSpec = {
    name,
    where: section.where,
    translator,
    mapping: readMapping(section),
    request: readRequest(section),
    failIf: readConditions(section),
    timeoutMs: section.read('timeout', positiveDuration),
    policy: readRequestPolicy(section),
    maxConnections: section.read('max_connections', count),
    allow: readAllow(section),
    auth: section.text('auth') || undefined,
    ...placeNames(section),
    pages: readPages(section),
    follow: readFollow(section),
    discover: readDiscover(section),
  };
  if (translator !== 'mapping') refuseMappingKeys(section, translator);
  if (name.startsWith(PRESET_PREFIX)) {
    section.refuse(section, 'names that begin with preset/ are those of the presets', 'rename it');
  }
  checkAuth(section, spec);
  checkFormat(section, spec);
  section.finish();
  return spec;
}

/** Where names are that other parts of the file must have. */
function placeNames(section: Section): Pick<ModuleSpec, 'authWhere' | 'budgetWhere'> {
  const auth = section.take('auth');
  const budget = section.take('budget');
  return {
    ...(auth === undefined ? {} : { authWhere: auth.where }),
    ...(budget === undefined ? {} : { budgetWhere: budget.where }),
  };
}

/** What json_exporter reads: any other key that zxp knows is its own. */
const JSON_EXPORTER_KEYS = {
  module: ['headers', 'metrics', 'http_client_config', 'body', 'valid_status_codes'],
  metric: [
    'name',
    'path',
    'type',
    'valuetype',
    'help',
    'labels',
    'values',
    'epochtimestamp',
    'epochTimestamp',
    'allow_missing_key',
  ],
};

/** Whether a module of a json_exporter file uses a key of zxp's: in itself, in a metric, or a map as a value. */
function usesOwnKeys(module: Section): boolean {
  const isOwn = (key: string) => moduleKeys.includes(key) && !JSON_EXPORTER_KEYS.module.includes(key);
  if (module.keys.some(isOwn)) return true;
  return (module.peek('metrics')?.items ?? []).some((metric) =>
    (metric.fields ?? []).some(({ key, cursor }) => {
      if (metricKeys.includes(key) && !JSON_EXPORTER_KEYS.metric.includes(key)) return true;
      if (key === 'path') return cursor.isList;
      if (key === 'name') return cursor.isMap;
      return (key === 'labels' || key === 'values') && (cursor.fields ?? []).some((field) => field.cursor.isMap);
    }),
  );
}

/** Every key of a module. */
export const moduleKeys: readonly string[] = [
  ...JSON_EXPORTER_KEYS.module,
  'translator',
  'fail_if',
  'fail_if_body_json_matches_cel',
  'fail_if_body_json_not_matches_cel',
  'timeout',
  'min_interval',
  'max_connections',
  'allow',
  'auth',
  'params',
  'forward_headers',
  'forward_authorization',
  'forward_verified',
  'stale_on_error',
  'coalesce',
  'max_requests_per',
  'budget',
  'digest_auth',
  'registry_token',
  'login',
  'labels',
  'only',
  'drop',
  'compat',
  'format',
  'decode',
  'pages',
  'follow',
  'discover',
];

/** A module that names an auth has no credentials of its own. */
function checkAuth(section: Section, { auth, request }: ModuleSpec): void {
  if (auth === undefined) return;
  const hasHeader = request.headers.some(([name]) => name.toLowerCase() === 'authorization');
  if (request.httpClient.credential === undefined && !hasHeader) return;
  section.refuse(section.placeOf('auth'), 'cannot be combined with credentials of the module itself', 'keep one');
}

const MAPPING_KEYS = ['metrics', 'labels', 'only', 'drop', 'compat', 'format', 'decode'];

/** Those that other translators heed, too. */
const SHARED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['flatten', ['labels', 'only', 'drop', 'format', 'decode']],
  ['prom2json', ['decode']],
  ['otlp', ['format', 'decode']],
]);

function refuseMappingKeys(section: Section, translator: string): void {
  const shared = SHARED_KEYS.get(translator) ?? [];
  const keys = MAPPING_KEYS.filter((key) => !shared.includes(key));
  for (const key of keys) {
    const cursor = section.take(key);
    if (cursor === undefined || (cursor.items ?? cursor.fields)?.length === 0) continue;
    section.refuse(cursor, `belongs to the translator mapping, not to ${translator}`, 'remove it, or the translator');
  }
}

function readMapping(section: Section): MappingSpec {
  return {
    format: section.read('format', oneOf(['json', 'ndjson'])) ?? 'json',
    decode: section.list('decode').flatMap((cursor) => readDecode(section, cursor)),
    metrics: section.list('metrics').flatMap((cursor) => readMetricSpec(cursor, section.reading) ?? []),
    staticLabels: readPairs(section, 'labels'),
    only: section.list('only').flatMap((cursor) => readFilter(section, cursor)),
    drop: section.list('drop').flatMap((cursor) => readFilter(section, cursor)),
    isStrict: readCompat(section),
  };
}

/** A path to a text, or a list of paths that lead there from array to array. */
function readDecode(section: Section, cursor: YamlCursor): readonly DecodeSpec[] {
  const inner = Section.open(cursor, section.reading);
  if (inner === undefined) return [];
  const given = inner.take('path');
  if (given === undefined) inner.needs('path', { hint: "path: '{.payload}'" });
  inner.finish();
  const paths = (given?.items ?? (given === undefined ? [] : [given])).flatMap((item) => {
    const path = readText(item, section.reading);
    return path === undefined ? [] : [{ path, where: item.where }];
  });
  return paths.length === 0 ? [] : [{ paths }];
}

/** Documents a line make no page, and none of them names further requests. */
function checkFormat(section: Section, { mapping, pages, follow }: ModuleSpec): void {
  if (mapping.format === 'json' || (pages === undefined && follow === undefined)) return;
  section.refuse(section.placeOf('format'), 'format: ndjson cannot be combined with pages or follow', 'keep one');
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
  section.refuse(cursor, 'must be strict or absent');
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
      'must be a pattern for names or one label with a pattern',
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
    forwardsAuthorization: readForwarding(section),
    forwardsVerified: section.flag('forward_verified') ?? false,
    validStatusCodes: section.list('valid_status_codes').flatMap((cursor) => readStatus(section, cursor)),
    httpClient: readCredential(section, readClient(section)),
  };
}

function readForwarding(section: Section): boolean {
  const isForwarded = section.flag('forward_authorization') ?? true;
  if (!isForwarded && section.flag('forward_verified') === true) {
    section.refuse(section.placeOf('forward_authorization'), 'cannot be combined with forward_verified', 'keep one');
  }
  return isForwarded;
}

function readCredential(section: Section, client: HttpClientSpec): HttpClientSpec {
  const found = readOneCredential(section, client);
  const headers = section.section('headers')?.keys ?? [];
  if (found.credential?.kind === 'registry_token' && headers.some((name) => /^authorization$/i.test(name)))
    section.refuse(section, 'registry_token and Authorization in headers', 'use basic_auth of registry_token');
  return found;
}

function readClient(section: Section): HttpClientSpec {
  const inner = section.section('http_client_config');
  if (inner === undefined) return noHttpClient;
  if (inner.takeAny('follow_redirects') === undefined && section.reading.dialect === 'json_exporter') {
    section.warn(inner, 'json_exporter follows redirects here, zxp does not', 'follow_redirects: true follows them');
  }
  return readHttpClient(inner);
}

/**
 * Names with one text or several; `{template: TEXT}` is a Go template over the parameters of /probe.
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
    const read = readLiteral(section, cursor);
    return read && { text: read.text, isTemplate: false, isSecret: read.isVariable, where: cursor.where };
  }
  const template = cursor.fields?.find((field) => field.key === 'template')?.cursor.text;
  if (template === undefined || cursor.fields?.length !== 1)
    return section.refuse(cursor, "must be text or {template: '...'}", cursor.quoteHint);
  return { text: template, isTemplate: true, isSecret: false, where: cursor.where };
}

/** `${NAME}` is the environment's, but in a json_exporter file, where it is text like any other. */
function readLiteral({ reading }: Section, cursor: YamlCursor): VariableText | undefined {
  if (reading.dialect === 'zxp') return readVariable(cursor, reading);
  const text = readText(cursor, reading);
  if (text !== undefined) warnOfLiteral(cursor, { text, reading });
  return text === undefined ? undefined : { text, isVariable: false };
}

function checkHeader(section: Section, name: string, value: TemplateText): boolean {
  const { problems } = section.reading.findings;
  const refuse = (message: string, hint: string) => problems.push({ where: value.where, message, hint });
  if (!isHeaderName(name)) refuse('invalid header name', 'remove blanks, colons and the like');
  else if (isHeaderValue(value.text)) return true;
  else refuse('invalid header value', 'remove line breaks and control characters');
  return false;
}

/** Content makes the request a POST; none, or none that is left of a template, leaves it a GET or an empty POST. */
function readBody(section: Section): TemplateText | undefined {
  const inner = section.section('body');
  if (inner === undefined) return undefined;
  const content = inner.text('content') ?? '';
  const isTemplate = inner.flag('templatize') ?? false;
  const cursor = inner.take('content');
  if (cursor !== undefined && !isTemplate) warnOfLiteral(cursor, { text: content, reading: inner.reading });
  inner.finish();
  return content === '' ? undefined : { text: content, isTemplate, isSecret: false, where: inner.where };
}

const HOP_BY_HOP =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-.*|accept-encoding|expect)$/;

function readForwarded(section: Section, cursor: YamlCursor): readonly string[] {
  const name = readText(cursor, section.reading)?.toLowerCase() ?? '';
  if (name === 'authorization') {
    section.refuse(cursor, 'Authorization is forwarded by default, where the module has no credentials of its own');
  } else if (!isHeaderName(name) || HOP_BY_HOP.test(name)) {
    section.refuse(cursor, 'this header cannot be forwarded');
  } else {
    return [name];
  }
  return [];
}

/** Go decodes these into integers, and refuses text. */
function readStatus(section: Section, cursor: YamlCursor): readonly number[] {
  const { value } = cursor;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599) return [value];
  section.refuse(cursor, 'must be an HTTP status code from 100 to 599');
  return [];
}
