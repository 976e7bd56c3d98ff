import { Option } from 'commander';
import { settingRows } from '../../config/settings.js';
import { ZxpError } from '../../model/errors.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';
import { addHeaderFlags, type HeaderFlags, readHeaderFlags } from '../request-headers.js';

const printFormats = ['text', 'openmetrics', 'openmetrics2', 'protobuf', 'json'] as const;
type PrintFormat = (typeof printFormats)[number];

interface ScrapeFlags extends HeaderFlags {
  readonly format: PrintFormat;
  readonly debug?: boolean;
}

/** The daemon's alone: they say nothing of one scrape. */
export const DAEMON_ONLY = /^(web|log)\.|^upstream$|fail-status$|timeout-offset$|^scrape\.(workers|coalesce)$/;

/** `zxp scrape URL|FILE|-`: one scrape, its exposition on stdout; exit code 1 when the target is down. */
export function addScrapeCommand({ program, context, run }: Cli): void {
  const command = program
    .command('scrape <SOURCE>')
    .usage('[FLAG...] URL|FILE|-')
    .description('Scrape once and print the exposition; - reads a document from standard input.')
    .addOption(
      new Option('--format <FORMAT>', `How to print it: ${printFormats.join(', ')}.\ndefault text`)
        .choices(printFormats)
        .default('text'),
    )
    .addOption(new Option('--debug', 'Tell the scrape step by step on standard error, secrets masked.'));
  addHeaderFlags(command);
  const rows = settingRows.filter(({ name }) => !DAEMON_ONLY.test(name));
  const readFlags = addSettingFlags(command, rows);
  command.action((_source: string, own: ScrapeFlags) =>
    run(async () => {
      const { loadScrapeSettings } = await import('../settings-source.js');
      const { describeScrape, scrapeSource, writeFamilies } = await import('../../app/scrape-source.js');
      const flags = readFlags();
      const configuration = await loadScrapeSettings(context, flags);
      const headers = await readHeaderFlags(own);
      const [source = '-'] = flags.words;
      const { registry, outcome } = await scrapeSource({
        source,
        configuration,
        headers,
        format: own.format,
        stdin: context.stdin,
        version: context.version,
        environment: context.environment,
      });
      if (own.debug === true) context.stderr.write(describeScrape(outcome));
      for await (const chunk of writeFamilies(registry, own.format)) context.stdout.write(chunk);
      if (outcome.reason !== undefined)
        throw new ZxpError(outcome.reason, outcome.message ?? '', { hint: outcome.hint });
      return 0;
    }),
  );
}
