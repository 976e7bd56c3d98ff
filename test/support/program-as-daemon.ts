import { type Problem, ZxpError } from '../../src/model/errors.js';
import { type BuiltProgram, startBuilt } from './built-program.js';
import type { Flags, RunningDaemon } from './daemon.js';
import { eventually } from './eventually.js';
import { makeTemporaryFolder } from './temporary-folder.js';

const WAIT_MS = 15_000;

/** The program of `npm run build`, in a process of its own. Its log is JSON, unless the flags name a format. */
export async function startProgramAsDaemon({
  flags,
  environment = {},
}: {
  readonly flags: Flags;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}): Promise<RunningDaemon> {
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
