import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';

/** Whether this run has Debian's packages and the built program: `npm run test:system` and `npm run test:deploy`. */
export const isSystemSuite = process.env.TEST_SUITE === 'system';

/** `test`, for one that needs a program of the machine: it belongs to the system suite, and fails there without it. */
export function testWith(program: string, title: string, run: () => Promise<void> | void): void {
  if (!isSystemSuite) return;
  test(title, async () => {
    if (findProgram(program) === undefined) throw new Error(`${program} is not on the PATH`);
    await run();
  });
}

/** The cases of a test that needs programs of the machine: none outside of the system suite. */
export function casesForSystem<T>(cases: readonly T[]): readonly T[] {
  return isSystemSuite ? cases : [];
}

/** Where the PATH has the program; undefined where it does not. */
export function findProgram(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
