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
  return !isOnPath(program) && !mustBeThere;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
