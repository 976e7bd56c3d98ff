import type { CancellationSignal } from '../model/cancellation.js';

/** A share of a memory budget, for one task. */
export interface MemoryLease {
  /**
   * Resolves once so many bytes more may be used. Rejects with the reason of the signal, which the bytes that the lease
   * has already are not affected by.
   */
  grow(bytes: number, signal: CancellationSignal): Promise<void>;
  /** Takes so many bytes more where that needs no waiting; gives whether it did. */
  tryGrow(bytes: number): boolean;
  /** Gives all of it back. Of effect the first time only. */
  release(): void;
}

/** Memory that tasks share: a lease for each of them. */
export interface MemoryBudget {
  readonly usedBytes: number;
  open(): MemoryLease;
}

interface Entry {
  bytes: number;
  /** What the lease waits for. */
  wanted: { readonly bytes: number; grant(): void } | undefined;
}

/**
 * Lets tasks use `maxBytes` together. One that wants more waits for others to give theirs back, in the order in which the
 * leases were opened. The oldest of them never waits: it may use more than there is, so that somebody always gets on. So
 * no more is used than `maxBytes` and what a single task may.
 */
export function createMemoryBudget(maxBytes: number): MemoryBudget {
  /** In the order in which they were opened. */
  const entries = new Set<Entry>();
  let usedBytes = 0;

  const mayGrow = (entry: Entry, bytes: number): boolean => {
    const [oldest] = entries;
    return entry === oldest || usedBytes + bytes <= maxBytes;
  };
  const take = (entry: Entry, bytes: number): void => {
    entry.bytes += bytes;
    usedBytes += bytes;
  };
  const serve = (): void => {
    for (const entry of entries) {
      const { wanted } = entry;
      if (wanted === undefined) continue;
      if (!mayGrow(entry, wanted.bytes)) return;
      entry.wanted = undefined;
      take(entry, wanted.bytes);
      wanted.grant();
    }
  };
  const wait = (entry: Entry, bytes: number, signal: CancellationSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const abort = () => {
        entry.wanted = undefined;
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      entry.wanted = {
        bytes,
        grant: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal.aborted) abort();
    });
  return {
    get usedBytes() {
      return usedBytes;
    },
    open: () => {
      const entry: Entry = { bytes: 0, wanted: undefined };
      return {
        grow: async (bytes, signal) => {
          entries.add(entry);
          if (!mayGrow(entry, bytes)) return wait(entry, bytes, signal);
          take(entry, bytes);
        },
        tryGrow: (bytes) => {
          entries.add(entry);
          if (!mayGrow(entry, bytes)) return false;
          take(entry, bytes);
          return true;
        },
        release: () => {
          if (!entries.delete(entry)) return;
          usedBytes -= entry.bytes;
          entry.bytes = 0;
          serve();
        },
      };
    },
  };
}
