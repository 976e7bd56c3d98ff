import { Command, CommanderError, type Help } from 'commander';
import type { Cli } from './cli.js';
import { addCheckCommand } from './commands/check.js';
import { addCompletionCommand } from './commands/completion.js';
import { addConfigCommand } from './commands/config.js';
import { addDemoCommand } from './commands/demo.js';
import { addScrapeCommand } from './commands/scrape.js';
import { addServeCommand } from './commands/serve.js';
import type { CliContext } from './context.js';
import { reportError } from './report-error.js';

/** Runs one command line, without the program's name, and gives the exit code. Never rejects. */
export async function runProgram(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode = 0;
  const program = createProgram(context, async (work) => {
    exitCode = await work();
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    return reportError(context.stderr, thrown);
  }
}

/** The whole command line, as `--help` and completion see it. */
export function createProgram(context: CliContext, run: Cli['run']): Command {
  const program = new Command('zxp')
    .description("Turns a JSON metrics API into Prometheus metrics, with the caller's own credentials.")
    .usage('--upstream URL [FLAG...] | COMMAND')
    .version(`zxp ${context.version} (node ${context.nodeVersion})`, '--version', 'Show the version.')
    .helpOption('-h, --help', 'Show help.')
    .helpCommand('help [COMMAND]', 'Show help for a command.')
    .exitOverride()
    .configureHelp({ formatItem, subcommandTerm: (command) => `${command.name()} ${command.usage()}`.trim() })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'zxp: error: ')),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
    });
  const cli: Cli = { program, context, run };
  const serve = addServeCommand(cli);
  addConfigCommand(cli);
  addCheckCommand(cli);
  addScrapeCommand(cli);
  addDemoCommand(cli);
  addCompletionCommand(cli);
  program.addHelpText('after', () => `\nFlags of zxp and zxp serve:\n${listFlags(serve)}`);
  return program;
}

function listFlags(command: Command): string {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter((option) => option.long !== '--help')
    .map((option) => formatItem(help.optionTerm(option), 0, help.optionDescription(option), help))
    .join('\n')
    .concat('\n');
}

/** The term on a line of its own, what it means below: the terms are too long for a column. */
function formatItem(term: string, _termWidth: number, description: string, help: Help): string {
  const width = (help.helpWidth ?? 100) - 6;
  const lines = help.boxWrap(description, width).split('\n');
  return [`  ${term}`, ...lines.map((line) => `      ${line}`)].join('\n');
}
