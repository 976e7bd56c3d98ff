import type { Channel } from '../model/ports.js';

/** What a command gets from the outside world. Only `main.ts` fills it from `process`. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number };
  readonly stderr: NodeJS.WritableStream;
  readonly version: string;
  readonly nodeVersion: string;
  /** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly stopped: () => Promise<void>;
  /** Calls back at every SIGHUP. */
  readonly onHangup: (listener: () => void) => void;
  /** The process that started this one as one of several workers; undefined where none did. */
  readonly primary?: Primary | undefined;
}

/** The way to the process that hears signals, logs and answers for all workers. */
export interface Primary extends Channel {
  /** Which of the places this worker has, from 1 on. */
  readonly slot: number;
  /** Closes the way, which ends this process. */
  leave(): void;
}
