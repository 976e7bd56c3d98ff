/** What one request shows of who asks. */
export interface Grant {
  /** The value of Authorization. */
  readonly authorization: string;
  /** Gives another one, once the server has refused this; undefined where there is none other to be had. */
  readonly renew: ((signal: AbortSignal) => Promise<Grant>) | undefined;
}

/** Who asks, as a module says it. */
export interface Credential {
  /** Rejects with a ZxpError that repeats no secret, or the reason of the signal. */
  readonly authorize: (signal: AbortSignal) => Promise<Grant>;
  /** Closes the connections of its own. */
  close(): Promise<void>;
}
