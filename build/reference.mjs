/**
 * `npm run reference`: writes what follows from the settings table and the readers of files: the table of settings in
 * docs/configuration.md, the JSON Schemas of schema/, and the configuration in the chart's values.schema.json.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

const { listGeneratedFiles } = await loadSource('src/config/reference.ts');
const generated = listGeneratedFiles();
for (const { path, render } of generated) {
  const file = join(root, path);
  writeFileSync(file, render(existsSync(file) ? readFileSync(file, 'utf8') : ''));
}

const json = generated.map(({ path }) => path).filter((path) => path.endsWith('.json'));
execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', ...json], { cwd: root, stdio: 'ignore' });

/** A module of src/, which is TypeScript. */
async function loadSource(path) {
  const build = await rolldown({ input: join(root, path), platform: 'node', checks: { bundlerTimings: false } });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false });
  await build.close();
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}
