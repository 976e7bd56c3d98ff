import { Readable } from 'node:stream';
import type { CliContext } from '../../src/cli/context.js';
import { runProgram } from '../../src/cli/program.js';
import { MemoryStream } from './memory-stream.js';

/** What a user sees of one command line. */
export interface Transcript {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly environment?: Readonly<Record<string, string>>;
  /** What standard input has. */
  readonly stdin?: string;
  /** Of the terminal; without it, standard output is none. */
  readonly columns?: number;
  /** Whether standard output is a terminal, without a width. */
  readonly isTerminal?: boolean;
}

/** Runs the program in this process, with nothing of the real environment. It may not wait for a signal. */
export async function runCommandLine(argv: readonly string[], world: World = {}): Promise<Transcript> {
  const stdout = Object.assign(new MemoryStream(), world.isTerminal === true ? { isTTY: true } : {});
  const stderr = new MemoryStream();
  const { columns } = world;
  const context: CliContext = {
    environment: world.environment ?? {},
    stdin: Readable.from([Buffer.from(world.stdin ?? '')]),
    stdout: columns === undefined ? stdout : Object.assign(stdout, { columns }),
    stderr,
    pid: 1,
    version: '1.2.3',
    nodeVersion: 'v20.0.0',
    stopped: () => Promise.resolve(),
    onHangup: () => undefined,
  };
  const exitCode = await runProgram(argv, context);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
