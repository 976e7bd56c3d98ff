import type { Command } from 'commander';
import type { CliContext } from './context.js';

/** What a command needs to be added: the program, the outside world, and where its exit code goes. */
export interface Cli {
  readonly program: Command;
  readonly context: CliContext;
  /** Runs a command's work and keeps its exit code. */
  readonly run: (work: () => Promise<number>) => Promise<void>;
}
