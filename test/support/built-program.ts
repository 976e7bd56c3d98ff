import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Transcript } from './command-line.js';
import { eventually } from './eventually.js';

/** The program as a user of the npm package has it; `npm run build` makes what it loads. */
export const programPath = fileURLToPath(new URL('../../bin/zxp', import.meta.url));
const built = fileURLToPath(new URL('../../dist/zxp.js', import.meta.url));
const executable = process.env.TEST_EXECUTABLE;

const WAIT_MS = 15_000;

/** The built program in a process of its own. */
export interface BuiltProgram {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined while it runs, -1 where a signal ended it. */
  readonly exitCode: number | undefined;
  /** Where it says that it listens; empty before it does. */
  readonly urls: readonly string[];
  readonly url: string;
  signal(name: NodeJS.Signals): void;
  /** From now on nobody reads its standard error. */
  dropStderr(): void;
  /** Waits until something was written to standard output or standard error. */
  untilSaid(text: string): Promise<void>;
  /** Waits for the end. */
  untilEnd(): Promise<Transcript>;
  /** Kills it where it runs. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly folder?: string;
  readonly stdin?: string;
  readonly stdio?: StdioOptions;
  /** A file for standard error: what was written before a response is in it by then, and may not be in a pipe. */
  readonly stderrFile?: string;
}

/** Starts a command line of the built program. */
export function startBuilt(argv: readonly string[], surroundings: Surroundings = {}): BuiltProgram {
  const { folder, stdin, environment, stderrFile } = surroundings;
  const descriptor = stderrFile === undefined ? undefined : openSync(stderrFile, 'a');
  const [file, args] = toCommand(argv);
  const child = spawn(file, args, {
    stdio: surroundings.stdio ?? ['pipe', 'pipe', descriptor ?? 'pipe'],
    env: { ...environmentWithoutSettings(), ...environment },
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  if (descriptor !== undefined) closeSync(descriptor);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  let exitCode: number | undefined;
  // After 'close' all output has been read, which 'exit' does not promise.
  child.once('close', (code) => {
    if (stderrFile !== undefined) said.stderr = readFileSync(stderrFile, 'utf8');
    exitCode = code ?? -1;
  });
  child.stdin?.end(stdin ?? '');
  const isOver = () => exitCode !== undefined;
  const readStderr = () => (stderrFile === undefined || isOver() ? said.stderr : readFileSync(stderrFile, 'utf8'));
  const untilEnd = async () => {
    await eventually(`the end of zxp ${argv.join(' ')}`, isOver, WAIT_MS);
    return { exitCode: exitCode ?? -1, ...said };
  };
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return readStderr();
    },
    get exitCode() {
      return exitCode;
    },
    get urls() {
      return findUrls(readStderr());
    },
    get url() {
      return findUrls(readStderr())[0] ?? '';
    },
    signal: (name) => {
      child.kill(name);
    },
    dropStderr: () => {
      child.stderr?.destroy();
    },
    untilSaid: async (text) => {
      const isSaid = () => said.stdout.includes(text) || readStderr().includes(text);
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

/** Runs a command line of the built program to its end. */
export async function runBuilt(argv: readonly string[], surroundings?: Surroundings): Promise<Transcript> {
  const program = startBuilt(argv, surroundings);
  try {
    return await program.untilEnd();
  } finally {
    await program.close();
  }
}

/** Starts the daemon as a user does, and waits until it listens: on a free port of the loopback, unless said otherwise. */
export async function startBuiltDaemon(...args: readonly string[]): Promise<BuiltProgram> {
  const listen = args.includes('--web.listen-address') ? [] : ['--web.listen-address', '127.0.0.1:0'];
  const program = startBuilt([...args, ...listen]);
  await eventually('zxp listens or ends', () => program.urls.length > 0 || program.exitCode !== undefined, WAIT_MS);
  if (program.exitCode !== undefined) throw new Error(`zxp did not start: ${program.stderr}`);
  return program;
}

/** What to spawn for a command line of zxp: the built program, or the single executable that TEST_EXECUTABLE names. */
function toCommand(argv: readonly string[]): readonly [file: string, args: readonly string[]] {
  if (executable !== undefined) return [executable, argv];
  if (!existsSync(built)) throw new Error('dist/ is missing: npm run build');
  return [process.execPath, [programPath, ...argv]];
}

/** The environment without zxp's own variables: one that it does not know would refuse the start. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZXP_')));
}

/** Of the log in text or in JSON, once the whole value is there. */
function findUrls(log: string): readonly string[] {
  const [, quoted, plain] = /listening(?:=|":)(?:"(http[^"\n]*)"|(http\S*)\s)/.exec(log) ?? [];
  return (quoted ?? plain)?.split(' ') ?? [];
}
