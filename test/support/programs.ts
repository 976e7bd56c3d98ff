import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';

const mustBeThere = process.env.ZXP_REQUIRE_SHELLS === '1' || process.env.TESTS_REQUIRE_ALL === '1';

/**
 * `test`, for one that needs a program of the machine. Without the program it is skipped, and its title says why; it
 * fails all the same where ZXP_REQUIRE_SHELLS=1 or TESTS_REQUIRE_ALL=1.
 */
export function testWith(program: string, title: string, run: () => Promise<void> | void): void {
  if (isLeftOut(program)) test.skip(`${title} (there is no ${program} on the PATH)`, run);
  else test(title, run);
}

/** Whether tests with this program are skipped: it is not there, and need not be. */
export function isLeftOut(program: string): boolean {
  return findProgram(program) === undefined && !mustBeThere;
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
