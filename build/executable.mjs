/**
 * `node build/executable.mjs FILE NODE`: makes FILE, one executable with zxp and the node program NODE in it (Node's
 * single executable applications). The node that runs this must be NODE. Linux only.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { inject } from 'postject';
import { rolldown } from 'rolldown';
import { bundlerOptions, bundleUi, findWorkers, keptComments, uiScripts } from './bundle.mjs';

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const [, , file, node] = process.argv;
if (file === undefined || node === undefined) throw new Error('usage: node build/executable.mjs FILE NODE');
await buildExecutable(resolve(file), resolve(node));

async function buildExecutable(target, nodeProgram) {
  const folder = mkdtempSync(join(tmpdir(), 'zxp-executable-'));
  try {
    const main = await bundleWhole('src/cli/main.ts', { file: join(folder, 'zxp.cjs'), format: 'cjs' });
    const assets = {};
    for (const [name, entry] of Object.entries(findWorkers())) {
      assets[`${name}.mjs`] = await bundleWhole(entry, { file: join(folder, `${name}.mjs`), format: 'esm' });
    }
    await bundleUi(folder);
    for (const name of Object.keys(uiScripts)) assets[`${name}.js`] = join(folder, `${name}.js`);
    const blob = join(folder, 'zxp.blob');
    const config = join(folder, 'sea.json');
    const options = {
      main,
      output: blob,
      assets,
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      useCodeCache: true,
    };
    writeFileSync(config, JSON.stringify(options));
    execFileSync(nodeProgram, ['--experimental-sea-config', config], { stdio: 'pipe' });
    copyFileSync(nodeProgram, target);
    chmodSync(target, 0o755);
    await inject(target, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One file with everything that the entry needs; what it loads later is in it as well. */
async function bundleWhole(entry, output) {
  const build = await rolldown({
    input: { [basename(output.file)]: entry },
    ...bundlerOptions,
  });
  await build.write({ ...output, codeSplitting: false, comments: keptComments });
  await build.close();
  // A worker comes from a data URL, which createRequire does not take as the place to start from; what it requires is
  // Node's own, and found from anywhere.
  const code = readFileSync(output.file, 'utf8');
  writeFileSync(output.file, code.replaceAll('createRequire(import.meta.url)', "createRequire('file:///')"));
  return output.file;
}
