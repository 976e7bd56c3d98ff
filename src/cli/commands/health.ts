import { Option } from 'commander';
import { settingRows } from '../../config/settings.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';
import { reportError } from '../report-error.js';

/** The settings that say where the daemon serves its health. */
const HEALTH_SETTINGS =
  /^config\.file$|^web\.(listen-address|health-listen-address|config\.file|auth\.mode|route-prefix|external-url|systemd-socket)$/;

/** `zxp health [URL]`: checks a running zxp; exit code 0 where it is healthy, 1 for anything else. */
export function addHealthCommand({ program, context, run }: Cli): void {
  const command = program
    .command('health [URL]')
    .usage('[FLAG...] [URL]')
    .description('Check the health of a running zxp: that of URL, or of the settings.')
    .addOption(new Option('--timeout <DURATION>', 'How long the response may take.\ndefault 3s').default('3s'))
    .addOption(new Option('--pid <PID>', 'Check the zxp that is this process, by the flags that it was started with.'));
  const readFlags = addSettingFlags(
    command,
    settingRows.filter((row) => HEALTH_SETTINGS.test(row.name)),
  );
  command.action((_url: string | undefined, own: { readonly timeout: string; readonly pid?: string }) =>
    run(async () => {
      try {
        const { toHealthTarget } = await import('../health-target.js');
        const { checkHealth, nameHealthTarget } = await import('../../app/health-check.js');
        const target = await toHealthTarget(context, { ...own, flags: readFlags() });
        await checkHealth(target);
        context.stdout.write(`zxp: ${nameHealthTarget(target)} is healthy\n`);
        return 0;
      } catch (thrown) {
        await reportError(context.stderr, thrown);
        // Never 2: Docker keeps it for itself.
        return 1;
      }
    }),
  );
}
