import type { MonotonicClock } from '../../model/ports.js';

/** So many failures in a row are a dead connection. */
const MAX_FAILURES = 3;
const RETRY_MS = 500;

/**
 * Sends a heartbeat whenever nothing was sent for `afterMs`. A proxy that answers that it does not know the agent is
 * `onUnknown`, three failures in a row are `onDead`; after either there are no more.
 */
export function startHeartbeats(options: {
  readonly afterMs: number;
  readonly now: MonotonicClock;
  readonly lastSentMs: () => number;
  /** Never rejects. */
  readonly send: () => Promise<'alive' | 'unknown' | 'failed'>;
  readonly onUnknown: () => void;
  readonly onDead: () => void;
}): { stop(): void } {
  const { afterMs, now, lastSentMs } = options;
  let failures = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout;
  const wait = (ms: number) => {
    timer = setTimeout(() => void look(), Math.max(1, ms));
  };
  const look = async () => {
    const leftMs = lastSentMs() + afterMs - now();
    if (leftMs > 0) return wait(leftMs);
    const result = await options.send();
    if (isStopped) return undefined;
    if (result === 'unknown') return options.onUnknown();
    failures = result === 'alive' ? 0 : failures + 1;
    if (failures === MAX_FAILURES) return options.onDead();
    return wait(failures === 0 ? afterMs : RETRY_MS);
  };
  wait(afterMs);
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
