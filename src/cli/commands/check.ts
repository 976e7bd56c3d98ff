import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';

/** `zxp check [FILE]`: tells every problem of the configuration, or that there is none. */
export function addCheckCommand({ program, context, run }: Cli): void {
  const command = program
    .command('check [FILE]')
    .usage('[FLAG...] [FILE]')
    .description('Check the configuration, of FILE or --config.file, and tell every problem at once.');
  const readFlags = addSettingFlags(command);
  command.action(() =>
    run(async () => {
      const { loadSettings } = await import('../settings-source.js');
      const { createRuntime } = await import('../../app/runtime.js');
      const flags = readFlags();
      const [file] = flags.words;
      const values = file === undefined ? flags.values : new Map([...flags.values, ['config.file', [file]]]);
      const configuration = await loadSettings(context, { ...flags, values });
      const runtime = await createRuntime(configuration, context.version);
      await runtime.close();
      context.stdout.write(
        `zxp: the configuration is right: ${configuration.upstream.url?.href} by module ${configuration.module}\n`,
      );
      return 0;
    }),
  );
}
