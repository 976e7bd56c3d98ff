import { Option } from 'commander';
import { explainFileError } from '../../config/file-error.js';
import { settingRows } from '../../config/settings.js';
import { readTextOnce } from '../../files/read-file.js';
import { type Problem, ZxpError } from '../../model/errors.js';
import type { HeaderList } from '../../model/ports.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';

const printFormats = ['text', 'openmetrics', 'openmetrics2', 'protobuf', 'json'] as const;
type PrintFormat = (typeof printFormats)[number];

interface ScrapeFlags {
  readonly format: PrintFormat;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly authorizationFile?: string;
  readonly debug?: boolean;
}

/** The daemon's alone: they say nothing of one scrape. */
const DAEMON_ONLY = /^(web|log)\.|^upstream$|fail-status$|timeout-offset$|^scrape\.(workers|coalesce)$/;

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
    .addOption(
      new Option('-u, --user <NAME:PASSWORD>', 'Send basic credentials; NAME alone goes with --password-file.'),
    )
    .addOption(new Option('--password-file <FILE>', "Read the user's password from a file."))
    .addOption(new Option('--authorization-file <FILE>', 'Send what the file says as the Authorization header.'))
    .addOption(new Option('--debug', 'Tell the scrape step by step on standard error, secrets masked.'));
  const rows = settingRows.filter((row) => !DAEMON_ONLY.test(row.name));
  const readFlags = addSettingFlags(command, rows);
  command.action((_source: string, own: ScrapeFlags) =>
    run(async () => {
      const { loadScrapeSettings } = await import('../settings-source.js');
      const { describeScrape, scrapeSource, writeFamilies } = await import('../../app/scrape-source.js');
      const flags = readFlags();
      const configuration = await loadScrapeSettings(context, flags);
      const headers = await readCredentials(own);
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

async function readCredentials(flags: ScrapeFlags): Promise<HeaderList> {
  const problems: Problem[] = [];
  if (flags.authorizationFile !== undefined && flags.user !== undefined) {
    problems.push({ where: '--authorization-file', message: 'cannot be combined with --user', hint: 'keep one' });
  }
  if (flags.passwordFile !== undefined && (flags.user === undefined || flags.user.includes(':'))) {
    problems.push({ where: '--password-file', message: 'needs --user NAME' });
  }
  if (flags.user !== undefined && !flags.user.includes(':') && flags.passwordFile === undefined) {
    problems.push({
      where: '--user',
      message: 'has no password',
      hint: '--user NAME:PASSWORD, or --password-file FILE',
    });
  }
  if (problems.length > 0) throw new ZxpError('usage', 'the credentials are not clear', { problems });
  if (flags.authorizationFile !== undefined) return [['authorization', await readSecret(flags.authorizationFile)]];
  if (flags.user === undefined) return [];
  const pair = flags.passwordFile === undefined ? flags.user : `${flags.user}:${await readSecret(flags.passwordFile)}`;
  return [['authorization', `Basic ${Buffer.from(pair).toString('base64')}`]];
}

async function readSecret(path: string): Promise<string> {
  try {
    return (await readTextOnce(path)).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new ZxpError('usage', `${path}: cannot be read: ${explainFileError(cause)}`, { cause });
  }
}
