import { toZxpError } from '../model/errors.js';
import { escapeControlsOfLines } from '../net/control-characters.js';
import { exitCodeOf } from './exit-code.js';

/** Says on stderr what went wrong, every problem with its place, line and hint, and gives the exit code. */
export async function reportError(stderr: NodeJS.WritableStream, thrown: unknown): Promise<number> {
  const error = toZxpError(thrown);
  // An upstream or a file may have a part in the texts.
  // How many problems a configuration has is seen below.
  if (error.code !== 'config' || error.problems.length === 0)
    stderr.write(`zxp: error: ${escapeControlsOfLines(error.message)}\n`);
  if (error.problems.length > 0) {
    const { reportFindings } = await import('./report-problems.js');
    await reportFindings(
      stderr,
      error.problems.map((problem) => ({ severity: 'error', problem })),
    );
  }
  if (error.hint !== undefined) stderr.write(`zxp: hint: ${escapeControlsOfLines(error.hint)}\n`);
  return exitCodeOf[error.code];
}
