import { isHeaderName, isHeaderText } from '../../model/header-syntax.js';
import type { SecretSource } from '../../model/module.js';
import { toFile, toSecret } from '../secret-source.js';
import { readText, type Section } from '../section.js';
import type { YamlCursor } from '../yaml-cursor.js';

/** Headers that prometheus/common does not let a configuration set (`http_headers`, reservedHeaders there). */
const RESERVED_HEADERS = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** A header whose value may be in a file. */
export type SecretHeader = readonly [name: string, value: SecretSource];

/** `http_headers` of prometheus/common. */
export function readHeaders(section: Section): readonly SecretHeader[] {
  return (section.section('http_headers')?.entries() ?? []).flatMap(({ key, cursor }) => {
    if (RESERVED_HEADERS.has(key.toLowerCase())) {
      section.refuse(cursor, 'cannot be set here', 'see basic_auth, authorization, headers');
      return [];
    }
    return readHeaderValues(key, section.section('http_headers')?.section(key));
  });
}

/** `{values: [...], secrets: [...], files: [...]}` of one header. */
function readHeaderValues(name: string, section: Section | undefined): readonly SecretHeader[] {
  if (section === undefined) return [];
  const inline = [...section.list('values'), ...section.list('secrets')].flatMap((cursor) =>
    readHeaderValue(section, name, cursor),
  );
  const files = section.list('files').flatMap((cursor): readonly SecretHeader[] => {
    const path = readText(cursor, section.reading);
    const { reading } = section;
    return path === undefined ? [] : [[name, toFile(cursor, { path, content: 'secret', reading })]];
  });
  section.finish();
  return [...inline, ...files];
}

/** One value of a header that stands in the file itself, or in the environment. */
export function readHeaderValue(section: Section, name: string, cursor: YamlCursor): readonly SecretHeader[] {
  const value = toSecret(cursor, section.reading);
  const isName = isHeaderName(name);
  if (!isName) section.refuse(cursor, 'invalid header name');
  else if (value !== undefined && 'inline' in value && !isHeaderText(value.inline.reveal())) {
    section.refuse(cursor, 'invalid header value', 'remove line breaks and control characters');
  }
  return value === undefined || !isName ? [] : [[name, value]];
}
