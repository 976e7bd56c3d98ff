import { type ExponentialBuckets, isScalar, type MetricFamily } from '../model/metrics.js';
import { type ByteWriter, formatNumber } from './byte-writer.js';
import { hasWholeCounts, type SpannedBuckets, spanBuckets } from './exponential-buckets.js';
import { findExemplar, formatExemplar, formatSeconds, toCanonicalBound } from './openmetrics-text.js';
import type { FamilyDeps, RowWriter } from './row-lines.js';
import { LabelWriter } from './series-writer.js';

const NEWLINE = 0x0a;
const COLON = 0x3a;
const COMMA = 0x2c;
const END_OF_LIST = ']}';

/** OpenMetrics 2.0-rc0: one line a series, whatever its type, with its start and its exemplar behind it. */
export function writeOpenMetrics2(writer: ByteWriter, family: MetricFamily, { head, cache }: FamilyDeps): RowWriter {
  const labels = new LabelWriter(writer, family, {
    series: head.series(''),
    cache: isScalar(family) ? cache : undefined,
  });
  const writeValue = valueWriter(writer, family);
  const { timestampsMs, startsMs } = family;
  return (row) => {
    labels.write(row);
    writeValue(row);
    const timestampMs = timestampsMs?.[row];
    if (timestampMs !== undefined) writer.text(` ${formatSeconds(timestampMs)}`);
    const startMs = startsMs?.[row];
    if (startMs !== undefined) writer.text(` st@${formatSeconds(startMs)}`);
    const exemplar = findExemplar(family, row);
    // One without a time has no place there.
    if (exemplar?.timestampMs !== undefined) writer.text(formatExemplar(exemplar));
    writer.byte(NEWLINE);
  };
}

function valueWriter(writer: ByteWriter, family: MetricFamily): RowWriter {
  switch (family.type) {
    case 'histogram':
      return (row) => {
        writeTotals(writer, family, row);
        writer.text(',bucket:[');
        writePairs(writer, family.bounds[row] ?? [], family.bucketCounts[row] ?? []);
      };
    case 'summary':
      return (row) => {
        writeTotals(writer, family, row);
        writer.text(',quantile:[');
        writePairs(writer, family.quantiles[row] ?? [], family.quantileValues[row] ?? []);
      };
    case 'exponential_histogram':
      return (row) => {
        const buckets = family.buckets[row];
        writeTotals(writer, family, row);
        if (buckets !== undefined) writer.text(formatNative(buckets, family.counts[row] ?? 0));
      };
    default:
      return (row) => writer.number(family.values[row] ?? Number.NaN);
  }
}

/** `{count:17,sum:324789.3`. */
function writeTotals(
  writer: ByteWriter,
  { counts, sums }: { readonly counts: readonly number[]; readonly sums: readonly number[] },
  row: number,
): void {
  writer.text('{count:');
  writer.number(counts[row] ?? Number.NaN);
  writer.text(',sum:');
  writer.number(sums[row] ?? Number.NaN);
}

/** `0.5:10,+Inf:17]}`. */
function writePairs(writer: ByteWriter, bounds: readonly string[], values: readonly number[]): void {
  for (let i = 0; i < bounds.length; i++) {
    if (i > 0) writer.byte(COMMA);
    writer.text(toCanonicalBound(bounds[i] ?? ''));
    writer.byte(COLON);
    writer.number(values[i] ?? Number.NaN);
  }
  writer.text(END_OF_LIST);
}

/** From the schema on: `,schema:3,zero_threshold:0,zero_count:1,positive_spans:[0:2],positive_buckets:[1,2]}`. */
function formatNative(buckets: ExponentialBuckets, count: number): string {
  const { schema, zeroThreshold, zeroCount } = buckets;
  const spell = hasWholeCounts(buckets, count) ? formatNumber : formatFraction;
  const zero = `,schema:${schema},zero_threshold:${formatNumber(zeroThreshold)},zero_count:${formatNumber(zeroCount)}`;
  const negative = formatSide('negative', spanBuckets(buckets.negative), spell);
  return `${zero}${negative}${formatSide('positive', spanBuckets(buckets.positive), spell)}}`;
}

function formatSide(
  side: 'negative' | 'positive',
  { spans, counts }: SpannedBuckets,
  spell: (value: number) => string,
): string {
  if (spans.length === 0) return '';
  const pairs = spans.map(({ offset, length }) => `${offset}:${length}`);
  return `,${side}_spans:[${pairs.join()}],${side}_buckets:[${counts.map(spell).join()}]`;
}

/** A count that is no whole number, or beyond them, and is to be taken for a floating-point number. */
function formatFraction(value: number): string {
  const text = formatNumber(value);
  return /^\d+$/.test(text) ? `${text}.0` : text;
}
