import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Bundles one entry into a folder of its own: the one of `npm run build` is in use by other tests. */
async function bundle(entry: string): Promise<Readonly<Record<string, string>>> {
  const folder = forThisTest(makeTemporaryFolder()).path;
  const script = `import { bundle } from './build/bundle.mjs'; await bundle({ entry: process.argv[1] }, process.argv[2]);`;
  await run(process.execPath, ['--input-type=module', '--eval', script, '--', entry, folder], { cwd: root });
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

test('the same source gives the same bytes', async () => {
  const files = await bundle('src/cli/main.ts');
  expect(Object.keys(files).length).toBeGreaterThan(10);
  expect(await bundle('src/cli/main.ts')).toEqual(files);
});

test('the schemas are compiled in it, and ajv is not there', async () => {
  const files = await bundle('src/translate/zot/document.ts');
  const text = Object.values(files).join('');
  expect(text).toContain('must have required property');
  expect(text).not.toMatch(/node_modules\/ajv\/dist\/(core|compile)/);
  expect(text.length).toBeLessThan(200_000);
});

test.each([
  ['a package that is not there', "import 'no-such-package';\n", 'no-such-package'],
  [
    'what a module does not have',
    `import { NoSuchThing } from '${root}src/model/errors.ts';\nconsole.log(NoSuchThing);\n`,
    'NoSuchThing',
  ],
])('an import of %s fails the build', async (_what, text, named) => {
  const folder = forThisTest(makeTemporaryFolder());
  const entry = folder.write('entry.ts', text);
  await expect(bundle(entry)).rejects.toThrow(named);
});
