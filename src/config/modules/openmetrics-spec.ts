import type { ExemplarSpec, MetricSpec, StartSpec } from '../../model/module.js';
import { Section } from '../section.js';
import { readLabels, readOptional, readTime } from './value-spec.js';

/** Every key of a metric that only OpenMetrics and protobuf have a place for. */
export const openMetricsKeys: readonly string[] = ['metric_unit', 'info', 'created', 'uptime', 'exemplar'];

const UNIT = /^[a-zA-Z0-9_:]+$/;

/** The unit of a metric, when it began to count, and where its exemplar is. */
export function readOpenMetricsKeys(section: Section): Pick<MetricSpec, 'unit' | 'start' | 'exemplar'> {
  return { unit: readUnit(section), start: readStart(section), exemplar: readExemplar(section) };
}

function readUnit(section: Section): string | undefined {
  const unit = section.text('metric_unit');
  if (unit === undefined || UNIT.test(unit)) return unit;
  section.refuse(section.placeOf('metric_unit'), 'must be letters, digits and _', 'metric_unit: seconds');
  return undefined;
}

function readStart(section: Section): StartSpec | undefined {
  const created = readTime(section, 'created');
  const uptime = readOptional(section, 'uptime');
  if (created !== undefined && uptime !== undefined) {
    section.refuse(section.placeOf('uptime'), 'created and uptime are both set', 'keep one');
  }
  if (created !== undefined) return { kind: 'created', value: created };
  return uptime === undefined ? undefined : { kind: 'uptime', value: uptime };
}

function readExemplar(section: Section): ExemplarSpec | undefined {
  const cursor = section.take('exemplar');
  const inner = cursor === undefined ? undefined : Section.open(cursor, section.reading);
  if (inner === undefined) return undefined;
  const labels = readLabels(inner);
  const value = readOptional(inner, 'value');
  if (value === undefined) inner.needs('value', { hint: "value: '{.value}'" });
  const timestamp = readTime(inner, 'timestamp');
  inner.finish();
  return value === undefined ? undefined : { where: inner.where, labels, value, timestamp };
}

/** Refuses keys of metrics that cannot have them. */
export function checkOpenMetricsKeys(section: Section, spec: MetricSpec): void {
  const { distribution, exponential, values, valueType, isInfo, start, exemplar, unit } = spec;
  const isDistribution = distribution !== undefined || exponential !== undefined;
  const isStates = values.some((value) => value.states !== undefined);
  const isCounter = valueType === 'counter' && !isInfo && !isStates;
  if (start !== undefined && !(isDistribution || isCounter)) {
    section.refuse(section.placeOf(start.kind), `${start.kind} is for what counts`, 'valuetype: counter');
  }
  if (exemplar !== undefined) checkExemplar(section, spec, isCounter);
  const isSet = isInfo || values.some((value) => value.states?.isStateSet);
  if (isSet && unit !== undefined) {
    section.refuse(section.placeOf('metric_unit'), 'info metrics and state sets have no unit', 'remove it');
  }
  if (isSet && valueType === 'counter') {
    section.refuse(section.placeOf('valuetype'), 'info metrics and state sets are not counters', 'remove it');
  }
  if (isInfo && !spec.name.endsWith('_info') && spec.name !== '') {
    section.refuse(section.placeOf('name'), 'the name of an info metric ends in _info', 'name: build_info');
  }
}

function checkExemplar(section: Section, { distribution, exponential, values }: MetricSpec, isCounter: boolean): void {
  const place = section.placeOf('exemplar');
  const isHistogram = distribution?.type === 'histogram' || exponential !== undefined;
  if (!(isHistogram || isCounter)) section.refuse(place, 'an exemplar is for counters and histograms', 'remove it');
  else if (values.length > 1) section.refuse(place, 'an exemplar belongs to one value', 'give it a metric of its own');
}
