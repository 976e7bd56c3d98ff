/** What is read of an AbortSignal, which is one of these. */
export interface CancellationSignal {
  readonly aborted: boolean;
  /** Why it was aborted. */
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
