import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { createRenderPool, type RenderPool } from './pool.js';
import { findWorker } from './worker-url.js';

/** Beyond, one process gains little: its main thread reads and sends what they render. */
const MAX_THREADS = 4;
/** Longer than the scrape interval of nearly every job: a thread that starts has to compile its code again. */
const IDLE_MS = 120_000;

/**
 * A pool with the heap that V8 gives a process here, and as many threads as `configured` says when one is needed. Where
 * it says nothing, `processes` of them share the cores, and leave the machine one for everything else.
 */
export function openRenderPool(options: {
  readonly configured: () => number | undefined;
  readonly processes: number;
}): RenderPool {
  const share = Math.floor((availableParallelism() - 1) / options.processes);
  const usual = Math.max(1, Math.min(MAX_THREADS, share));
  return createRenderPool({
    script: findWorker('render'),
    maxThreads: () => options.configured() ?? usual,
    heapBytes: getHeapStatistics().heap_size_limit,
    idleMs: IDLE_MS,
  });
}
