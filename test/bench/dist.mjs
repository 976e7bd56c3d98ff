/** Finds the built package that is measured, and says which one it is. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const zxpBin = join(root, 'bin/zxp');

const ENTRY = join(root, 'dist/cli/main.js');

/** The version and commit of what is built. Throws where nothing is. */
export function requireDist() {
  if (!existsSync(ENTRY)) {
    throw Object.assign(new Error('there is no dist/, and that is what is measured'), { hint: 'npx tsc' });
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { version, commit: describeCommit(), isStale: isStale() };
}

/** A module of dist/ by its path in src/. */
export function importDist(path) {
  return import(new URL(`../../dist/${path}`, import.meta.url).href);
}

function describeCommit() {
  try {
    const args = ['describe', '--always', '--dirty'];
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** Whether a source file is newer than what was built from it, or was never built. */
function isStale() {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .some((name) => {
      const built = join(root, 'dist', name.replace(/\.ts$/, '.js'));
      return !existsSync(built) || statSync(built).mtimeMs < statSync(join(root, 'src', name)).mtimeMs;
    });
}
