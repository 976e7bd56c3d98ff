import { isQuery } from '../../jsonpath/compiler.js';
import type { DiscoverSpec, FollowSpec, NextPageSpec, PagesSpec, PathText, TemplateText } from '../../model/module.js';
import { readText, Section } from '../section.js';
import { count, oneOf, type ValueKind } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';

const DEFAULT_PAGES = 100;
const DEFAULT_CHILDREN = 200;
const DEFAULT_CONCURRENCY = 8;
const DEFAULT_INTO = 'details';

/** `pages` of a module; undefined where it is absent, or too wrong to fetch pages with. */
export function readPages(module: Section): PagesSpec | undefined {
  const section = module.section('pages');
  if (section === undefined) return undefined;
  const items = readPath(section, 'items', "items: '{.items}'");
  if (items !== undefined) refuseElements(section, items.path);
  const next = readNext(section);
  const max = section.read('max', count) ?? DEFAULT_PAGES;
  section.finish();
  return items === undefined || next === undefined ? undefined : { where: section.where, items, next, max };
}

/** `items` is an array, and a path of its elements does not lead to one place. */
function refuseElements(section: Section, path: string): void {
  const text = path.trim();
  const inner = /^\{[^{}]*\}$/.test(text) ? text.slice(1, -1).trim() : text;
  const last = inner.endsWith('[*]') ? '[*]' : /(?:^|[^.])\.\*$/.test(inner) ? '.*' : undefined;
  if (last === undefined) return;
  const array = inner.slice(0, -last.length);
  const whole = isQuery(text) ? array : `{${array || '@'}}`;
  const hint = `drop ${last}: items: '${whole}'`;
  section.refuse(section.placeOf('items'), 'is the path of the array, not of its elements', hint);
}

const NEXT_HINT = 'next: link, { path }, { cursor, param }, { page } or { offset, limit }';

function readNext(section: Section): NextPageSpec | undefined {
  const cursor = section.take('next');
  if (cursor === undefined) {
    section.needs('next', { message: 'needs next', hint: NEXT_HINT });
    return undefined;
  }
  if (!cursor.isMap) {
    return cursor.text === 'link' ? { kind: 'link' } : section.refuse(cursor, 'must be link or a map', NEXT_HINT);
  }
  const inner = Section.open(cursor, section.reading);
  if (inner === undefined) return undefined;
  const kinds = (['path', 'cursor', 'page', 'offset'] as const).filter((key) => inner.take(key) !== undefined);
  const [kind, ...more] = kinds;
  // A key of another kind is unknown beside this one's.
  const next = kind === undefined || more.length > 0 ? undefined : readNextKind(inner, kind);
  if (kind === undefined || more.length > 0) {
    for (const key of NEXT_KEYS) inner.take(key);
    section.refuse(cursor, kinds.length === 0 ? 'must be link or a map' : `keep one of ${kinds.join(', ')}`, NEXT_HINT);
  }
  inner.finish();
  return next;
}

const NEXT_KEYS = ['param', 'start', 'limit', 'limit_param'];

const pageNumber: ValueKind<number> = {
  isPublic: true,
  expected: 'a whole number of at least 0',
  read: (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined),
};

function readNextKind(section: Section, kind: 'path' | 'cursor' | 'page' | 'offset'): NextPageSpec | undefined {
  switch (kind) {
    case 'path': {
      const url = readPath(section, 'path', "path: '{.next}'");
      return url === undefined ? undefined : { kind: 'url', url };
    }
    case 'cursor': {
      const cursor = readPath(section, 'cursor', "cursor: '{.meta.after}'");
      const param = readParam(section, 'param', 'param: after');
      return cursor === undefined || param === undefined ? undefined : { kind, cursor, param };
    }
    case 'page': {
      const param = readParam(section, 'page', 'page: page');
      const start = section.read('start', pageNumber) ?? 1;
      return param === undefined ? undefined : { kind, param, start };
    }
    case 'offset': {
      const param = readParam(section, 'offset', 'offset: offset');
      const limit = section.take('limit') === undefined ? undefined : section.read('limit', count);
      if (section.take('limit') === undefined) section.needs('limit', { hint: 'limit: 100' });
      const limitParam = section.text('limit_param') || undefined;
      return param === undefined || limit === undefined ? undefined : { kind, param, limit, limitParam };
    }
  }
}

/** `follow` of a module. */
export function readFollow(module: Section): FollowSpec | undefined {
  const section = module.section('follow');
  if (section === undefined) return undefined;
  const each = readPath(section, 'each', "each: '{.names[*]}'");
  const url = readUrlTemplate(section);
  const spec = {
    where: section.where,
    into: readInto(section),
    max: section.read('max', count) ?? DEFAULT_CHILDREN,
    concurrency: section.read('concurrency', count) ?? DEFAULT_CONCURRENCY,
    onError: section.read('on_error', oneOf(['fail', 'skip'])) ?? 'fail',
  };
  section.finish();
  return each === undefined || url === undefined ? undefined : { ...spec, each, url };
}

function readInto(section: Section): string {
  const cursor = section.take('into');
  const into = cursor === undefined ? DEFAULT_INTO : (readText(cursor, section.reading) ?? DEFAULT_INTO);
  if (into !== '') return into;
  section.refuse(section.placeOf('into'), 'must not be empty', `into: ${DEFAULT_INTO}`);
  return DEFAULT_INTO;
}

function readUrlTemplate(section: Section): TemplateText | undefined {
  const cursor = section.take('url');
  if (cursor === undefined) {
    section.needs('url', { hint: "url: 'items/{{ . | urlpath }}'" });
    return undefined;
  }
  const text = readText(cursor, section.reading);
  if (text === undefined) return undefined;
  if (text === '') return section.refuse(cursor, 'must not be empty', "url: 'items/{{ . | urlpath }}'");
  return { text, isTemplate: true, isSecret: false, where: cursor.where };
}

/** `discover` of a module. */
export function readDiscover(module: Section): DiscoverSpec | undefined {
  const section = module.section('discover');
  if (section === undefined) return undefined;
  const each = readPath(section, 'each', "each: '{.items[*]}'");
  const target = readPath(section, 'target', "target: '{.host}:9100'");
  const labels = (section.section('labels')?.entries() ?? []).flatMap(({ key, cursor }) =>
    readDiscoveredLabel(section, key, cursor),
  );
  section.finish();
  return each === undefined || target === undefined ? undefined : { where: section.where, each, target, labels };
}

/** Prometheus takes `__param_id` and `__metrics_path__`, which say how to scrape, and keeps some for itself. */
function readDiscoveredLabel(section: Section, name: string, cursor: YamlCursor): DiscoverSpec['labels'] {
  const path = readText(cursor, section.reading);
  if (path === undefined) return [];
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && name !== '__address__') return [[name, { path, where: cursor.where }]];
  const hint = name === '__address__' ? 'target is the address' : 'letters, digits and _, no digit in front';
  section.refuse(cursor, 'invalid label name', hint);
  return [];
}

function readPath(section: Section, key: string, hint: string): PathText | undefined {
  const cursor = section.take(key);
  if (cursor === undefined) {
    section.needs(key, { message: `needs ${key}`, hint });
    return undefined;
  }
  const path = readText(cursor, section.reading);
  if (path === undefined) return undefined;
  return path === '' ? section.refuse(cursor, 'must not be empty', hint) : { path, where: cursor.where };
}

function readParam(section: Section, key: string, hint: string): string | undefined {
  const name = section.text(key) ?? '';
  if (name !== '') return name;
  section.needs(key, { message: `needs ${key}, the name of a query parameter`, hint });
  return undefined;
}
