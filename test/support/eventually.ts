import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 5;

/** Resolves once `holds` is true, and throws what was waited for where that takes longer than `withinMs`. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 5000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await wait(POLL_MS);
  }
}
