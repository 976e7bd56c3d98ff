import type { Configuration } from '../config/load.js';

/** The settings, by their keys, that are others now and wait for the next start. */
export function listWaiting(before: Configuration['web'], after: Configuration['web']): readonly string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  return Object.entries(after)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old.get(name)))
    .map(([name]) => toKey(name));
}

/** `readTimeoutMs` is `web.read_timeout` in a file. */
function toKey(name: string): string {
  return `web.${name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
