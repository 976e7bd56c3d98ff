import { isHeaderName } from '../../model/header-syntax.js';
import type { LabelSpec, MapSpec, NamedValueSpec, RegexSpec, ValueSpec } from '../../model/module.js';
import { type Reading, readText, Section } from '../section.js';
import { oneOf } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';

const PLAIN = {
  cel: undefined,
  header: undefined,
  isStatus: false,
  levelsUp: 0,
  isKey: false,
  isLength: false,
  isAtIndex: false,
  json: undefined,
  fallback: undefined,
  regex: undefined,
  map: undefined,
  unit: undefined,
  date: undefined,
  timezone: undefined,
  base: undefined,
  scale: undefined,
};

/** Every key of a value. */
export const valueKeys: readonly string[] = [
  'path',
  'cel',
  'header',
  'status',
  'key',
  'length',
  'from',
  'at',
  'json',
  'default',
  'regex',
  'map',
  'otherwise',
  'unit',
  'date',
  'timezone',
  'base',
  'scale',
  'states',
  'state_label',
  'stateset',
];

/** A value as a path alone: all that json_exporter knows. */
export function toPathValue(path: string, where: string): ValueSpec {
  return { where, path, ...PLAIN };
}

/** A value: a path, or a map that says what is done with what the path finds. */
export function readValueSpec(cursor: YamlCursor, reading: Reading): ValueSpec | undefined {
  if (!cursor.isMap) {
    const path = readText(cursor, reading);
    return path === undefined ? undefined : toPathValue(path, cursor.where);
  }
  const section = Section.open(cursor, reading);
  return section === undefined ? undefined : finishValue(section);
}

function finishValue(section: Section): ValueSpec {
  const spec = readValueSection(section);
  section.finish();
  return spec;
}

/** The keys of a value in a map that may have more of them; the caller finishes the section. */
export function readValueSection(section: Section): ValueSpec {
  const source = readSource(section);
  const isLength = section.flag('length') ?? false;
  checkSource(section, source);
  if (source.isKey && isLength) section.refuse(section, 'key and length are both set', 'keep one');
  const isAtIndex = section.read('at', oneOf(['index'])) !== undefined;
  const levelsUp = readLevels(section, isAtIndex ? Number.POSITIVE_INFINITY : 0);
  refuseNavigation(section, source);
  const date = section.text('date');
  const timezone = section.text('timezone');
  if (timezone !== undefined && date === undefined) {
    section.refuse(section.placeOf('timezone'), 'timezone needs a date', 'date: %Y-%m-%d %H:%M:%S');
  }
  return {
    where: section.where,
    ...source,
    levelsUp,
    isLength,
    isAtIndex,
    json: section.text('json'),
    fallback: section.text('default'),
    regex: readRegex(section),
    map: readMap(section),
    unit: section.read('unit', oneOf(['bytes', 'duration', 'percent'])),
    date,
    timezone,
    base: readBase(section),
    scale: section.number('scale'),
  };
}

type Source = Pick<ValueSpec, 'path' | 'isKey' | 'cel' | 'header' | 'isStatus'>;

function readSource(section: Section): Source {
  return {
    path: section.text('path'),
    isKey: section.flag('key') ?? false,
    cel: section.text('cel'),
    header: section.text('header')?.toLowerCase(),
    isStatus: section.flag('status') ?? false,
  };
}

const SOURCE_KEYS = ['path', 'key', 'cel', 'header', 'status'];

/** A value comes from one place. */
function checkSource(section: Section, { path, isKey, cel, header, isStatus }: Source): void {
  if (header !== undefined && !isHeaderName(header)) {
    section.refuse(section.placeOf('header'), 'invalid header name', 'remove blanks, colons and the like');
  }
  const [first, second] = Object.entries({ path, key: isKey, cel, header, status: isStatus })
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name]) => name);
  if (second !== undefined) section.refuse(section, `${first} and ${second} are both set`, 'keep one');
  if (first !== undefined || SOURCE_KEYS.some((key) => section.takeAny(key) !== undefined)) return;
  section.needs(SOURCE_KEYS, { message: 'needs a path', hint: "path: '{.name}', or key: true" });
}

/** What finds its way in the document is for paths. */
function refuseNavigation(section: Section, { cel, header, isStatus }: Source): void {
  if (cel === undefined && header === undefined && !isStatus) return;
  const hint = cel === undefined ? 'remove it' : 'use size(), parent and root in the expression';
  for (const key of ['length', 'from', 'at', 'json']) {
    const cursor = section.take(key);
    if (cursor !== undefined) section.refuse(cursor, 'is for a path', hint);
  }
}

/** `base: 16` reads text such as `1d5`. */
function readBase(section: Section): ValueSpec['base'] {
  switch (section.read('base', oneOf(['2', '8', '16']))) {
    case '2':
      return 2;
    case '8':
      return 8;
    case '16':
      return 16;
    default:
      return undefined;
  }
}

function readLevels(section: Section, usual: number): number {
  const cursor = section.take('from');
  if (cursor === undefined) return usual;
  switch (cursor.text) {
    case 'element':
      return 0;
    case 'parent':
      return 1;
    case 'grandparent':
      return 2;
    case 'root':
      return Number.POSITIVE_INFINITY;
    default:
      if (/^\d{1,2}$/.test(cursor.text ?? '')) return Number(cursor.text);
      section.refuse(cursor, 'must be element, parent, grandparent, root or a number of levels up');
      return 0;
  }
}

/** `regex: '(\d+)%'` takes the first group, or the whole match; a map may say what the match becomes. */
function readRegex(section: Section): RegexSpec | undefined {
  const cursor = section.take('regex');
  if (cursor === undefined) return undefined;
  if (!cursor.isMap) {
    return { pattern: readText(cursor, section.reading) ?? '', replacement: undefined };
  }
  const inner = section.section('regex');
  const pattern = inner?.text('pattern');
  if (inner === undefined || pattern === undefined) return section.refuse(cursor, 'needs a pattern');
  const replacement = inner.text('replacement');
  inner.finish();
  return { pattern, replacement };
}

/** `map: {UP: 1, DOWN: 0, otherwise: -1}` under the key `map`, `otherwise` beside it. */
function readMap(section: Section): MapSpec | undefined {
  const otherwise = section.text('otherwise');
  const inner = section.section('map');
  if (inner === undefined) {
    if (otherwise !== undefined) section.refuse(section, 'otherwise needs a map', 'map: { UP: 1, DOWN: 0 }');
    return undefined;
  }
  const entries = new Map(
    inner.entries().flatMap(({ key, cursor }) => {
      const text = readText(cursor, section.reading);
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
  return { entries, otherwise };
}

/** The value of a key, where it is there. */
export function readOptional(section: Section, key: string): ValueSpec | undefined {
  const cursor = section.take(key);
  return cursor === undefined ? undefined : readValueSpec(cursor, section.reading);
}

/** A time: a date of any kind, seconds since 1970 unless it says so. */
export function readTime(section: Section, key: string): ValueSpec | undefined {
  const cursor = section.take(key);
  const value = readOptional(section, key);
  if (cursor === undefined || value === undefined) return undefined;
  if (value.unit !== undefined) section.refuse(cursor, 'a time has a date, not a unit', 'date: unix_ms');
  return { ...value, unit: undefined, date: value.date ?? 'unix' };
}

/** The labels of a metric or of an exemplar. */
export function readLabels(section: Section): readonly LabelSpec[] {
  return (section.section('labels')?.entries() ?? []).flatMap(({ key, cursor }) => {
    const value = readValueSpec(cursor, section.reading);
    if (value === undefined) return [];
    if (makesNumber(value)) section.refuse(cursor, 'unit, date and scale make numbers, and a label is text');
    return [{ name: key, value }];
  });
}

/** A value that may be a state set, in a map that may have more keys; the caller finishes the section. */
export function readNamedValueSection(section: Section, suffix: string): NamedValueSpec {
  const value = readValueSection(section);
  const states = readStates(section);
  if (states !== undefined && makesNumber(value)) {
    section.refuse(
      section,
      'states cannot be combined with unit, date or scale',
      'states are texts; the others make numbers',
    );
  }
  return { suffix, value, states };
}

/** Whether something is said that text has no use for. */
export function makesNumber({ unit, date, base, scale }: ValueSpec): boolean {
  return unit !== undefined || date !== undefined || base !== undefined || scale !== undefined;
}

/** `states: [UP, DOWN]` makes a sample a state; `state_label` names the label, `stateset: true` gives it the family's name. */
function readStates(section: Section): NamedValueSpec['states'] {
  const label = section.text('state_label');
  const isStateSet = section.flag('stateset') ?? false;
  const cursor = section.take('states');
  if (cursor === undefined) {
    for (const key of ['state_label', 'stateset']) {
      if (section.take(key) !== undefined) section.refuse(section, `${key} needs states`, 'states: [UP, DOWN]');
    }
    return undefined;
  }
  if (isStateSet && label !== undefined) {
    section.refuse(section.placeOf('state_label'), 'the label of a state set is the name of its metric', 'remove it');
  }
  const names = section.list('states').flatMap((each) => readText(each, section.reading) ?? []);
  if (cursor.items?.length === 0) section.refuse(cursor, 'needs at least one state');
  const [repeated] = names.filter((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) section.refuse(cursor, 'the same state twice', 'keep one');
  return { label: label ?? 'state', names, isStateSet };
}
