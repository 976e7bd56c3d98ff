import { onTestFinished } from 'vitest';

/** Gives the resource back, and closes it when the running test is over: the last one opened is the first one closed. */
export function forThisTest<T extends { close(): Promise<void> | void }>(resource: T): T {
  onTestFinished(() => resource.close());
  return resource;
}
