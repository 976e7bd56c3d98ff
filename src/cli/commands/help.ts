import type { Cli } from '../cli.js';
import { rejectUnknownCommand } from '../unknown-command.js';

/** `zxp help [COMMAND]`: what `zxp --help` and `zxp COMMAND --help` say. */
export function addHelpCommand({ program, run }: Cli): void {
  program
    .helpCommand(false)
    .command('help')
    .usage('[COMMAND]')
    .argument('[COMMAND]')
    .description('Show help for a command.')
    .action((name: string | undefined) =>
      run(async () => {
        const command = name === undefined ? program : program.commands.find((each) => each.name() === name);
        if (command === undefined) rejectUnknownCommand(program, [name ?? '']);
        command?.outputHelp();
        return 0;
      }),
    );
}
