import {
  type Exemplar,
  type ExponentialHistogramFamily,
  type HistogramFamily,
  isScalar,
  type MetricFamily,
  type PopulatedBuckets,
  type SummaryFamily,
} from '../model/metrics.js';
import { type ByteWriter, countVarintBytes } from './byte-writer.js';
import { hasWholeCounts, type SpannedBuckets, spanBuckets } from './exponential-buckets.js';
import type { FamilyHead } from './family-head.js';
import { findExemplar } from './openmetrics-text.js';
import {
  TAG_BUCKET,
  TAG_COUNTER,
  TAG_EXEMPLAR,
  TAG_FAMILY,
  TAG_HISTOGRAM,
  TAG_LABEL,
  TAG_METRIC,
  TAG_QUANTILE,
  TAG_SPAN,
  TAG_SUMMARY,
  TAG_TIMESTAMP,
} from './protobuf-fields.js';
import { type FamilyDeps, findBucket, type RowWriter, readBound } from './row-lines.js';
import type { SharedLabels } from './series-writer.js';

const DOUBLE_FIELD_BYTES = 9;

/** Prometheus' protobuf: one Metric a row, without its family's fields and length. */
export function writeProtobuf(writer: ByteWriter, family: MetricFamily, { head, cache }: FamilyDeps): RowWriter {
  const writeLabels = labelWriter(writer, family, { head, cache: isScalar(family) ? cache : undefined });
  const writeValue = valueWriter(writer, family);
  const { timestampsMs } = family;
  let lengthBytes = 1;
  return (row) => {
    writer.byte(TAG_FAMILY.metric);
    const reserved = lengthBytes;
    const start = writer.beginSized(reserved);
    writeLabels(row);
    writeValue(row);
    const timestampMs = timestampsMs?.[row];
    if (timestampMs !== undefined) {
      writer.byte(TAG_METRIC.timestampMs);
      writer.varint(timestampMs);
    }
    // The next row is most likely as long.
    lengthBytes = writer.endSized(start, reserved);
  };
}

function labelWriter(
  writer: ByteWriter,
  family: MetricFamily,
  { head, cache }: { readonly head: FamilyHead; readonly cache: SharedLabels | undefined },
): RowWriter {
  let names: readonly string[] | undefined;
  let pairs: readonly Uint8Array[] = [];
  const writeLabels = (row: number) => {
    const values = family.labelValues[row] ?? [];
    const rowNames = family.labelNames[row] ?? [];
    if (rowNames !== names) {
      names = rowNames;
      pairs = head.pairs(rowNames);
    }
    for (let i = 0; i < values.length; i++) {
      const pair = pairs[i];
      if (pair !== undefined) writeLabel(writer, pair, values[i] ?? '');
    }
  };
  if (cache === undefined) return writeLabels;
  const { labels, isFirst } = cache;
  if (!isFirst) return (row) => labels.repeat(row, writer);
  return (row) => {
    const start = writer.length;
    writeLabels(row);
    labels.keep(row, writer, start);
  };
}

function writeLabel(writer: ByteWriter, pair: Uint8Array, value: string): void {
  writer.byte(TAG_METRIC.label);
  const start = writer.beginSized();
  writer.bytes(pair);
  writer.sizedText(value);
  writer.endSized(start);
}

function valueWriter(writer: ByteWriter, family: MetricFamily): RowWriter {
  switch (family.type) {
    case 'histogram':
      return histogramWriter(writer, family);
    case 'exponential_histogram':
      return exponentialWriter(writer, family);
    case 'summary':
      return summaryWriter(writer, family);
    case 'counter':
      return (row) => {
        writer.byte(TAG_METRIC.counter);
        const start = writer.beginSized();
        writeDouble(writer, TAG_COUNTER.value, family.values[row] ?? Number.NaN);
        writeExemplar(writer, TAG_COUNTER.exemplar, findExemplar(family, row));
        writeTime(writer, TAG_COUNTER.start, family.startsMs?.[row]);
        writer.endSized(start);
      };
    default: {
      const tag = family.type === 'untyped' ? TAG_METRIC.untyped : TAG_METRIC.gauge;
      return (row) => {
        writer.byte(tag);
        writer.byte(DOUBLE_FIELD_BYTES);
        writeDouble(writer, TAG_COUNTER.value, family.values[row] ?? Number.NaN);
      };
    }
  }
}

function summaryWriter(writer: ByteWriter, family: SummaryFamily): RowWriter {
  return (row) => {
    writer.byte(TAG_METRIC.summary);
    const start = writer.beginSized();
    writer.byte(TAG_SUMMARY.count);
    writer.varint(family.counts[row] ?? 0);
    writeDouble(writer, TAG_SUMMARY.sum, family.sums[row] ?? Number.NaN);
    const values = family.quantileValues[row] ?? [];
    for (const [i, quantile] of (family.quantiles[row] ?? []).entries()) {
      writer.byte(TAG_SUMMARY.quantile);
      writer.byte(DOUBLE_FIELD_BYTES * 2);
      writeDouble(writer, TAG_QUANTILE.quantile, readBound(quantile));
      writeDouble(writer, TAG_QUANTILE.value, values[i] ?? Number.NaN);
    }
    writeTime(writer, TAG_SUMMARY.start, family.startsMs?.[row]);
    writer.endSized(start);
  };
}

function histogramWriter(writer: ByteWriter, family: HistogramFamily): RowWriter {
  return (row) => {
    writer.byte(TAG_METRIC.histogram);
    const start = writer.beginSized(2);
    const bounds = family.bounds[row] ?? [];
    const exemplar = findExemplar(family, row);
    const exemplarBucket = exemplar === undefined ? -1 : findBucket(bounds, exemplar.value);
    writeCount(writer, TAG_HISTOGRAM, family.counts[row] ?? Number.NaN);
    writeDouble(writer, TAG_HISTOGRAM.sum, family.sums[row] ?? Number.NaN);
    for (let i = 0; i < bounds.length; i++) {
      writer.byte(TAG_HISTOGRAM.bucket);
      const bucket = writer.beginSized();
      writeCount(writer, TAG_BUCKET, family.bucketCounts[row]?.[i] ?? Number.NaN);
      writeDouble(writer, TAG_BUCKET.upperBound, readBound(bounds[i] ?? ''));
      if (i === exemplarBucket) writeExemplar(writer, TAG_BUCKET.exemplar, exemplar);
      writer.endSized(bucket);
    }
    writeTime(writer, TAG_HISTOGRAM.start, family.startsMs?.[row]);
    writer.endSized(start, 2);
  };
}

/** A count that is whole, or as a floating-point number. */
function writeCount(
  writer: ByteWriter,
  tags: { readonly count: number; readonly countFloat: number },
  count: number,
): void {
  if (Number.isSafeInteger(count) && count >= 0) writeWhole(writer, tags.count, count);
  else writeDouble(writer, tags.countFloat, count);
}

function exponentialWriter(writer: ByteWriter, family: ExponentialHistogramFamily): RowWriter {
  return (row) => {
    const buckets = family.buckets[row];
    if (buckets === undefined) return;
    const count = family.counts[row] ?? Number.NaN;
    const isWhole = hasWholeCounts(buckets, count);
    writer.byte(TAG_METRIC.histogram);
    const start = writer.beginSized(2);
    if (isWhole) writeWhole(writer, TAG_HISTOGRAM.count, count);
    else writeDouble(writer, TAG_HISTOGRAM.countFloat, count);
    writeDouble(writer, TAG_HISTOGRAM.sum, family.sums[row] ?? Number.NaN);
    writeWhole(writer, TAG_HISTOGRAM.schema, zigzag(buckets.schema));
    writeDouble(writer, TAG_HISTOGRAM.zeroThreshold, buckets.zeroThreshold);
    if (isWhole) writeWhole(writer, TAG_HISTOGRAM.zeroCount, buckets.zeroCount);
    else writeDouble(writer, TAG_HISTOGRAM.zeroCountFloat, buckets.zeroCount);
    writeSide(writer, buckets.negative, { ...negativeTags, isWhole });
    const spans = writeSide(writer, buckets.positive, { ...positiveTags, isWhole });
    // Without any span it would be taken for a classic histogram.
    if (spans === 0) writeSpan(writer, TAG_HISTOGRAM.positiveSpan, { offset: 0, length: 0 });
    writeTime(writer, TAG_HISTOGRAM.start, family.startsMs?.[row]);
    const exemplar = findExemplar(family, row);
    // One without a time has no place there.
    if (exemplar?.timestampMs !== undefined) writeExemplar(writer, TAG_HISTOGRAM.exemplar, exemplar);
    writer.endSized(start, 2);
  };
}

const negativeTags = {
  span: TAG_HISTOGRAM.negativeSpan,
  delta: TAG_HISTOGRAM.negativeDelta,
  count: TAG_HISTOGRAM.negativeCount,
} as const;
const positiveTags = {
  span: TAG_HISTOGRAM.positiveSpan,
  delta: TAG_HISTOGRAM.positiveDelta,
  count: TAG_HISTOGRAM.positiveCount,
} as const;

/** The spans and counts of one side: whole ones as differences between neighbours. Gives how many spans there are. */
function writeSide(
  writer: ByteWriter,
  buckets: PopulatedBuckets,
  tags: { readonly span: number; readonly delta: number; readonly count: number; readonly isWhole: boolean },
): number {
  const { spans, counts }: SpannedBuckets = spanBuckets(buckets);
  for (const span of spans) writeSpan(writer, tags.span, span);
  if (spans.length === 0) return 0;
  writer.byte(tags.isWhole ? tags.delta : tags.count);
  const start = writer.beginSized();
  let last = 0;
  for (const count of counts) {
    if (tags.isWhole) writer.varint(zigzag(count - last));
    else writer.double(count);
    last = count;
  }
  writer.endSized(start);
  return spans.length;
}

function writeSpan(writer: ByteWriter, tag: number, span: { readonly offset: number; readonly length: number }): void {
  writer.byte(tag);
  const start = writer.beginSized();
  writeWhole(writer, TAG_SPAN.offset, zigzag(span.offset));
  writeWhole(writer, TAG_SPAN.length, span.length);
  writer.endSized(start);
}

/** A signed number as protobuf's sint32 and sint64 have it. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function writeExemplar(writer: ByteWriter, tag: number, exemplar: Exemplar | undefined): void {
  if (exemplar === undefined) return;
  writer.varint(tag);
  const start = writer.beginSized();
  for (const [i, name] of exemplar.labelNames.entries()) {
    writer.byte(TAG_EXEMPLAR.label);
    const label = writer.beginSized();
    writer.byte(TAG_LABEL.name);
    writer.sizedText(name);
    writer.byte(TAG_LABEL.value);
    writer.sizedText(exemplar.labelValues[i] ?? '');
    writer.endSized(label);
  }
  writeDouble(writer, TAG_EXEMPLAR.value, exemplar.value);
  writeTime(writer, TAG_EXEMPLAR.timestamp, exemplar.timestampMs);
  writer.endSized(start);
}

/** google.protobuf.Timestamp: whole seconds, and nanoseconds on top. */
function writeTime(writer: ByteWriter, tag: number, milliseconds: number | undefined): void {
  if (milliseconds === undefined) return;
  const seconds = Math.floor(milliseconds / 1000);
  const nanos = (milliseconds - seconds * 1000) * 1e6;
  writer.byte(tag);
  writer.byte(countVarintBytes(seconds) + countVarintBytes(nanos) + 2);
  writeWhole(writer, TAG_TIMESTAMP.seconds, seconds);
  writeWhole(writer, TAG_TIMESTAMP.nanos, nanos);
}

function writeWhole(writer: ByteWriter, tag: number, value: number): void {
  writer.byte(tag);
  writer.varint(value);
}

function writeDouble(writer: ByteWriter, tag: number, value: number): void {
  writer.byte(tag);
  writer.double(value);
}

/**
 * Puts the length in front of a family whose bytes are in several chunks, from `start` of the first one on. Every chunk
 * has memory of its own, as threads hand them over.
 */
export function sizeChunks(chunks: readonly Buffer[], start: number, lastBytes: number): readonly Buffer[] {
  const [first = Buffer.alloc(0), ...others] = chunks;
  const size = [first.length - start, ...others.map((chunk) => chunk.length), lastBytes].reduce(
    (sum, each) => sum + each,
  );
  const length = encodeVarint(size);
  const joined = Buffer.allocUnsafeSlow(first.length + length.length);
  first.copy(joined, 0, 0, start);
  joined.set(length, start);
  first.copy(joined, start + length.length, start);
  return [joined, ...others];
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
