import { isScalar, type MetricFamily, type ScalarFamily, type SummaryFamily } from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import { toClassicBuckets } from './exponential-buckets.js';
import type { FamilyHead } from './family-head.js';
import { endLine, type LineRules } from './line-rules.js';
import { BoundWriter, LabelWriter, type SharedLabels } from './series-writer.js';

/** Writes all of one row of a family. */
export type RowWriter = (row: number) => void;

/** What a family is written with. */
export interface FamilyDeps {
  readonly head: FamilyHead;
  readonly cache?: SharedLabels | undefined;
  /** OpenMetrics 1.0: the series of the family's starts. */
  readonly createdName?: string | undefined;
}

/** Writes families as text 0.0.4 and OpenMetrics 1.0 both do: a line a number, native histograms as classic ones. */
export function writeRowsAsLines(
  writer: ByteWriter,
  family: MetricFamily,
  { head, cache }: FamilyDeps,
  rules: LineRules,
): RowWriter {
  if (isScalar(family)) return scalarRows(writer, family, { head, cache, rules });
  if (family.type === 'summary') return summaryRows(writer, family, { head, rules });
  const buckets =
    family.type === 'histogram'
      ? (row: number) => ({ bounds: family.bounds[row] ?? [], values: family.bucketCounts[row] ?? [] })
      : (row: number) => readClassicBuckets(family, row);
  return histogramRows(writer, family, { head, rules, buckets });
}

/** The lines of a native histogram's buckets. */
export function readClassicBuckets(
  family: Extract<MetricFamily, { readonly type: 'exponential_histogram' }>,
  row: number,
): { readonly bounds: readonly string[]; readonly values: readonly number[] } {
  const buckets = family.buckets[row];
  if (buckets === undefined) return { bounds: [], values: [] };
  const { bounds, counts } = toClassicBuckets(buckets, family.counts[row] ?? Number.NaN);
  return { bounds, values: counts };
}

type LineDeps = Pick<FamilyDeps, 'head' | 'cache'> & { readonly rules: LineRules };

function scalarRows(writer: ByteWriter, family: ScalarFamily, { head, cache, rules }: LineDeps): RowWriter {
  const labels = new LabelWriter(writer, family, { series: head.series(''), cache });
  const { timeUnitMs, endRow } = rules;
  const endCounted = family.type === 'counter' ? rules.endCountedLine : undefined;
  return (row) => {
    labels.write(row);
    writer.number(family.values[row] ?? Number.NaN);
    if (endCounted === undefined) endLine(writer, family, row, timeUnitMs);
    else endCounted(row, 0);
    if (endRow !== undefined) endRow(row);
  };
}

type BoundedLines = { readonly bounds: readonly string[]; readonly values: readonly number[] };

function histogramRows(
  writer: ByteWriter,
  family: Extract<MetricFamily, { readonly type: 'histogram' | 'exponential_histogram' }>,
  { head, rules, buckets }: LineDeps & { readonly buckets: (row: number) => BoundedLines },
): RowWriter {
  const bucketLines = new BoundWriter(writer, family, { series: head.series('_bucket'), label: 'le', rules });
  const writeTotals = totals(writer, family, { head, rules });
  return (row) => {
    bucketLines.write(row, buckets(row), rules.endCountedLine);
    writeTotals(row);
  };
}

function summaryRows(writer: ByteWriter, family: SummaryFamily, { head, rules }: LineDeps): RowWriter {
  const quantileLines = new BoundWriter(writer, family, { series: head.series(''), label: 'quantile', rules });
  const writeTotals = totals(writer, family, { head, rules });
  return (row) => {
    quantileLines.write(row, { bounds: family.quantiles[row] ?? [], values: family.quantileValues[row] ?? [] });
    writeTotals(row);
  };
}

/** `_sum` and `_count`. */
function totals(writer: ByteWriter, family: Exclude<MetricFamily, ScalarFamily>, { head, rules }: LineDeps): RowWriter {
  const sum = new LabelWriter(writer, family, { series: head.series('_sum') });
  const count = new LabelWriter(writer, family, { series: head.series('_count') });
  const { timeUnitMs, endRow } = rules;
  return (row) => {
    sum.write(row);
    writer.number(family.sums[row] ?? Number.NaN);
    endLine(writer, family, row, timeUnitMs);
    count.write(row);
    writer.number(family.counts[row] ?? Number.NaN);
    endLine(writer, family, row, timeUnitMs);
    if (endRow !== undefined) endRow(row);
  };
}

/** The index of the bucket that a value falls into; the last one where the bounds end before it. */
export function findBucket(bounds: readonly string[], value: number): number {
  const found = bounds.findIndex((bound) => value <= readBound(bound));
  return found < 0 ? bounds.length - 1 : found;
}

/** A bound as a number, from its text. */
export function readBound(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
