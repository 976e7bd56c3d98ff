import { Option } from 'commander';
import { settingRows } from '../../config/settings.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';
import { reportError } from '../report-error.js';

/** The settings that tell where the daemon answers for its health. */
const TELLS_WHERE = /^config\.file$|^web\.(listen-address|health-listen-address|config\.file|auth\.mode)$/;

/** `zxp health [URL]`: asks a running zxp whether it is well; exit code 0 if so, 1 for anything else. */
export function addHealthCommand({ program, context, run }: Cli): void {
  const command = program
    .command('health [URL]')
    .usage('[FLAG...] [URL]')
    .description('Ask a running zxp whether it is well: the one of URL, or of the settings.')
    .addOption(new Option('--timeout <DURATION>', 'How long the answer may take.\ndefault 3s').default('3s'))
    .addOption(new Option('--pid <PID>', 'Ask the zxp that is this process, by the flags that it was started with.'));
  const readFlags = addSettingFlags(
    command,
    settingRows.filter((row) => TELLS_WHERE.test(row.name)),
  );
  command.action((_url: string | undefined, own: { readonly timeout: string; readonly pid?: string }) =>
    run(async () => {
      try {
        const { toHealthTarget } = await import('../health-target.js');
        const { checkHealth } = await import('../../app/health-check.js');
        const question = await toHealthTarget(context, { ...own, flags: readFlags() });
        await checkHealth(question);
        context.stdout.write(`zxp: ${question.url.href} answered 200\n`);
        return 0;
      } catch (thrown) {
        reportError(context.stderr, thrown);
        // Never 2: Docker keeps it for itself.
        return 1;
      }
    }),
  );
}
