import { dirname, isAbsolute, join } from 'node:path';
import { dropCauses } from '../../model/drops.js';
import type { Problem } from '../../model/errors.js';
import { isHeaderName, isHeaderValue } from '../../model/header-syntax.js';
import { parseInstant } from '../../model/instant.js';
import type { HeaderList } from '../../model/ports.js';
import { parseUrl } from '../../model/url.js';
import { readPairs } from '../modules/module-spec.js';
import { orderByPlace } from '../place.js';
import { readingOfOwnFile, readText, Section } from '../section.js';
import type { TextFile } from '../text-file.js';
import { oneOf } from '../values.js';
import { type Findings, YamlCursor } from '../yaml-cursor.js';
import { toJsonText } from './inline-document.js';
import {
  type ExpectedFailure,
  type Source,
  testableReasons,
  type UnitTest,
  type UnitTestFile,
  type UnitTestResponse,
  unitTestFormats,
} from './unit-test.js';

/** Reads a file of unit tests. Never throws; problems name their places. */
export function readUnitTestFile({ name, text }: Extract<TextFile, { text: string }>): {
  readonly file: UnitTestFile;
  readonly problems: readonly Problem[];
} {
  const findings: Findings = { problems: [], warnings: [] };
  const root = YamlCursor.open(name, text, findings);
  const reading = readingOfOwnFile({ findings, environment: {}, folder: dirname(name) });
  const section = root === undefined ? undefined : Section.open(root, reading);
  const file = section === undefined ? { name, ...NOTHING } : readFile(name, section);
  if (root === undefined && findings.problems.length === 0) {
    findings.problems.push({ where: name, message: 'is empty', hint: EXAMPLE });
  }
  const second = root?.secondDocument;
  if (second !== undefined)
    findings.problems.push({ where: second, message: 'multiple YAML documents are not supported' });
  return { file, problems: orderByPlace([...findings.problems, ...findings.warnings]) };
}

const NOTHING: Omit<UnitTestFile, 'name'> = { configFile: undefined, environment: {}, tests: [] };
const EXAMPLE = "tests: [{ name: ..., module: ..., document: {...}, expect: '...' }]";

function readFile(name: string, section: Section): UnitTestFile {
  const config = section.take('config_file');
  const path = section.text('config_file') || undefined;
  const environment = Object.fromEntries(readPairs(section, 'environment'));
  if (section.take('tests') === undefined) section.needs('tests', { message: 'has no tests', hint: EXAMPLE });
  const items = section.list('tests');
  if (section.take('tests')?.items?.length === 0) section.refuse(section.placeOf('tests'), 'has no tests', EXAMPLE);
  const tests = items.flatMap((cursor) => readTest(section, cursor) ?? []);
  for (const key of section.keys) if (key.startsWith('x-')) section.take(key);
  section.finish();
  const configFile =
    path === undefined || config === undefined ? undefined : { path: toPath(section, path), where: config.where };
  return { name, configFile, environment, tests };
}

function readTest(parent: Section, cursor: YamlCursor): UnitTest | undefined {
  const section = Section.open(cursor, parent.reading);
  if (section === undefined) return undefined;
  const module = section.take('module');
  const moduleName = section.text('module') || undefined;
  const response = readResponse(section, LOCALHOST);
  const exposition = readSource(section, 'expect');
  const failure = readFailure(section);
  const isSubset = section.flag('subset') ?? false;
  if (exposition === undefined && failure === undefined && !section.keys.includes('expect')) {
    section.needs(['expect', 'expect_file', 'expect_failure'], {
      message: 'expects nothing',
      hint: 'add expect or expect_failure',
    });
  }
  if (failure !== undefined) {
    for (const key of ['expect', 'expect_file', 'subset', 'expect_dropped']) {
      const other = section.take(key);
      if (other !== undefined) section.refuse(other, 'cannot be combined with expect_failure', 'keep one');
    }
  }
  const test: UnitTest = {
    where: section.where,
    name: section.text('name') ?? '',
    module: module === undefined || moduleName === undefined ? undefined : { name: moduleName, where: module.where },
    response,
    responses: section.take('responses') === undefined ? undefined : readResponses(section, response.url),
    params: readTexts(section, 'params'),
    nowMs: readInstant(section),
    format: section.read('format', oneOf(unitTestFormats)) ?? 'text',
    exposition: failure === undefined ? (exposition ?? { where: section.where, text: '' }) : undefined,
    isSubset,
    failure,
    drops: readDrops(section),
  };
  section.finish();
  return test;
}

/** What is requested where a test does not say. */
const LOCALHOST = new URL('http://localhost/');

function readResponse(section: Section, base: URL): UnitTestResponse {
  return {
    url: readUrl(section, base),
    document: readDocument(section) ?? { where: section.where, text: '' },
    status: readStatus(section) ?? 200,
    headers: readHeaders(section),
  };
}

function readResponses(parent: Section, base: URL): readonly UnitTestResponse[] {
  return parent.list('responses').flatMap((cursor) => {
    const section = Section.open(cursor, parent.reading);
    if (section === undefined) return [];
    if (section.take('url') === undefined) section.needs('url', { hint: 'url: /items?page=2' });
    const response = readResponse(section, base);
    section.finish();
    return [response];
  });
}

/** Relative to the URL of the first request. */
function readUrl(section: Section, base: URL): URL {
  const cursor = section.take('url');
  const text = cursor === undefined ? '' : (readText(cursor, section.reading) ?? '');
  const url = parseUrl(text, base);
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  if (cursor !== undefined) section.refuse(cursor, 'must be an http or https URL, or a path');
  return base;
}

function readDocument(section: Section): Source | undefined {
  const inline = section.take('document');
  if (inline !== undefined && (inline.isMap || inline.isList)) {
    if (section.take('document_file') !== undefined) refuseBoth(section, 'document');
    const text = toJsonText(inline, (place, message, hint) => section.refuse(place, message, hint));
    return text === undefined ? undefined : { where: inline.where, text };
  }
  const source = readSource(section, 'document');
  if (source === undefined)
    section.needs(['document', 'document_file'], { message: 'needs a document', hint: 'document, or document_file' });
  return source;
}

/** A text under a key, or the path of its file under `KEY_file`. */
function readSource(section: Section, key: string): Source | undefined {
  const inline = section.take(key);
  const file = section.take(`${key}_file`);
  if (inline !== undefined && file !== undefined) return refuseBoth(section, key);
  if (inline !== undefined) return { where: inline.where, text: readText(inline, section.reading) ?? '' };
  if (file === undefined) return undefined;
  const path = readText(file, section.reading) ?? '';
  if (path === '') return section.refuse(file, 'must be the path of a file');
  return { where: file.where, path: toPath(section, path) };
}

/** Paths in the file are relative to it. */
function toPath({ reading: { folder } }: Section, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function refuseBoth(section: Section, key: string): undefined {
  return section.refuse(section.placeOf(`${key}_file`), `cannot be combined with ${key}`, 'keep one');
}

/** A reason, or a map of a reason and a part of the message. */
function readFailure(parent: Section): ExpectedFailure | undefined {
  const kind = oneOf(testableReasons);
  const cursor = parent.take('expect_failure');
  if (cursor === undefined) return undefined;
  if (!cursor.isMap) {
    const reason = parent.readAs(cursor, kind);
    return { reason: reason ?? 'status', message: undefined };
  }
  const section = Section.open(cursor, parent.reading);
  if (section === undefined) return undefined;
  const reason = section.read('reason', kind);
  if (section.take('reason') === undefined) section.needs('reason', { hint: 'reason: schema' });
  const message = section.text('message') || undefined;
  section.finish();
  return { reason: reason ?? 'status', message };
}

function readStatus(section: Section): number | undefined {
  const cursor = section.take('status');
  if (cursor === undefined) return undefined;
  const { value } = cursor;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599) return value;
  return section.refuse(cursor, 'must be an HTTP status from 200 to 599');
}

function readHeaders(section: Section): HeaderList {
  const pairs = readTexts(section, 'headers');
  const where = section.placeOf('headers');
  for (const [name, value] of pairs) {
    if (!isHeaderName(name)) section.refuse(where, 'invalid header name', 'remove blanks, colons and the like');
    else if (!isHeaderValue(value)) section.refuse(where, 'invalid header value');
  }
  return pairs.map(([name, value]) => [name.toLowerCase(), value]);
}

/** A map of texts, or of lists of them. */
function readTexts(section: Section, key: string): readonly (readonly [string, string])[] {
  return (section.section(key)?.entries() ?? []).flatMap(({ key: name, cursor }) =>
    (cursor.items ?? [cursor]).flatMap((each): readonly (readonly [string, string])[] => {
      const text = readText(each, section.reading);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function readInstant(section: Section): number | undefined {
  const cursor = section.take('now');
  if (cursor === undefined) return undefined;
  const time = parseInstant(cursor.text ?? '');
  return time ?? section.refuse(cursor, 'must be a time such as 2026-01-31T12:00:00Z');
}

function readDrops(parent: Section): UnitTest['drops'] {
  const section = parent.section('expect_dropped');
  if (section === undefined) return [];
  return section.entries().flatMap(({ key, cursor }): UnitTest['drops'] => {
    const cause = dropCauses.find((each) => each === key);
    if (cause === undefined) {
      section.refuse(cursor, 'unknown cause', `one of ${dropCauses.join(', ')}`);
      return [];
    }
    const { value } = cursor;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return [[cause, value]];
    section.refuse(cursor, 'must be a number of samples');
    return [];
  });
}
