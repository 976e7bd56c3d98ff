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
}
