import { spawn } from 'node:child_process';
import { vi } from 'vitest';
import { environmentWithoutSettings, toCommand } from './program.js';

export interface ZxpProcess {
  /** Where it says that it listens; empty before it does. */
  readonly urls: readonly string[];
  readonly url: string;
  readonly pid: number;
  readonly stderr: string;
  /** Undefined while it runs, null where a signal ended it. */
  readonly exitCode: number | null | undefined;
  signal(name: NodeJS.Signals): void;
  untilLogged(text: string): Promise<void>;
  /** Waits for the end and gives the exit code. */
  untilExit(): Promise<number | null>;
  close(): Promise<void>;
}

const WAIT = { timeout: 15_000, interval: 20 };

/** Starts the daemon as a user does, on a free port of the loopback unless the arguments say otherwise. */
export async function startZxpProcess(...args: readonly string[]): Promise<ZxpProcess> {
  const listen = args.includes('--web.listen-address') ? [] : ['--web.listen-address', '127.0.0.1:0'];
  const zxp = spawnZxp([...args, ...listen]);
  await vi.waitUntil(() => zxp.urls.length > 0 || zxp.exitCode !== undefined, WAIT);
  if (zxp.exitCode !== undefined) throw new Error(`zxp did not start: ${zxp.stderr}`);
  return zxp;
}

/** Runs a command line to its end. */
export async function runZxp(...args: readonly string[]): Promise<{ exitCode: number | null; stderr: string }> {
  const zxp = spawnZxp(args);
  try {
    return { exitCode: await zxp.untilExit(), stderr: zxp.stderr };
  } finally {
    await zxp.close();
  }
}

function spawnZxp(args: readonly string[]): ZxpProcess {
  const [file, words] = toCommand(args);
  const child = spawn(file, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environmentWithoutSettings(),
  });
  let stderr = '';
  let exitCode: number | null | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // After 'close' all of stderr has been read, which 'exit' does not promise.
  child.once('close', (code) => {
    exitCode = code;
  });
  const findUrls = () => /listening="?(http[^"\n]*)"?\n/.exec(stderr)?.[1]?.split(' ') ?? [];
  const untilExit = async () => {
    await vi.waitUntil(() => exitCode !== undefined, WAIT);
    return exitCode ?? null;
  };
  return {
    get urls() {
      return findUrls();
    },
    get url() {
      return findUrls()[0] ?? '';
    },
    pid: child.pid ?? 0,
    get stderr() {
      return stderr;
    },
    get exitCode() {
      return exitCode;
    },
    signal: (name) => {
      child.kill(name);
    },
    untilLogged: async (text) => {
      await vi.waitUntil(() => stderr.includes(text), WAIT);
    },
    untilExit,
    close: async () => {
      if (exitCode === undefined) child.kill('SIGKILL');
      await untilExit();
    },
  };
}
