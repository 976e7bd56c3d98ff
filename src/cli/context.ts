import type { Channel } from '../model/ports.js';

/** A stream that may be a terminal. */
export type TerminalStream = NodeJS.WritableStream & { readonly columns?: number; readonly isTTY?: boolean };

/** What a command gets from the outside world. Only `main.ts` fills it from `process`. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  /** Of this process. */
  readonly pid: number;
  readonly version: string;
  readonly nodeVersion: string;
  /** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly stopped: () => Promise<void>;
  /** Calls back at every SIGHUP. */
  readonly onHangup: (listener: () => void) => void;
  /** The process that started this one as one of several workers; undefined where none did. */
  readonly primary?: Primary | undefined;
}

/** The process that handles signals and listens for all workers. */
export interface Primary extends Channel {
  /** The number of this worker, from 1 on. */
  readonly workerId: number;
  /** Closes the channel, which ends this process. */
  leave(): void;
}
