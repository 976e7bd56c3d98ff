/** Bundles TypeScript entries and every package that they need into one flat folder of CommonJS modules. */
import { readdirSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** How every bundle is made, whatever it becomes: a warning of the bundler fails the build. */
export const bundlerOptions = {
  cwd: root,
  platform: 'node',
  // Types are checked apart; an image is built without that file.
  tsconfig: false,
  // A YAML file of the sources is its text.
  moduleTypes: { '.yml': 'text' },
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  // A slow machine is no fault of the code's.
  checks: { bundlerTimings: false },
  onLog: (level, { message }) => {
    if (level === 'warn') throw new Error(message);
  },
};

/** Keeps licences, and leaves the code readable. */
export const keptComments = { legal: true, annotation: false, jsdoc: false };

/**
 * Writes FOLDER/NAME.js for each of `entries` (name -> path in the repository), and beside them the chunks that they
 * share or load later. Not minified, so that stack traces can be read without maps. The same input gives the same
 * bytes. Throws on any warning of the bundler's, and where something would have to be there at run time.
 *
 * CommonJS starts faster: to give an ES module `node:http`, Node reads every property of it, and with `http.WebSocket`
 * loads an HTTP client of its own that takes 20 ms and 13 MB.
 */
export async function bundle(entries, folder) {
  const build = await rolldown({
    input: entries,
    ...bundlerOptions,
  });
  const { output } = await build.write({
    dir: folder,
    cleanDir: true,
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: keptComments,
  });
  await build.close();
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  const files = new Set(output.map(({ fileName }) => fileName));
  for (const { fileName, imports, dynamicImports } of output) {
    const missing = [...imports, ...dynamicImports].find((name) => !files.has(name) && !isBuiltin(name));
    if (missing !== undefined) throw new Error(`${fileName} imports ${missing}, which is not in the bundle`);
  }
  return output;
}

/** What runs in browsers: src/ui/NAME.ts becomes dist/NAME-ui.js, one script each. */
export const uiScripts = { 'playground-ui': 'src/ui/playground.ts' };

/** Writes FOLDER/NAME.js for each of `uiScripts`: one file, small, for browsers. */
export async function bundleUi(folder) {
  for (const [name, entry] of Object.entries(uiScripts)) {
    const build = await rolldown({ input: { [name]: entry }, ...bundlerOptions, platform: 'browser' });
    const file = join(folder, `${name}.js`);
    await build.write({ file, format: 'iife', minify: true, codeSplitting: false });
    await build.close();
  }
}

/** A script of its own for each worker thread: src/workers/entries/NAME.ts becomes dist/NAME-worker.js. */
export function findWorkers() {
  const folder = 'src/workers/entries';
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'));
  return Object.fromEntries(names.sort().map((name) => [name.replace(/\.ts$/, '-worker'), `${folder}/${name}`]));
}
