import packageJson from '../../package.json' with { type: 'json' };
import { startExporter } from '../../src/app/exporter.js';
import { loadAccessPolicy, loadSettings } from '../../src/cli/settings-source.js';
import { type Problem, ZxpError } from '../../src/model/errors.js';
import type { Logger } from '../../src/model/ports.js';
import { type BuiltProgram, startBuilt } from './built-program.js';
import { createContext } from './cli-context.js';
import { eventually } from './eventually.js';
import { recordTo } from './recording-logger.js';
import { makeTemporaryFolder } from './temporary-folder.js';

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

/** Of long tables, the rows for this daemon: a fifth for the built program, as a process for each row takes its time. */
export function sampleRows<Row>(rows: readonly Row[]): readonly Row[] {
  return runsBuiltProgram ? rows.filter((_, i) => i % 5 === 0) : rows;
}

/** What a daemon says that it is. */
export const daemonVersion = process.env.TEST_PROGRAM === 'built' ? packageJson.version : '0.0.0-test';

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
    version: daemonVersion,
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
  const argv = Object.entries(all).flatMap(([name, value]) => [value].flat().map((each) => toFlag(name, each)));
  const folder = makeTemporaryFolder();
  const program = startBuilt(argv, { environment, stderrFile: folder.write('stderr', '') });
  const records = () => readLog(program.stderr);
  const started = () => records().find(({ fields }) => typeof fields.listening === 'string');
  const isOver = () => program.exitCode !== undefined;
  const close = async () => {
    await program.close();
    folder.close();
  };
  await eventually('the program listens or ends', () => isOver() || started() !== undefined, WAIT_MS).catch(
    async (thrown: unknown) => {
      await close();
      throw thrown;
    },
  );
  const facts = started()?.fields;
  if (facts === undefined) {
    await close();
    throw toStartError(program.stderr, program.exitCode);
  }
  return {
    urls: String(facts.listening).split(' '),
    healthUrl: typeof facts.health === 'string' ? facts.health : undefined,
    get logged() {
      return records().map(({ level, message, fields }) => `${level} ${message} ${JSON.stringify(fields)}`);
    },
    reload: () => reloadProgram(program, records),
    close: async () => {
      program.signal('SIGTERM');
      await program.untilEnd().finally(close);
    },
  };
}

/** Flags that are on or off take no value. */
function toFlag(name: string, value: string): string {
  if (value === 'true' || value === 'false') return value === 'true' ? `--${name}` : `--no-${name}`;
  return `--${name}=${value}`;
}

async function reloadProgram(program: BuiltProgram, records: () => readonly LogRecord[]): Promise<void> {
  const before = records().length;
  const logged = () => records().slice(before);
  const isOutcome = ({ message }: LogRecord) => /^configuration (not )?reloaded/.test(message);
  program.signal('SIGHUP');
  await eventually('the reload is logged', () => logged().some(isOutcome), WAIT_MS);
  const outcome = logged().find(isOutcome);
  if (outcome?.level !== 'error') return;
  const cause = readCause(outcome);
  const count = /has (one|\d+) problems?$/.exec(cause)?.[1] ?? '0';
  const problems = () => logged().slice(logged().findIndex(isOutcome) + 1);
  await eventually(
    'every problem is logged',
    () => problems().length >= (count === 'one' ? 1 : Number(count)),
    WAIT_MS,
  );
  throw new ZxpError('config', `${cause}; keeping the previous configuration`, { problems: problems().map(toProblem) });
}

function readCause({ fields: { cause } }: LogRecord): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
}

function toProblem({ message, fields: { where, hint } }: LogRecord): Problem {
  return { where: String(where), message, ...(typeof hint === 'string' ? { hint } : {}) };
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
function toStartError(stderr: string, exitCode: number | undefined): ZxpError {
  const problems = [...stderr.matchAll(/^zxp: error: (.*)(?:\n +\d* \|.*)*(?:\nzxp: hint: (.*))?$/gm)].map(
    ([, said = '', hint]): Problem => {
      const [, where = '', message = said] = /^((?:\S+:\d+(?::\d+)?: )?[^\s:]+): (.*)$/.exec(said) ?? [];
      return { where, message, ...(hint === undefined ? {} : { hint }) };
    },
  );
  return new ZxpError(exitCode === 2 ? 'config' : 'listen', stderr, { problems });
}
