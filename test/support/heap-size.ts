import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The bytes of this process' heap that are in use once all garbage is gone. */
export function measureHeap(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  if (typeof collectGarbage !== 'function') throw new Error('this node cannot be told to collect garbage');
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
