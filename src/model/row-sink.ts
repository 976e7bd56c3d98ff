import type { MetricFamily, WrittenRows } from './metrics.js';
import type { PlacedMetric, RowPlaces } from './placed-rows.js';

/** A family whose document is still being read. */
export interface GrowingFamily {
  /** How many rows it has, but for those that were taken. */
  readonly rows: number;
  /** What became of those that were taken. */
  taken: WrittenRows | undefined;
  /** The family with the rows that it has. */
  view(): MetricFamily;
  /** Lets go of them. */
  clear(): void;
}

/** Rows of a metric: its families have the same ones. */
export interface PlacedRows {
  readonly metric: PlacedMetric;
  readonly found: RowPlaces;
  /** In the order of those of the metric. */
  readonly families: readonly GrowingFamily[];
}

/** Takes the rows of families while their document is read, so that they are never in memory all at once. */
export interface RowSink {
  /**
   * Takes the rows of the families that have many. None of them may have exemplars or starts: what becomes of those depends on
   * the names of all families.
   */
  take(families: Iterable<GrowingFamily>): void;
  /** Whether the format of the scrape can be written from rows of which nothing was made yet. */
  readonly takesPlaced: boolean;
  /**
   * Takes rows of which nothing was made yet, behind those of their families that were there before. Gives false, and has taken
   * nothing, where they have to be looked at one by one: where a limit or the format would refuse one of them. `areAll` says
   * that their families have no other rows.
   */
  takePlaced(metrics: readonly PlacedRows[], options: { readonly areAll: boolean }): boolean;
  /** Forgets what it took of families that are given up. */
  forget(families: Iterable<GrowingFamily>): void;
  /** Takes the last rows of those of which some were taken before. */
  finish(): void;
}
