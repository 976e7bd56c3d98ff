import type { MetricFamily } from '../model/metrics.js';

/**
 * The fields of `io.prometheus.client` as they stand in front of their values: number and wire type in one byte, or two
 * where a number is above 15. Source: prometheus/client_model, metrics.proto.
 */
const VARINT = 0;
const FIXED64 = 1;
const SIZED = 2;

function tag(number: number, wireType: number): number {
  return number * 8 + wireType;
}

export const TAG_FAMILY = {
  name: tag(1, SIZED),
  help: tag(2, SIZED),
  type: tag(3, VARINT),
  metric: tag(4, SIZED),
  unit: tag(5, SIZED),
} as const;

export const TAG_METRIC = {
  label: tag(1, SIZED),
  gauge: tag(2, SIZED),
  counter: tag(3, SIZED),
  summary: tag(4, SIZED),
  untyped: tag(5, SIZED),
  timestampMs: tag(6, VARINT),
  histogram: tag(7, SIZED),
} as const;

export const TAG_LABEL = { name: tag(1, SIZED), value: tag(2, SIZED) } as const;

/** Of gauges and untyped metrics, too, which have nothing but a value. */
export const TAG_COUNTER = { value: tag(1, FIXED64), exemplar: tag(2, SIZED), start: tag(3, SIZED) } as const;

export const TAG_SUMMARY = {
  count: tag(1, VARINT),
  sum: tag(2, FIXED64),
  quantile: tag(3, SIZED),
  start: tag(4, SIZED),
} as const;

export const TAG_QUANTILE = { quantile: tag(1, FIXED64), value: tag(2, FIXED64) } as const;

export const TAG_HISTOGRAM = {
  count: tag(1, VARINT),
  sum: tag(2, FIXED64),
  bucket: tag(3, SIZED),
  countFloat: tag(4, FIXED64),
  schema: tag(5, VARINT),
  zeroThreshold: tag(6, FIXED64),
  zeroCount: tag(7, VARINT),
  zeroCountFloat: tag(8, FIXED64),
  negativeSpan: tag(9, SIZED),
  negativeDelta: tag(10, SIZED),
  negativeCount: tag(11, SIZED),
  positiveSpan: tag(12, SIZED),
  positiveDelta: tag(13, SIZED),
  positiveCount: tag(14, SIZED),
  start: tag(15, SIZED),
  /** Beyond a byte: a varint of its own. */
  exemplar: tag(16, SIZED),
} as const;

export const TAG_BUCKET = {
  count: tag(1, VARINT),
  upperBound: tag(2, FIXED64),
  exemplar: tag(3, SIZED),
  countFloat: tag(4, FIXED64),
} as const;

export const TAG_SPAN = { offset: tag(1, VARINT), length: tag(2, VARINT) } as const;
export const TAG_EXEMPLAR = { label: tag(1, SIZED), value: tag(2, FIXED64), timestamp: tag(3, SIZED) } as const;
export const TAG_TIMESTAMP = { seconds: tag(1, VARINT), nanos: tag(2, VARINT) } as const;

/** The number of a family's type. */
export function metricType(type: MetricFamily['type']): number {
  return metricTypes[type];
}

const metricTypes = {
  counter: 0,
  gauge: 1,
  info: 1,
  stateset: 1,
  summary: 2,
  untyped: 3,
  histogram: 4,
  exponential_histogram: 4,
} satisfies Record<MetricFamily['type'], number>;
