import { eventually } from './eventually.js';

/** What keeps the event loop of this process alive, by type: sockets, servers, timers, requests of the thread pool. */
export function countOpenResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** Resolves once there is no more of anything than there was in `baseline`. */
export async function untilNoMoreThan(baseline: ReadonlyMap<string, number>): Promise<void> {
  const listMore = () => [...countOpenResources()].filter(([type, count]) => count > (baseline.get(type) ?? 0));
  await eventually('sockets and timers are gone', () => listMore().length === 0).catch((thrown) => {
    throw new Error(`left open: ${JSON.stringify(listMore())}`, { cause: thrown });
  });
}
