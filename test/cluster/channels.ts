import type { Channel } from '../../src/model/ports.js';

/** Two ends of a way between processes, in one: what one sends the other hears later, as a copy. */
export function createChannels(): readonly [Channel, Channel] {
  const listeners: [Set<(message: unknown) => void>, Set<(message: unknown) => void>] = [new Set(), new Set()];
  const createEnd = (own: 0 | 1, other: 0 | 1): Channel => ({
    send: (message) => {
      const copy: unknown = structuredClone(message);
      setImmediate(() => {
        for (const listener of listeners[other]) listener(copy);
      });
    },
    onMessage: (listener) => {
      listeners[own].add(listener);
    },
  });
  return [createEnd(0, 1), createEnd(1, 0)];
}

/** Resolves when every message that was sent has been heard, and each answer to one. */
export async function settleMessages(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}
