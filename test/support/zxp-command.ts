import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Transcript } from './command-line.js';
import { eventually } from './eventually.js';
import { environmentWithoutSettings, toCommand } from './program.js';

const WAIT_MS = 15_000;

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Waits until something was written to standard output or standard error. */
  untilSaid(text: string): Promise<void>;
  /** Waits for the end. The exit code is -1 where a signal ended it. */
  untilEnd(): Promise<Transcript>;
  close(): Promise<void>;
}

export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly stdin?: string;
  readonly stdio?: StdioOptions;
}

/** Starts the real program in a process of its own. */
export function startZxpCommand(argv: readonly string[], surroundings: Surroundings = {}): RunningCommand {
  const { folder, stdin, environment, stdio = 'pipe' } = surroundings;
  const [file, args] = toCommand(argv);
  const child = spawn(file, args, {
    stdio,
    env: { ...environmentWithoutSettings(), ...environment },
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  const said = { stdout: '', stderr: '' };
  let exitCode: number | undefined;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  child.once('close', (code) => {
    exitCode = code ?? -1;
  });
  child.stdin?.end(stdin ?? '');
  const isOver = () => exitCode !== undefined;
  const untilEnd = async () => {
    await eventually(`the end of zxp ${argv.join(' ')}`, isOver, WAIT_MS);
    return { exitCode: exitCode ?? -1, ...said };
  };
  return {
    child,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    untilSaid: async (text) => {
      const isSaid = () => said.stdout.includes(text) || said.stderr.includes(text);
      await eventually(`zxp says ${text}`, () => isSaid() || isOver(), WAIT_MS);
      if (!isSaid()) throw new Error(`zxp ended with ${exitCode}: ${said.stdout}${said.stderr}`);
    },
    untilEnd,
    close: async () => {
      if (!isOver()) child.kill('SIGKILL');
      await untilEnd();
    },
  };
}

/** Runs the real program to its end. */
export async function runZxpCommand(argv: readonly string[], surroundings?: Surroundings): Promise<Transcript> {
  const command = startZxpCommand(argv, surroundings);
  try {
    return await command.untilEnd();
  } finally {
    await command.close();
  }
}
