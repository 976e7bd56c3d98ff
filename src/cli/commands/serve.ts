import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';
import { rejectUnknownCommand } from '../unknown-command.js';

/** `zxp --upstream URL`, also `zxp serve`: the daemon. */
export function addServeCommand({ program, context, run }: Cli): Command {
  const command = program
    .command('serve', { isDefault: true })
    .usage('[FLAG...]')
    .description('Run the daemon; the same as zxp without a command.');
  const readFlags = addSettingFlags(command);
  return command.action(() =>
    run(async () => {
      rejectUnknownCommand(program, command.args);
      const { serve } = await import('../serve.js');
      const { loadSettings } = await import('../settings-source.js');
      const flags = readFlags();
      return serve(context, () => loadSettings(context, flags));
    }),
  );
}
