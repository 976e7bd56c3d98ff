import type { MetricFamily, WrittenRows } from './metrics.js';

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

/** Takes the rows of families while their document is read, so that they are never in memory all at once. */
export interface RowSink {
  /**
   * Takes the rows of the families that have many. None of them may have exemplars or starts: what becomes of those depends on
   * the names of all families.
   */
  take(families: Iterable<GrowingFamily>): void;
  /** Forgets what it took of families that are given up. */
  forget(families: Iterable<GrowingFamily>): void;
  /** Takes the last rows of those of which some were taken before. */
  finish(): void;
}
