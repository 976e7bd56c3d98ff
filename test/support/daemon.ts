import { type ChildProcess, spawn } from 'node:child_process';
import { startExporter } from '../../src/app/exporter.js';
import { loadAccessPolicy, loadSettings } from '../../src/cli/settings-source.js';
import { type Problem, ZxpError } from '../../src/model/errors.js';
import type { Logger } from '../../src/model/ports.js';
import { createContext } from './cli-context.js';
import { eventually } from './eventually.js';
import { environmentWithoutSettings, toCommand } from './program.js';
import { recordTo } from './recording-logger.js';

/** Settings by the names of their flags. */
export type Flags = Readonly<Record<string, string | readonly string[]>>;

export interface DaemonOptions {
  readonly flags: Flags;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the daemon in this process alone: where it logs to, in place of `logged`. */
  readonly logger?: Logger;
  /** Of the daemon in this process alone: how often files are looked at; the built program has its own interval. */
  readonly watchIntervalMs?: number;
}

/** A daemon with real sockets: `startExporter` in this process, or the built program in a process of its own. */
export interface Daemon {
  readonly urls: readonly string[];
  readonly healthUrl: string | undefined;
  /** Log lines as level, message and fields as JSON. */
  readonly logged: readonly string[];
  /** What SIGHUP does. Rejects with what is wrong. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Whether daemons are the built program: `test/system/` runs these test files a second time like that. */
export const runsBuiltProgram = process.env.TEST_PROGRAM === 'built';

const WAIT_MS = 15_000;

/** Throws `config` or `listen` where it does not start. */
export function startDaemon(options: DaemonOptions): Promise<Daemon> {
  return runsBuiltProgram ? startBuiltProgram(options) : startInThisProcess(options);
}

async function startInThisProcess(options: DaemonOptions): Promise<Daemon> {
  const { flags, environment = {}, watchIntervalMs } = options;
  const logged: string[] = [];
  const context = createContext(environment);
  const values = new Map(Object.entries(flags).map(([name, value]) => [name, [value].flat()]));
  const load = () => loadSettings(context, { values, problems: [], words: [] });
  const exporter = await startExporter({
    configuration: await load(),
    load,
    loadAccessPolicy: (settings) => loadAccessPolicy(context, settings),
    logger: options.logger ?? recordTo(logged),
    version: '0.0.0-test',
    nodeVersion: process.version,
    environment,
    ...(watchIntervalMs === undefined ? {} : { watchIntervalMs }),
  });
  const { urls, healthUrl, reload, close } = exporter;
  return { urls, healthUrl, logged, reload, close };
}

/** The program of `npm run build`, in a process of its own. Its log is JSON, unless the flags name a format. */
async function startBuiltProgram({ flags, environment = {} }: DaemonOptions): Promise<Daemon> {
  const all: Flags = { 'log.format': 'json', ...flags };
  const argv = Object.entries(all).flatMap(([name, value]) => [value].flat().map((each) => `--${name}=${each}`));
  const [file, args] = toCommand(argv);
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...environmentWithoutSettings(), ...environment },
  });
  let stderr = '';
  let isOver = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.once('close', () => {
    isOver = true;
  });
  const records = () => readLog(stderr);
  const started = () => records().find(({ fields }) => typeof fields.listening === 'string');
  await eventually('the program listens or ends', () => isOver || started() !== undefined, WAIT_MS);
  const facts = started()?.fields;
  if (facts === undefined) throw toStartError(stderr, child.exitCode);
  return {
    urls: String(facts.listening).split(' '),
    healthUrl: typeof facts.health === 'string' ? facts.health : undefined,
    get logged() {
      return records().map(({ level, message, fields }) => `${level} ${message} ${JSON.stringify(fields)}`);
    },
    reload: () => reloadProgram(child, () => stderr.split('\n')),
    close: async () => {
      child.kill('SIGTERM');
      await eventually('the program ends', () => isOver, WAIT_MS).catch((cause: unknown) => {
        child.kill('SIGKILL');
        throw cause;
      });
    },
  };
}

async function reloadProgram(child: ChildProcess, lines: () => readonly string[]): Promise<void> {
  const outcomes = () => lines().filter((line) => /"msg":"configuration (not )?reloaded/.test(line));
  const before = outcomes().length;
  child.kill('SIGHUP');
  await eventually('the reload is logged', () => outcomes().length > before, WAIT_MS);
  const last = outcomes().at(-1) ?? '';
  if (/not reloaded/.test(last)) throw new ZxpError('config', last);
}

interface LogRecord {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function readLog(text: string): readonly LogRecord[] {
  return text.split('\n').flatMap((line): LogRecord[] => {
    try {
      const { ts: _time, level, msg, ...fields } = JSON.parse(line);
      return [{ level: String(level), message: String(msg), fields }];
    } catch {
      return [];
    }
  });
}

/** What `zxp: error:` lines say, as the error that the daemon in this process throws. */
function toStartError(stderr: string, exitCode: number | null): ZxpError {
  const problems = [...stderr.matchAll(/^zxp: error: (.*)(?:\nzxp: hint: (.*))?$/gm)].map(
    ([, message = '', hint]): Problem => ({ where: '', message, ...(hint === undefined ? {} : { hint }) }),
  );
  return new ZxpError(exitCode === 2 ? 'config' : 'listen', stderr, { problems });
}
