import type { DropTally } from './drops.js';

/**
 * Metric families as columns: row `i` of every column belongs to one series. A translator pushes references to what the
 * JSON parser made, so a scrape of 100,000 series makes no object a sample. Rows with the same label names share one
 * `labelNames` array where they can; passes over a family compare it by identity before they look inside.
 */
interface FamilyColumns {
  /** A valid Prometheus metric name. A counter's includes its `_total`, if it has one. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly (readonly string[])[];
  readonly labelValues: readonly (readonly string[])[];
  /** Milliseconds since 1970 of each row that carries its own time. */
  readonly timestampsMs?: readonly (number | undefined)[];
  /** Names that Prometheus takes only from scrapers which accept UTF-8, where they differ from those above. */
  readonly utf8?: Utf8Names;
}

/** The names of a family before they were escaped for scrapers of old. */
export interface Utf8Names {
  readonly name: string;
  /** By the escaped name of the label. */
  readonly labels: ReadonlyMap<string, string>;
}

export interface ScalarFamily extends FamilyColumns {
  readonly type: 'counter' | 'gauge' | 'untyped';
  readonly values: readonly number[];
}

export interface HistogramFamily extends FamilyColumns {
  readonly type: 'histogram';
  /** Upper bounds of each row as the text of their `le` label: ascending numbers, the last one `+Inf`. */
  readonly bounds: readonly (readonly string[])[];
  /** Cumulative counts, in step with `bounds`. */
  readonly bucketCounts: readonly (readonly number[])[];
  readonly counts: readonly number[];
  readonly sums: readonly number[];
}

export interface SummaryFamily extends FamilyColumns {
  readonly type: 'summary';
  /** Quantiles of each row, 0 to 1, as the text of their `quantile` label; none at all is common. */
  readonly quantiles: readonly (readonly string[])[];
  readonly quantileValues: readonly (readonly number[])[];
  readonly counts: readonly number[];
  readonly sums: readonly number[];
}

export type MetricFamily = ScalarFamily | HistogramFamily | SummaryFamily;

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
    case 'summary':
      return (family.quantiles[index]?.length ?? 0) + 2;
    default:
      return 1;
  }
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

/** The formats in which a scrape can be written; `-utf8` for scrapers that take any name. */
export type ExpositionFormat = 'text' | 'openmetrics' | 'text-utf8' | 'openmetrics-utf8';
