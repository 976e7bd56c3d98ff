import { Command, CommanderError } from 'commander';
import { findNearest } from '../config/nearest.js';
import { maskUserinfo } from '../net/masking.js';
import type { Cli } from './cli.js';
import { addAgentCommand } from './commands/agent.js';
import { addCheckCommand } from './commands/check.js';
import { addCompletionCommand } from './commands/completion.js';
import { addConfigCommand } from './commands/config.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addHashPasswordCommand } from './commands/hash-password.js';
import { addHealthCommand } from './commands/health.js';
import { addHelpCommand } from './commands/help.js';
import { addInferCommand } from './commands/infer.js';
import { addModulesCommand } from './commands/modules.js';
import { addPlaygroundCommand } from './commands/playground.js';
import { addProxyCommand } from './commands/proxy.js';
import { addScrapeCommand } from './commands/scrape.js';
import { addServeCommand } from './commands/serve.js';
import { addTestCommand } from './commands/test.js';
import { COMPLETION_WORD } from './completion-word.js';
import type { CliContext } from './context.js';
import { helpStyle, introduce, listFlags, toHelpWidth } from './help.js';
import { refuseRepeatedFlags } from './repeated-flags.js';
import { reportError } from './report-error.js';

/** Runs one command line, without the program's name, and gives the exit code. Never rejects. */
export async function runProgram(argv: readonly string[], context: CliContext): Promise<number> {
  if (argv[0] === COMPLETION_WORD) {
    const { completeNames } = await import('./complete-names.js');
    return completeNames(argv.slice(1), context);
  }
  let exitCode = 0;
  const program = createProgram(context, async (work) => {
    exitCode = await work();
  });
  try {
    await program.parseAsync(argv[0] === '-v' ? ['--version', ...argv.slice(1)] : argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    return await reportError(context.stderr, thrown);
  }
}

/** The whole command line, as `--help` and completion see it. */
export function createProgram(context: CliContext, run: Cli['run']): Command {
  const program = new Command('zxp')
    .description("Turns JSON metrics APIs into Prometheus metrics, with the caller's credentials.")
    .usage('--upstream URL [FLAG...] | COMMAND')
    .version(`zxp ${context.version} (node ${context.nodeVersion})`, '-V, --version', 'Show the version; -v does too.')
    .helpOption('-h, --help', 'Show help.')
    .exitOverride()
    .configureHelp(helpStyle)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(toErrorLines(text)),
      getOutHelpWidth: () => toHelpWidth(context.stdout),
    });
  const cli: Cli = { program, context, run };
  const serve = addServeCommand(cli);
  addConfigCommand(cli);
  addAgentCommand(cli);
  addProxyCommand(cli);
  addCheckCommand(cli);
  addScrapeCommand(cli);
  addInferCommand(cli);
  addDoctorCommand(cli);
  addTestCommand(cli);
  addPlaygroundCommand(cli);
  addModulesCommand(cli);
  addHealthCommand(cli);
  addHashPasswordCommand(cli);
  addDemoCommand(cli);
  addCompletionCommand(cli);
  addHelpCommand(cli);
  refuseRepeatedFlags(program);
  for (const command of program.commands) {
    command.configureOutput({ outputError: (text, write) => write(toErrorLines(text, command)) });
  }
  for (const command of [program, ...program.commands]) command.addHelpText('before', () => introduce(command));
  program.addHelpText('after', () => `\n${describeFlags(serve, toHelpWidth(context.stdout))}`);
  return program;
}

function describeFlags(serve: Command, width: number): string {
  return `Flags of zxp and zxp serve, each with its default, its $VARIABLE and its key in
the file of --config.file. The flag wins, then the variable, then the key.

${listFlags(serve, width)}`;
}

const WRONG_CHOICE =
  /^error: (?:option '(?:-\w, )?(--[\w.-]+)[^']*' argument '(.*)' is invalid|command-argument value '(.*)' is invalid for argument '(\w+)')\. Allowed choices are ([^\n]*)\.\n$/s;

function describeWrongChoice(
  where: string,
  { value, list }: { readonly value: string; readonly list: string },
): string {
  // Of words this short, those that begin otherwise are other words.
  const nearest = findNearest(
    value,
    list.split(', ').filter((choice) => choice[0] === value[0]?.toLowerCase()),
  );
  const hint = nearest === undefined ? '' : `zxp: hint: did you mean ${nearest}?\n`;
  return `zxp: error: ${where}: must be one of ${list}, not ${JSON.stringify(maskUserinfo(value))}\n${hint}`;
}

const MISSING_VALUE = /^error: option '(?:-\w, )?(--[\w.-]+) <(.+)>' argument missing\n$/s;
const MISSING_ARGUMENT = /^error: missing required argument '/;

/** commander's `error: ...` and `(Did you mean ...?)` in the form of all errors. */
function toErrorLines(text: string, command?: Command): string {
  const [, bare, placeholder] = MISSING_VALUE.exec(text) ?? [];
  if (bare !== undefined) return `zxp: error: ${bare}: has no value\nzxp: hint: ${bare} ${placeholder}\n`;
  if (command !== undefined && MISSING_ARGUMENT.test(text)) {
    const name = command.name();
    const argument = command.usage().replace(/^(?:\[[^\]]*\]\s*)*/, '');
    return `zxp: error: zxp ${name}: missing argument ${argument}\nzxp: hint: zxp help ${name}\n`;
  }
  const [, flag, ofFlag, word, argument, list] = WRONG_CHOICE.exec(text) ?? [];
  if (list !== undefined) return describeWrongChoice(flag ?? argument ?? '', { value: ofFlag ?? word ?? '', list });
  return text.replace(/^error: /, 'zxp: error: ').replace(/^\(D(id you mean .*)\)$/m, 'zxp: hint: d$1');
}
