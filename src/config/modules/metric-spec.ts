import { isQuery } from '../../jsonpath/compiler.js';
import type { DistributionSpec, MetricSpec, NamedValueSpec, NameSpec, ValueSpec } from '../../model/module.js';
import { hintNearest } from '../nearest.js';
import { type Reading, readText, Section } from '../section.js';
import { count, oneOf } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';
import { exponentialKeys, readExponential } from './exponential-spec.js';
import { checkOpenMetricsKeys, openMetricsKeys, readOpenMetricsKeys } from './openmetrics-spec.js';
import {
  makesNumber,
  readLabels,
  readNamedValueSection,
  readOptional,
  readTime,
  readValueSection,
  readValueSpec,
  toPathValue,
  valueKeys,
} from './value-spec.js';

/** Every key of a metric. */
export const metricKeys: readonly string[] = [
  'name',
  'help',
  'type',
  'valuetype',
  'path',
  'value',
  'values',
  'labels',
  'timestamp',
  'epochtimestamp',
  'epochTimestamp',
  'allow_missing_key',
  'duplicates',
  'aggregate',
  'buckets',
  'quantiles',
  'count',
  'sum',
  ...exponentialKeys,
  ...openMetricsKeys,
  ...valueKeys,
];

const metricTypes = ['value', 'object', 'histogram', 'summary', 'exponential_histogram'] as const;
type MetricKind = (typeof metricTypes)[number];

/** One entry of `metrics`: json_exporter's keys, and zxp's. Undefined where it cannot be used at all. */
export function readMetricSpec(cursor: YamlCursor, reading: Reading): MetricSpec | undefined {
  const section = Section.open(cursor, reading);
  if (section === undefined) return undefined;
  const dynamicName = readDynamicName(section);
  const name = dynamicName === undefined ? (section.text('name') ?? '') : `${dynamicName.prefix}*`;
  if (name === '') missName(section);
  const type = readType(section);
  const help = section.text('help') ?? '';
  const isInfo = section.flag('info') ?? false;
  const spec = {
    where: section.where,
    name,
    dynamicName,
    help: help === '' ? name : help,
    valueType: readValueType(section, type),
    isInfo,
    mode: type === 'value' ? ('value' as const) : ('object' as const),
    ...(isInfo ? readInfoBody(section, type) : readBody(section, type)),
    ...readOpenMetricsKeys(section),
    labels: readLabels(section),
    timestamp: readTimestamp(section),
    allowMissingKey: section.flag('allow_missing_key') ?? false,
    duplicates: section.read('duplicates', oneOf(['first', 'last', 'sum', 'error'])) ?? 'first',
    aggregate: section.read('aggregate', oneOf(['count', 'sum', 'min', 'max', 'avg'])),
  };
  checkFolding(section, spec);
  const isUsable = checkDynamicName(section, spec);
  checkName(section, name);
  for (const value of spec.values) if (!isInfo) warnOfText(section, value);
  for (const step of spec.steps) warnOfTextStep(section, step);
  for (const { value } of spec.labels) warnOfTextLabel(section, value);
  checkOpenMetricsKeys(section, spec);
  section.finish();
  return isUsable ? spec : undefined;
}

const DEFAULT_MAX_NAMES = 200;

/** `name: { path, prefix, regex, map, max }`, or `key: true` in place of `path`: the document has the name. */
function readDynamicName(section: Section): NameSpec | undefined {
  if (section.peek('name')?.isMap !== true) return undefined;
  const inner = section.section('name');
  if (inner === undefined) return undefined;
  const prefix = inner.text('prefix') ?? '';
  const max = inner.read('max', count) ?? DEFAULT_MAX_NAMES;
  const value = readValueSection(inner);
  if (makesNumber(value)) inner.refuse(inner, 'unit, date, base and scale make numbers, and a name is text');
  inner.finish();
  return { value, prefix, max };
}

/** Each element may give another family, which takes numbers alone. */
function checkDynamicName(section: Section, { dynamicName, mode, isInfo, values }: MetricSpec): boolean {
  if (dynamicName === undefined) return true;
  const areNumbers = values.length > 0 && !isInfo && values.every((value) => value.states === undefined);
  if (mode === 'object' && areNumbers) return true;
  const hint = "type: object, and a value such as '{.value}'";
  section.refuse(section.placeOf('name'), 'a name from the document is for numbers of type: object', hint);
  return false;
}

/** A name that is there and is none, or is not there. */
function missName(section: Section): void {
  const cursor = section.take('name');
  if (cursor === undefined) section.needs('name', { hint: 'name: stock_items' });
  else if (cursor.text === '') section.refuse(cursor, 'must not be empty', 'name: stock_items');
}

/** A name is no template: what a path finds goes into a label. */
function checkName(section: Section, name: string): void {
  if (!name.includes('{') && !name.includes('$')) return;
  section.refuse(
    section.placeOf('name'),
    'a name cannot contain a path',
    "put it in a label: labels: { kind: '{.kind}' }",
  );
}

const NUMBER = /^[+-]?(?:[\d_]+\.?[\d_]*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)$|^(?:true|false|t|f)$/i;

/** Text without a path is the same at every scrape, and is a number then. */
function warnOfText(section: Section, { value, states }: NamedValueSpec): void {
  const { path, map, regex, date, unit, fallback, where } = value;
  if (path === undefined || path === '' || NUMBER.test(path.trim())) return;
  if ([map, regex, date, unit, fallback, states].some((step) => step !== undefined)) return;
  const { warnings } = section.reading.findings;
  const hint = "path: '{.name}'";
  // json_exporter evaluates neither a name without a dot nor a dot without a name.
  if (/^\{\s*(?:\w+|\.)\s*\}$/.test(path)) warnings.push({ where, message: 'this path matches nothing', hint });
  else if (!/[{$]/.test(path)) warnings.push({ where, message: 'this is text, not a path, and never a number', hint });
}

/** Text leads to no elements, unless it is JSON. */
function warnOfTextStep(section: Section, { path, where }: MetricSpec['steps'][number]): void {
  if (path === '' || /\{[^}]*[.@[*]/.test(path) || isQuery(path) || isJson(path)) return;
  const hint = "path: '{.items[*]}'";
  const message = path.includes('{') ? 'this path matches nothing' : 'this is text, not a path';
  section.reading.findings.warnings.push({ where, message, hint });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Text may be meant in a label, unless it looks like a path of another language. */
function warnOfTextLabel(section: Section, { path = '', where }: ValueSpec): void {
  const { warnings } = section.reading.findings;
  const name = /^(?:\.|\{\s*|\$\{)([A-Za-z_]\w*)/.exec(path)?.[1];
  const hint = `'{.${name}}'`;
  if (/^\.[A-Za-z_][\w.[\]*-]*$/.test(path)) warnings.push({ where, message: 'this is text, not a path', hint });
  else if (/^\$?\{\s*[A-Za-z_]\w*\s*\}$/.test(path)) {
    warnings.push({ where, message: 'this path matches nothing', hint });
  }
}

/** The words of Prometheus' types are for `valuetype`. */
function readType(section: Section): MetricKind {
  const cursor = section.take('type');
  const text = cursor?.text ?? '';
  if (cursor === undefined || !VALUE_TYPES.includes(text)) return section.read('type', oneOf(metricTypes)) ?? 'value';
  section.refuse(cursor, `unknown type "${text}"`, `did you mean valuetype: ${text}?`);
  return section.peek('value') === undefined && section.peek('values') === undefined ? 'value' : 'object';
}

/** Only numbers can be made one, and only in one way. */
function checkFolding(section: Section, { aggregate, duplicates, isInfo, values }: MetricSpec): void {
  const key = aggregate !== undefined ? 'aggregate' : duplicates === 'first' ? undefined : 'duplicates';
  if (key === undefined) return;
  const areNumbers = values.length > 0 && !isInfo && values.every((value) => value.states === undefined);
  if (!areNumbers) section.refuse(section, `${key} is for numbers, not for states, info, histograms or summaries`);
  if (aggregate !== undefined && duplicates !== 'first') {
    section.refuse(section, 'aggregate and duplicates both decide about equal labels', 'keep one');
  }
}

/** The keys that depend on the type: where its elements are and what is taken from each. */
function readBody(section: Section, type: MetricKind): MetricBody {
  const none = { values: [], distribution: undefined, exponential: undefined };
  switch (type) {
    case 'value':
      return { ...none, steps: [], values: [readSingleValue(section)] };
    case 'object':
      return { ...none, steps: readSteps(section), values: readValues(section) };
    case 'exponential_histogram':
      return { ...none, steps: readSteps(section), exponential: readExponential(section) };
    default:
      return { ...none, steps: readSteps(section), distribution: readDistribution(section, type) };
  }
}

type MetricBody = Pick<MetricSpec, 'steps' | 'values' | 'distribution' | 'exponential'>;

/** An info metric has the value 1, for the document or for each element. */
function readInfoBody(section: Section, type: MetricKind): MetricBody {
  const value: NamedValueSpec = { suffix: '', value: toPathValue('1', section.where), states: undefined };
  const body = { values: [value], distribution: undefined, exponential: undefined };
  if (type !== 'value' && type !== 'object') {
    section.refuse(section.placeOf('info'), `info cannot be combined with type: ${type}`, 'remove one');
    return readBody(section, type);
  }
  if (type === 'object') return { ...body, steps: readSteps(section) };
  const path = section.take('path');
  if (path !== undefined)
    section.refuse(path, 'the value of an info metric is 1', 'type: object has a path to its elements');
  return { ...body, steps: [] };
}

const VALUE_TYPES = ['untyped', 'gauge', 'counter'];

/** json_exporter takes any word that it does not know for untyped. */
function readValueType(section: Section, type: MetricKind): MetricSpec['valueType'] {
  const cursor = section.take('valuetype');
  if (cursor !== undefined && type !== 'value' && type !== 'object') {
    section.refuse(cursor, `has no effect with type: ${type}`, 'remove it');
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
      const message = `must be one of untyped, gauge, counter, not ${cursor.found}`;
      section.refuseOwn(cursor, message, {
        hint: hintNearest(cursor, VALUE_TYPES),
        consequence: '; taken for untyped',
      });
      return 'untyped';
    }
  }
}

/** `path`: one path, or a list of them that lead from array to array inwards. */
function readSteps(section: Section): MetricSpec['steps'] {
  const cursor = section.take('path');
  if (cursor === undefined) {
    if (section.reading.unknownKeys === 'refuse') section.needs('path', { hint: "path: '{.items[*]}'" });
    return [{ path: '', where: section.where }];
  }
  const steps = (cursor.items ?? [cursor]).flatMap((item) => {
    const path = readText(item, section.reading);
    return path === undefined ? [] : [{ path, where: item.where }];
  });
  if (cursor.items?.length === 0) section.refuse(cursor, 'needs at least one path');
  return steps;
}

const SOURCES = ['path', 'cel', 'header', 'status'];

/** In value mode the metric itself is the value: its path, and what is done with it. */
function readSingleValue(section: Section): NamedValueSpec {
  // json_exporter ignores the values of such a metric.
  const values = section.takeAny('values');
  if (values !== undefined) {
    section.refuseOwn(values, 'belongs to type: object', { hint: 'add type: object', consequence: ', ignored' });
  }
  const single = section.take('value');
  if (single !== undefined) {
    section.refuseOwn(single, 'belongs to type: object', { hint: 'add type: object', consequence: ', ignored' });
    // Keys of the type that was forgotten are not another mistake.
    for (const key of metricKeys) section.take(key);
    return { suffix: '', value: toPathValue('', section.where), states: undefined };
  }
  if (SOURCES.every((key) => section.takeAny(key) === undefined)) {
    if (section.reading.unknownKeys === 'refuse')
      section.needs(SOURCES, { message: 'needs a path', hint: "path: '{.name}'" });
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
    const hint = "value: '{.count}', or values: {count: '{.count}'}";
    section.needs(['value', 'values'], { message: 'needs values', hint, consequence: ': it gives no metrics' });
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

/** `epochtimestamp` finds milliseconds; `timestamp` finds a date of any kind, seconds since 1970 unless it says so. */
function readTimestamp(section: Section): ValueSpec | undefined {
  const misspelt = section.take('epochTimestamp');
  const epoch = section.take('epochtimestamp') ?? misspelt;
  if (misspelt !== undefined) {
    section.warn(misspelt, 'json_exporter ignores this key and reads epochtimestamp; zxp reads both');
  }
  const cursor = section.take('timestamp');
  if (cursor !== undefined && epoch !== undefined)
    section.refuse(cursor, 'cannot be combined with epochtimestamp', 'keep one');
  if (cursor === undefined) {
    const path = epoch === undefined ? undefined : readText(epoch, section.reading);
    return path === undefined || path === '' || epoch === undefined ? undefined : toPathValue(path, epoch.where);
  }
  return readTime(section, 'timestamp');
}

/** `buckets` or `quantiles`, with `count` and `sum` beside them. */
function readDistribution(section: Section, type: 'histogram' | 'summary'): DistributionSpec | undefined {
  const [key, bound, value] = type === 'histogram' ? ['buckets', 'bound', 'count'] : ['quantiles', 'quantile', 'value'];
  const count = readOptional(section, 'count');
  const sum = readOptional(section, 'sum');
  const cursor = section.take(key);
  if (cursor === undefined) {
    section.needs(key, { message: `needs ${key}`, hint: `${key}: '{.${key}}'` });
    return undefined;
  }
  if (!cursor.isMap) {
    const path = readText(cursor, section.reading) ?? '';
    return { type, where: cursor.where, path, element: undefined, isCumulative: true, count, sum };
  }
  const inner = Section.open(cursor, section.reading);
  if (inner === undefined) return undefined;
  const path = inner.text('path');
  if (inner.take('path') === undefined) inner.needs('path', { hint: `path: '{.${key}[*]}'` });
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
