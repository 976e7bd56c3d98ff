import type { DistributionSpec, LabelSpec, MetricSpec, NamedValueSpec, ValueSpec } from '../model/module.js';
import { type Reading, readText, Section } from './section.js';
import { makesNumber, readNamedValueSection, readValueSpec, toPathValue } from './value-spec.js';
import { oneOf } from './values.js';
import type { YamlCursor } from './yaml-cursor.js';

const metricTypes = ['value', 'object', 'histogram', 'summary'] as const;
type MetricKind = (typeof metricTypes)[number];

/** One entry of `metrics`: json_exporter's keys, and zxp's. Undefined where it cannot be used at all. */
export function readMetricSpec(cursor: YamlCursor, reading: Reading): MetricSpec | undefined {
  const section = Section.open(cursor, reading);
  if (section === undefined) return undefined;
  const name = section.text('name') ?? '';
  if (name === '') section.refuse(section, 'needs a name');
  const type = section.read('type', oneOf(metricTypes)) ?? 'value';
  const help = section.text('help') ?? '';
  const spec = {
    where: section.where,
    name,
    help: help === '' ? name : help,
    valueType: readValueType(section, type),
    mode: type === 'value' ? ('value' as const) : ('object' as const),
    ...readBody(section, type),
    labels: readLabels(section),
    timestamp: readTimestamp(section),
    allowMissingKey: section.flag('allow_missing_key') ?? false,
    duplicates: section.read('duplicates', oneOf(['first', 'last', 'sum', 'error'])) ?? 'first',
    aggregate: section.read('aggregate', oneOf(['count', 'sum', 'min', 'max', 'avg'])),
  };
  checkFolding(section, spec);
  section.finish();
  return spec;
}

/** Only numbers can be made one, and only in one way. */
function checkFolding(section: Section, { aggregate, duplicates, distribution, values }: MetricSpec): void {
  const key = aggregate !== undefined ? 'aggregate' : duplicates === 'first' ? undefined : 'duplicates';
  if (key === undefined) return;
  const isScalar = distribution === undefined && values.every((value) => value.states === undefined);
  if (!isScalar) section.refuse(section, `has ${key}, which is for numbers: not for states, histograms, summaries`);
  if (aggregate !== undefined && duplicates !== 'first') {
    section.refuse(section, 'has aggregate and duplicates, which both say what becomes of equal labels', 'say one');
  }
}

/** The keys that depend on the type: where its elements are and what is taken from each. */
function readBody(section: Section, type: MetricKind): Pick<MetricSpec, 'steps' | 'values' | 'distribution'> {
  switch (type) {
    case 'value':
      return { steps: [], values: [readSingleValue(section)], distribution: undefined };
    case 'object':
      return { steps: readSteps(section), values: readValues(section), distribution: undefined };
    default:
      return { steps: readSteps(section), values: [], distribution: readDistribution(section, type) };
  }
}

/** json_exporter takes any word that it does not know for untyped. */
function readValueType(section: Section, type: MetricKind): MetricSpec['valueType'] {
  const cursor = section.take('valuetype');
  if (cursor !== undefined && (type === 'histogram' || type === 'summary')) {
    section.refuse(cursor, `has no use: the type is ${type}`, 'leave it out');
  }
  switch (cursor?.text) {
    case undefined:
    case '':
    case 'untyped':
      return 'untyped';
    case 'gauge':
    case 'counter':
      return cursor.text;
    default: {
      if (cursor === undefined) return 'untyped';
      const message = `must be one of untyped, gauge, counter, not ${JSON.stringify(cursor.text)}`;
      if (section.reading.isStrict) section.refuse(cursor, message);
      else section.warn(cursor, `${message}; taken for untyped`);
      return 'untyped';
    }
  }
}

/** `path`: one path, or a list of them that lead from array to array inwards. */
function readSteps(section: Section): MetricSpec['steps'] {
  const cursor = section.take('path');
  if (cursor === undefined) {
    if (section.reading.isStrict) section.refuse(section, 'needs a path', "path: '{.items[*]}'");
    return [{ path: '', where: section.where }];
  }
  const steps = (cursor.items ?? [cursor]).flatMap((item) => {
    const path = readText(item, section.reading);
    return path === undefined ? [] : [{ path, where: item.where }];
  });
  if (cursor.items?.length === 0) section.refuse(cursor, 'must have a path at least');
  return steps;
}

const SOURCES = ['path', 'cel', 'header', 'status'];

/** In value mode the metric itself is the value: its path, and what is done with it. */
function readSingleValue(section: Section): NamedValueSpec {
  // json_exporter ignores the values of such a metric.
  const values = section.takeAny('values');
  if (values !== undefined) {
    const message = 'belongs to type: object';
    if (section.reading.isStrict) section.refuse(values, message);
    else section.warn(values, `${message}, and is ignored`);
  }
  if (SOURCES.every((key) => section.takeAny(key) === undefined)) {
    if (section.reading.isStrict) section.refuse(section, "needs a path, such as '{.name}'");
    return { suffix: '', value: toPathValue('', section.where), states: undefined };
  }
  return readNamedValueSection(section, '');
}

/** `value` is the metric itself, `values` are metrics with a suffix each. */
function readValues(section: Section): readonly NamedValueSpec[] {
  const values: NamedValueSpec[] = [];
  const single = section.take('value');
  if (single !== undefined) values.push(...readNamedValue('', single, section.reading));
  const named = section.section('values')?.entries() ?? [];
  for (const { key, cursor } of named) values.push(...readNamedValue(key, cursor, section.reading));
  if (single === undefined && named.length === 0) {
    const message = 'has no values, and gives nothing';
    if (section.reading.isStrict) section.refuse(section, message, "value: '{.count}', or values: {count: '{.count}'}");
    else section.warn(section, message);
  }
  return values;
}

function readNamedValue(suffix: string, cursor: YamlCursor, reading: Reading): readonly NamedValueSpec[] {
  if (!cursor.isMap) {
    const value = readValueSpec(cursor, reading);
    return value === undefined ? [] : [{ suffix, value, states: undefined }];
  }
  const section = Section.open(cursor, reading);
  if (section === undefined) return [];
  const spec = readNamedValueSection(section, suffix);
  section.finish();
  return [spec];
}

function readLabels(section: Section): readonly LabelSpec[] {
  return (section.section('labels')?.entries() ?? []).flatMap(({ key, cursor }) => {
    const value = readValueSpec(cursor, section.reading);
    if (value === undefined) return [];
    if (makesNumber(value)) section.refuse(cursor, 'is a label, and unit, date and scale make numbers');
    return [{ name: key, value }];
  });
}

/** `epochtimestamp` finds milliseconds; `timestamp` finds a date of any kind, seconds since 1970 unless it says so. */
function readTimestamp(section: Section): ValueSpec | undefined {
  const misspelt = section.take('epochTimestamp');
  const epoch = section.take('epochtimestamp') ?? misspelt;
  if (misspelt !== undefined) {
    section.warn(misspelt, 'is ignored by json_exporter, which reads epochtimestamp; zxp takes both');
  }
  const cursor = section.take('timestamp');
  if (cursor !== undefined && epoch !== undefined) section.refuse(cursor, 'is there beside epochtimestamp', 'say one');
  if (cursor === undefined) {
    const path = epoch === undefined ? undefined : readText(epoch, section.reading);
    return path === undefined || path === '' || epoch === undefined ? undefined : toPathValue(path, epoch.where);
  }
  const value = readValueSpec(cursor, section.reading);
  if (value?.unit !== undefined) section.refuse(cursor, 'is a time, which has a date and no unit', 'date: unix_ms');
  return value === undefined ? undefined : { ...value, unit: undefined, date: value.date ?? 'unix' };
}

/** `buckets` or `quantiles`, with `count` and `sum` beside them. */
function readDistribution(section: Section, type: 'histogram' | 'summary'): DistributionSpec | undefined {
  const [key, bound, value] = type === 'histogram' ? ['buckets', 'bound', 'count'] : ['quantiles', 'quantile', 'value'];
  const count = readOptional(section, 'count');
  const sum = readOptional(section, 'sum');
  const cursor = section.take(key);
  if (cursor === undefined) return section.refuse(section, `needs ${key}`);
  if (!cursor.isMap) {
    const path = readText(cursor, section.reading) ?? '';
    return { type, where: cursor.where, path, element: undefined, isCumulative: true, count, sum };
  }
  const inner = Section.open(cursor, section.reading);
  if (inner === undefined) return undefined;
  const path = inner.text('path');
  if (path === undefined) inner.refuse(inner, 'needs a path', "path: '{.buckets[*]}'");
  const isCumulative = type === 'summary' || (inner.flag('cumulative') ?? true);
  const boundSpec = readOptional(inner, bound);
  const valueSpec = readOptional(inner, value);
  inner.finish();
  if ((boundSpec === undefined) !== (valueSpec === undefined))
    inner.refuse(inner, `needs both ${bound} and ${value}, or none`);
  const element =
    boundSpec === undefined || valueSpec === undefined ? undefined : { bound: boundSpec, value: valueSpec };
  return { type, where: cursor.where, path: path ?? '', element, isCumulative, count, sum };
}

function readOptional(section: Section, key: string): ValueSpec | undefined {
  const cursor = section.take(key);
  return cursor === undefined ? undefined : readValueSpec(cursor, section.reading);
}
