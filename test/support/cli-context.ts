import type { CliContext } from '../../src/cli/context.js';
import { MemoryStream } from './memory-stream.js';

/** The outside world of a command that writes nothing of interest and is never stopped. */
export function createContext(environment: CliContext['environment'] = {}): CliContext {
  return {
    environment,
    stdin: process.stdin,
    stdout: new MemoryStream(),
    stderr: new MemoryStream(),
    pid: 1,
    version: '0.0.0-test',
    nodeVersion: process.version,
    stopped: () => new Promise<void>(() => undefined),
    onHangup: () => undefined,
  };
}
