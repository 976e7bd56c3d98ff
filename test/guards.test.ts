import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const GUARD = /^ *\/\/ Guard: (src\/\S+): (.+)$/gm;

/** Above a test stands the line of the product that it fails without: `Guard: FILE: LINE`. */
const guards = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .flatMap((name) => [...readFileSync(join(root, 'test', name), 'utf8').matchAll(GUARD)])
  .map(([, file = '', line = '']) => [file, line] as const);

test.each(guards)('%s has the line that a test says it fails without: %s', (file, line) => {
  const times = readFileSync(join(root, file), 'utf8').split(line).length - 1;
  expect(times).toBe(1);
});
