import { Option } from 'commander';
import { settingRows, settings } from '../../config/settings.js';
import { ZxpError } from '../../model/errors.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';
import { type AuthFlags, addAuthFlag, addHeaderFlags, type HeaderFlags, readHeaderFlags } from '../request-headers.js';
import { DAEMON_ONLY } from './scrape.js';

interface InferFlags extends HeaderFlags, AuthFlags {
  readonly name?: string;
}

/** `zxp infer NAME|URL|FILE|-`: proposes a mapping for any JSON, a whole file on stdout. */
export function addInferCommand({ program, context, run }: Cli): void {
  const command = program
    .command('infer <SOURCE>')
    .usage('[FLAG...] NAME|URL|FILE|-')
    .description('Propose a mapping for any JSON and print it as a config file.')
    .addOption(new Option('--name <NAME>', 'Name of the module.\ndefault after the file or the host'));
  addHeaderFlags(addAuthFlag(command));
  const rows = settingRows.filter(({ name }) => !DAEMON_ONLY.test(name));
  const readFlags = addSettingFlags(command, rows);
  command.action((_source: string, own: InferFlags) =>
    run(async () => {
      const { loadScrapeSettings } = await import('../settings-source.js');
      const { openSource } = await import('../../app/scrape-source.js');
      const { findNameProblem, inferSource } = await import('../../app/infer-source.js');
      const { withProgress } = await import('../progress.js');
      const problem = own.name === undefined ? undefined : findNameProblem(own.name);
      if (problem !== undefined) throw new ZxpError('usage', `--name: ${problem}`);
      const flags = readFlags();
      const [source = '-'] = flags.words;
      const configuration = await loadScrapeSettings(context, flags);
      const headers = await readHeaderFlags(own);
      const opened = await openSource({
        source,
        configuration,
        module: flags.values.get(settings.module.name)?.at(-1),
        auth: own.auth,
        headers,
        stdin: context.stdin,
        version: context.version,
        environment: context.environment,
      });
      try {
        const options = { source, headers, name: own.name };
        context.stdout.write(
          await withProgress(context.stderr, `reading ${opened.name}`, () => inferSource(opened, options)),
        );
        return 0;
      } finally {
        await opened.close();
      }
    }),
  );
}
