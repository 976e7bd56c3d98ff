import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The program as a user of the npm package has it; `npm run build` makes what it loads. */
export const programPath = fileURLToPath(new URL('../../bin/zxp', import.meta.url));
const built = fileURLToPath(new URL('../../dist/zxp.js', import.meta.url));
const executable = process.env.TEST_EXECUTABLE;

/** What to spawn for a command line of zxp: the built program, or the single executable that TEST_EXECUTABLE names. */
export function toCommand(argv: readonly string[]): readonly [file: string, args: readonly string[]] {
  if (executable !== undefined) return [executable, argv];
  if (!existsSync(built)) throw new Error('dist/ is missing: npm run build');
  return [process.execPath, [programPath, ...argv]];
}

/** The environment without zxp's own variables: one that it does not know would refuse the start. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZXP_')));
}
