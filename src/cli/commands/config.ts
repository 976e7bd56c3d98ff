import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';

/** `zxp config FILE`: the daemon, with a config file of zot's own exporter, unchanged. */
export function addConfigCommand({ program, context, run }: Cli): void {
  const command = program
    .command('config [FILE]')
    .usage('[FLAG...] [FILE]')
    .description("Run the daemon with a config file of zot's own exporter, unchanged.");
  const readFlags = addSettingFlags(command);
  command.action(() =>
    run(async () => {
      const { serve } = await import('../serve.js');
      const { loadZotSettings } = await import('../settings-source.js');
      const flags = readFlags();
      return serve(context, () => loadZotSettings(context, flags, flags.words[0]));
    }),
  );
}
