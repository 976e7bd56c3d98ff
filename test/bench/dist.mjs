/** Finds the built package that is measured, says which one it is, and finds the parts that are measured alone. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const zxpBin = join(root, 'bin/zxp');

const ENTRY = join(root, 'dist/zxp.js');
export const productFolder = new URL('.product/', import.meta.url);

/** The version and commit of what is built. Throws where nothing is. */
export function requireDist() {
  if (!existsSync(ENTRY)) {
    throw Object.assign(new Error('there is no dist/, and that is what is measured'), { hint: 'npm run build' });
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { version, commit: describeCommit(), isStale: isStale() };
}

/** What `product.ts` exports, as buildProduct made it. */
export function importProduct() {
  return import(new URL('product.js', productFolder).href);
}

function describeCommit() {
  try {
    const args = ['describe', '--always', '--dirty'];
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** Whether a source file is newer than what was built. */
function isStale() {
  const builtMs = statSync(ENTRY).mtimeMs;
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .some((name) => statSync(join(root, 'src', name)).mtimeMs > builtMs);
}
