import type { BoundedBucketsSpec, BucketRunSpec, ExponentialSpec, IndexedBucketsSpec } from '../../model/module.js';
import { readText, Section } from '../section.js';
import { readOptional } from './value-spec.js';

/** Every key of `type: exponential_histogram` that no other type has. */
export const exponentialKeys: readonly string[] = ['zero_count', 'zero_threshold', 'positive', 'negative'];

/**
 * The buckets of a native histogram, with `count` and `sum` beside them: `scale`, `positive` and `negative` as
 * OpenTelemetry has them, or `buckets`, a path to lists of a rule, two bounds and a count, as Prometheus' API does.
 */
export function readExponential(section: Section): ExponentialSpec {
  const count = readOptional(section, 'count');
  const sum = readOptional(section, 'sum');
  return { where: section.where, count, sum, buckets: readBounded(section) ?? readIndexed(section) };
}

function readBounded(section: Section): BoundedBucketsSpec | undefined {
  const cursor = section.take('buckets');
  if (cursor === undefined) return undefined;
  for (const key of ['scale', ...exponentialKeys]) {
    const other = section.take(key);
    if (other !== undefined) section.refuse(other, `${key} and buckets are both set`, 'keep one');
  }
  return { kind: 'bounded', path: readText(cursor, section.reading) ?? '', where: cursor.where };
}

function readIndexed(section: Section): IndexedBucketsSpec {
  const positive = readRun(section, 'positive');
  const negative = readRun(section, 'negative');
  if (section.take('positive') === undefined && section.take('negative') === undefined) {
    const hint = "positive: {offset: '{.positive.offset}', counts: '{.positive.bucketCounts[*]}'}";
    section.needs(['positive', 'negative', 'buckets'], { message: 'needs buckets', hint });
  }
  return {
    kind: 'indexed',
    scale: readOptional(section, 'scale'),
    zeroCount: readOptional(section, 'zero_count'),
    zeroThreshold: readOptional(section, 'zero_threshold'),
    positive,
    negative,
  };
}

function readRun(section: Section, key: 'positive' | 'negative'): BucketRunSpec | undefined {
  const cursor = section.take(key);
  const inner = cursor === undefined ? undefined : Section.open(cursor, section.reading);
  if (inner === undefined) return undefined;
  const offset = readOptional(inner, 'offset');
  const counts = inner.take('counts');
  const path = inner.text('counts') ?? '';
  if (counts === undefined)
    inner.needs('counts', { message: 'needs counts', hint: `counts: '{.${key}.bucketCounts[*]}'` });
  inner.finish();
  return { offset, counts: { path, where: counts?.where ?? inner.where } };
}
