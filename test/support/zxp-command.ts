import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Transcript } from './command-line.js';
import { eventually } from './eventually.js';

/** The program as a user has it; `npm run build` makes what it loads. */
export const zxpPath = fileURLToPath(new URL('../../bin/zxp', import.meta.url));
const built = fileURLToPath(new URL('../../dist/zxp.js', import.meta.url));
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
  if (!existsSync(built)) throw new Error('dist/ is missing: npm run build');
  const { folder, stdin, environment, stdio = 'pipe' } = surroundings;
  const child = spawn(process.execPath, [zxpPath, ...argv], {
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

/** The environment without zxp's own variables: one that it does not know would refuse the start. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZXP_')));
}
