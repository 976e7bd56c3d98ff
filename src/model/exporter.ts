/** All processes of a daemon that is several, this one with them. */
export interface ClusterHandle {
  /** Whether all of them listen. */
  readonly isReady: () => boolean;
  /** Loads the configuration again in all of them. */
  readonly reload: () => Promise<void>;
  /** The exposition of their own metrics. */
  readonly writeMetrics: () => Promise<string>;
}

export interface Exporter {
  /** Where it listens: `http://localhost:8081`. */
  readonly urls: readonly string[];
  /** Where health is answered apart from the rest; undefined where it is not. */
  readonly healthUrl: string | undefined;
  /** Loads the configuration again. Throws what was wrong with it; the running one stays in force then. */
  reload(): Promise<void>;
  /** Its own metrics, to be summed with those of other processes. */
  collectMetrics(): Promise<readonly object[]>;
  /** Answers the scrapes under way and closes everything. */
  close(): Promise<void>;
}
