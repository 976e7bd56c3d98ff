import { type Problem, toZxpError } from '../model/errors.js';
import { exitCodeOf } from './exit-code.js';

/** Says on stderr what went wrong, every problem with its place and hint, and gives the exit code. */
export function reportError(stderr: NodeJS.WritableStream, thrown: unknown): number {
  const error = toZxpError(thrown);
  stderr.write(`zxp: error: ${error.message}\n`);
  for (const { where, message, hint } of error.problems) {
    stderr.write(`zxp: error: ${where}: ${message}\n`);
    if (hint !== undefined) stderr.write(`zxp: hint: ${hint}\n`);
  }
  if (error.hint !== undefined) stderr.write(`zxp: hint: ${error.hint}\n`);
  return exitCodeOf[error.code];
}

/** Says on stderr what is not as it might be. */
export function reportWarnings(stderr: NodeJS.WritableStream, warnings: readonly Problem[]): void {
  for (const { where, message, hint } of warnings) {
    stderr.write(`zxp: warning: ${where}: ${message}\n`);
    if (hint !== undefined) stderr.write(`zxp: hint: ${hint}\n`);
  }
}
