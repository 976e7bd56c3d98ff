import { setImmediate } from 'node:timers/promises';
import type { Steps } from '../model/ports.js';

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

/** Runs steps to their end, and gives the event loop its turn between two of them as `createTurns` does. */
export async function runInTurns<T>(steps: Steps<T>, maxHeldMs?: number): Promise<T> {
  const takeTurn = createTurns(maxHeldMs);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await takeTurn();
  }
}
