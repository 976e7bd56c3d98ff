import type { Drop, DropTally } from './drops.js';
import type { ZxpError } from './errors.js';

/**
 * Metric families as columns: row `i` of every column belongs to one series. A translator pushes references to what the
 * JSON parser made, so a scrape of 100,000 series makes no object a sample. Rows with the same label names share one
 * `labelNames` array where they can; passes over a family compare it by identity before they look inside.
 */
interface FamilyColumns {
  /** Any UTF-8 name; each format escapes what its scraper does not accept. A counter's includes its `_total`, if it has one. */
  readonly name: string;
  readonly help: string;
  /** In what the values are counted: `seconds`. */
  readonly unit?: string;
  readonly labelNames: readonly (readonly string[])[];
  readonly labelValues: readonly (readonly string[])[];
  /** Milliseconds since 1970 of each row that carries its own time. */
  readonly timestampsMs?: readonly (number | undefined)[];
  /** The rows in front of these, as bytes of the format that was asked for. */
  readonly written?: WrittenRows;
}

/** Rows of a family that were written while its document was read, and let go of. */
export interface WrittenRows {
  /** None where the family has a refusal or a failure. */
  readonly chunks: readonly Uint8Array[];
  /** Whether the chunks lie in memory that is used again, so that they have to be copied at once. */
  readonly isBorrowed: boolean;
  /** Of the rows that may be exposed. */
  readonly samples: number;
  /** Those that may not, by their causes. */
  readonly dropped: readonly RowDrop[];
  /** Why the format has no form for the family. */
  readonly refusal: string | undefined;
  /** Why the scrape fails when it comes to the family. */
  readonly failure: ZxpError | undefined;
}

/** Samples of a family that are not exposed for one cause. */
export type RowDrop = Pick<Drop, 'cause' | 'samples' | 'message'>;

/** What only families that count from a start on have. */
interface CumulativeColumns {
  /** Milliseconds since 1970 at which each row began to count from zero. */
  readonly startsMs?: readonly (number | undefined)[];
  readonly exemplars?: readonly (Exemplar | undefined)[];
}

/** A reference to something outside of the metrics, mostly a trace, that led to one value. */
export interface Exemplar {
  readonly labelNames: readonly string[];
  readonly labelValues: readonly string[];
  readonly value: number;
  readonly timestampMs?: number | undefined;
}

/** One number a row. The rows of an `info` are 1; those of a `stateset` are 0 or 1, with the state in the label of the family's name. */
export interface ScalarFamily extends FamilyColumns, CumulativeColumns {
  readonly type: 'counter' | 'gauge' | 'untyped' | 'info' | 'stateset';
  readonly values: readonly number[];
}

export interface HistogramFamily extends FamilyColumns, CumulativeColumns {
  readonly type: 'histogram';
  /** Upper bounds of each row as the text of their `le` label: ascending numbers, the last one `+Inf`. */
  readonly bounds: readonly (readonly string[])[];
  /** Cumulative counts, in step with `bounds`. */
  readonly bucketCounts: readonly (readonly number[])[];
  readonly counts: readonly number[];
  readonly sums: readonly number[];
}

/** Native histograms: buckets whose bounds are powers of one base. */
export interface ExponentialHistogramFamily extends FamilyColumns, CumulativeColumns {
  readonly type: 'exponential_histogram';
  readonly buckets: readonly ExponentialBuckets[];
  readonly counts: readonly number[];
  readonly sums: readonly number[];
}

/** The buckets of one native histogram, counted as Prometheus counts them: bucket `i` covers (base^(i-1), base^i]. */
export interface ExponentialBuckets {
  /** -4 to 8; the base is 2^(2^-schema). */
  readonly schema: number;
  /** Observations from -zeroThreshold to zeroThreshold are in no other bucket. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: PopulatedBuckets;
  readonly negative: PopulatedBuckets;
}

/** The buckets of one side that are not empty: ascending indexes, and a count above 0 for each. */
export interface PopulatedBuckets {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

export interface SummaryFamily extends FamilyColumns, Pick<CumulativeColumns, 'startsMs'> {
  readonly type: 'summary';
  /** Quantiles of each row, 0 to 1, as the text of their `quantile` label; none at all is common. */
  readonly quantiles: readonly (readonly string[])[];
  readonly quantileValues: readonly (readonly number[])[];
  readonly counts: readonly number[];
  readonly sums: readonly number[];
}

export type MetricFamily = ScalarFamily | HistogramFamily | ExponentialHistogramFamily | SummaryFamily;

/** Whether each row of a family is one number. */
export function isScalar(family: MetricFamily): family is ScalarFamily {
  const { type } = family;
  return type !== 'histogram' && type !== 'exponential_histogram' && type !== 'summary';
}

/** How many rows (series, or whole histograms and summaries) a family has. */
export function countRows(family: MetricFamily): number {
  return family.labelValues.length;
}

/** Whether two lists, of the label names of two rows for one, are the same texts in the same order. */
export function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

/** Whether two families have the very same label rows, as the values of one element do: what holds of one's rows holds of the other's. */
export function sharesLabelRows(left: MetricFamily, right: MetricFamily): boolean {
  const rows = left.labelValues.length;
  if (rows !== right.labelValues.length || left.timestampsMs !== right.timestampsMs) return false;
  for (let row = 0; row < rows; row++) {
    if (left.labelValues[row] !== right.labelValues[row] || left.labelNames[row] !== right.labelNames[row])
      return false;
  }
  return true;
}

/** How many samples (lines of the exposition) row `index` of a family gives. */
export function countRowSamples(family: MetricFamily, index: number): number {
  switch (family.type) {
    case 'histogram':
      return (family.bounds[index]?.length ?? 0) + 2;
    case 'exponential_histogram':
      return countPopulated(family.buckets[index]) + 3;
    case 'summary':
      return (family.quantiles[index]?.length ?? 0) + 2;
    default:
      return 1;
  }
}

/** As a classic histogram it has a bucket for each that is populated. */
function countPopulated(buckets: ExponentialBuckets | undefined): number {
  if (buckets === undefined) return 0;
  const zero = buckets.zeroCount > 0 ? 1 : 0;
  return zero + buckets.positive.counts.length + buckets.negative.counts.length;
}

/** What became of one configured metric: for the debug view. */
export interface MetricDetail {
  readonly name: string;
  /** Where it is configured. */
  readonly where: string;
  /** What its path looks for. */
  readonly path: string;
  /** Elements that the path matched. */
  readonly elements: number;
  readonly samples: number;
  /** Why samples are missing: the first few reasons, each once. */
  readonly failures: readonly string[];
}

/** What a translator makes of one document. */
export interface Translation {
  readonly families: readonly MetricFamily[];
  readonly drops: DropTally;
  readonly details?: readonly MetricDetail[];
}

/** How names beyond letters, digits, `_` and `:` are written for a scraper, as its `escaping` parameter calls it. */
export type EscapingScheme = 'underscores' | 'dots' | 'values' | 'allow-utf-8';

/** Text 0.0.4 and 1.0.0, OpenMetrics 1.0 and 2.0, and protobuf, each message behind its length. */
export type FormatName = 'text' | 'openmetrics' | 'openmetrics2' | 'protobuf';

/** What a scrape is written as: a format, which escapes names by underscores unless it says otherwise. */
export type ExpositionFormat = FormatName | `${FormatName}-${'dots' | 'values' | 'utf8'}`;
