import type { FailureReason } from './errors.js';

/** One scrape of a target, as anybody may see it who may see the status page. */
export interface PastScrape {
  /** Unix milliseconds at which it was over. */
  readonly endedMs: number;
  readonly up: boolean;
  readonly reason: FailureReason | undefined;
  readonly message: string | undefined;
  readonly statusCode: number;
  readonly durationSeconds: number;
  readonly samples: number;
  readonly dropped: number;
}

/** The last scrapes of one target by one module. Plain data, which may go to another process. */
export interface TargetHistory {
  readonly target: string;
  readonly module: string;
  readonly isConfigured: boolean;
  /** Scrapes without headers of a caller, the latest last. */
  readonly scrapes: readonly PastScrape[];
  /** How often, and when last, the target was scraped with headers of a caller: what came of it is theirs alone. */
  readonly passThrough: { readonly count: number; readonly lastMs: number } | undefined;
}
