import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/** Skips the test where a program is not on the PATH; fails it where everything must run. */
export function requireTools(context: TestContext, names: readonly string[]): void {
  const missing = names.filter((name) => !isOnPath(name));
  if (missing.length === 0) return;
  const note = `not on the PATH: ${missing.join(', ')}`;
  if (process.env.TESTS_REQUIRE_ALL === '1') throw new Error(note);
  context.skip(note);
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
}
