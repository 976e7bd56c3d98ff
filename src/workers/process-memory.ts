import { constrainedMemory, memoryUsage } from 'node:process';
import type { ProcessMemory } from '../scrape/memory-guard.js';

/** The memory of this process, of all of its threads, and the limit of its container. */
export function findProcessMemory(): ProcessMemory {
  const limit = constrainedMemory();
  // A control group without a limit has one that no machine reaches.
  const isLimited = limit > 0 && limit <= Number.MAX_SAFE_INTEGER;
  return { limit: isLimited ? limit : undefined, resident: () => memoryUsage.rss() };
}
