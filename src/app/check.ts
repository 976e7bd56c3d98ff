import type { Configuration } from '../config/load.js';
import { findFileProblems } from '../config/named-files.js';
import { type Problem, toZxpError } from '../model/errors.js';
import { findLogProblems } from './log.js';
import { createRuntime } from './runtime.js';

export interface CheckOptions {
  readonly configuration: Configuration;
  /** What is known to be wrong with it: modules and access control have been looked at then. */
  readonly problems: readonly Problem[];
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the configuration may be about access control alone. */
  readonly isSourceGiven: boolean;
}

/** Finds what a start would refuse or warn about, and opens nothing. Every file that a start reads is read. */
export async function checkConfiguration(
  options: CheckOptions,
): Promise<{ readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }> {
  const { configuration } = options;
  const log = await findLogProblems(configuration.log);
  if (options.problems.length > 0) {
    const files = await findFileProblems(configuration.file.namedFiles);
    return { problems: [...options.problems, ...files, ...log], warnings: configuration.warnings };
  }
  try {
    const runtime = await createRuntime({ ...options, hasAccessControl: true, refusesUnreadableFiles: true });
    await runtime.close();
    return { problems: log, warnings: runtime.warnings };
  } catch (thrown) {
    const error = toZxpError(thrown);
    if (error.code !== 'config') throw error;
    return { problems: [...error.problems, ...log], warnings: configuration.warnings };
  }
}
