import type { MonotonicClock } from '../model/ports.js';

const FIRST_MS = 100;
const SECOND_MS = 1000;
const LONGEST_MS = 30_000;
/** A worker that lasted so long was no bad start. */
const LASTED_MS = 60_000;

export interface BackOff {
  /** A worker is started now. */
  start(): void;
  /** How long to wait before the next is: hardly at all, and twice as long each time while none of them lasts. */
  nextDelayMs(): number;
}

/** Counts the starts of one worker's place. */
export function createBackOff(now: MonotonicClock): BackOff {
  let startedMs = now();
  let failures = 0;
  return {
    start: () => {
      startedMs = now();
    },
    nextDelayMs: () => {
      if (now() - startedMs >= LASTED_MS) failures = 0;
      failures++;
      return failures === 1 ? FIRST_MS : Math.min(SECOND_MS * 2 ** (failures - 2), LONGEST_MS);
    },
  };
}
