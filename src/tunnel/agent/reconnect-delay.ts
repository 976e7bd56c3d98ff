import type { MonotonicClock } from '../../model/ports.js';

const LONGEST_MS = 60_000;

export interface ReconnectDelay {
  /** A connection is served from now on. */
  connected(): void;
  /** How long to wait before the next attempt. */
  nextMs(): number;
}

/**
 * How long to wait between attempts: hardly at all after a connection that lasted, otherwise `firstMs` and twice as long
 * each time, up to a minute. Jitter takes up to half of it away, so that many agents do not return at the same moment.
 */
export function createReconnectDelay(options: {
  readonly firstMs: number;
  readonly now: MonotonicClock;
  /** From 0 to below 1. */
  readonly random: () => number;
}): ReconnectDelay {
  const { firstMs, now, random } = options;
  let failures = 0;
  let connectedMs: number | undefined;
  return {
    connected: () => {
      connectedMs = now();
    },
    nextMs: () => {
      const hasLasted = connectedMs !== undefined && now() - connectedMs >= 2 * firstMs;
      connectedMs = undefined;
      failures = hasLasted ? 0 : failures + 1;
      const fullMs = Math.min(
        failures === 0 ? firstMs / 4 : firstMs * 2 ** (failures - 1),
        Math.max(LONGEST_MS, firstMs),
      );
      return fullMs * (1 - random() / 2);
    },
  };
}
