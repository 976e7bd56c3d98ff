import { setImmediate } from 'node:timers/promises';

const MAX_HELD_MS = 10;

/** Makes what long work calls between two pieces: once it has held the event loop for a while, others have their turn. */
export function createTurns(maxHeldMs = MAX_HELD_MS): () => Promise<void> {
  let begun = performance.now();
  return async () => {
    if (performance.now() - begun < maxHeldMs) return;
    await setImmediate();
    begun = performance.now();
  };
}
