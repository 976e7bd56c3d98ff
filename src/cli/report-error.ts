import { toZxpError } from '../model/errors.js';
import { escapeControls } from '../net/control-characters.js';
import { exitCodeOf } from './exit-code.js';

/** Says on stderr what went wrong, every problem with its place, line and hint, and gives the exit code. */
export async function reportError(stderr: NodeJS.WritableStream, thrown: unknown): Promise<number> {
  const error = toZxpError(thrown);
  // How many problems a configuration has is seen below.
  if (error.code !== 'config' || error.problems.length === 0)
    stderr.write(`zxp: error: ${toTerminal(error.message)}\n`);
  if (error.problems.length > 0) {
    const { reportFindings } = await import('./report-problems.js');
    await reportFindings(
      stderr,
      error.problems.map((problem) => ({ severity: 'error', problem })),
    );
  }
  if (error.hint !== undefined) stderr.write(`zxp: hint: ${toTerminal(error.hint)}\n`);
  return exitCodeOf[error.code];
}

/** An upstream may have a part in it: nothing but the ends of lines acts on a terminal. */
function toTerminal(text: string): string {
  return text.split('\n').map(escapeControls).join('\n');
}
