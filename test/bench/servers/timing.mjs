/**
 * Times work in this process (`--expose-gc`). Each work is done often enough to take a while; before it, the young
 * generation is collected, so that none pays for another's garbage. A full collection would shrink the young generation
 * to what it is at the start of a process, and each would pay for that.
 */

const MIN_MS = 30;
const WARM_UP_MS = 500;

/** What `measureRound` gives, `rounds` times. The first rounds find code that V8 has not looked at yet, and do not count. */
export async function repeat(rounds, measureRound) {
  const startMs = performance.now();
  do await measureRound();
  while (performance.now() - startMs < WARM_UP_MS);
  const ratios = [];
  for (let round = 0; round < rounds; round++) ratios.push(await measureRound());
  return ratios;
}

/** Milliseconds that `work` takes, the mean of `times`. */
export async function timeEach(work, times) {
  globalThis.gc({ type: 'minor' });
  const startMs = performance.now();
  for (let i = 0; i < times; i++) await work();
  return (performance.now() - startMs) / times;
}

/** How often `work` must be done to take a while. */
export async function countTimes(work) {
  await timeEach(work, 3);
  return Math.max(1, Math.ceil(MIN_MS / (await timeEach(work, 3))));
}
