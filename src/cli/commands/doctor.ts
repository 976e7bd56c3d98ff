import { Option } from 'commander';
import { settingRows, settings } from '../../config/settings.js';
import { toZxpError } from '../../model/errors.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';
import { type AuthFlags, addAuthFlag, addHeaderFlags, type HeaderFlags, readHeaderFlags } from '../request-headers.js';
import { DAEMON_ONLY } from './scrape.js';

interface DoctorFlags extends HeaderFlags, AuthFlags {
  readonly format: 'text' | 'json';
}

/** `zxp doctor TARGET`: requests a target step by step; exit code 1 where a step fails, 2 for the configuration. */
export function addDoctorCommand({ program, context, run }: Cli): void {
  const command = program
    .command('doctor <TARGET>')
    .usage('[FLAG...] URL|NAME')
    .description('Request a target step by step, report which step fails and what to do.')
    .addOption(
      new Option('--format <FORMAT>', 'How to report: text, json.\ndefault text')
        .choices(['text', 'json'])
        .default('text'),
    );
  addHeaderFlags(addAuthFlag(command));
  const readFlags = addSettingFlags(
    command,
    settingRows.filter(({ name }) => !DAEMON_ONLY.test(name)),
  );
  command.action((_target: string, { format, ...own }: DoctorFlags) =>
    run(async () => {
      const { loadScrapeSettings } = await import('../settings-source.js');
      const { diagnoseConfiguration, diagnoseTarget, formatDiagnosis } = await import('../../app/doctor.js');
      const { reportFindings } = await import('../report-problems.js');
      const { choosePalette } = await import('../palette.js');
      const { withProgress } = await import('../progress.js');
      const flags = readFlags();
      const [target = ''] = flags.words;
      const headers = await readHeaderFlags(own);
      const examine = async () => {
        const configuration = await loadScrapeSettings(context, flags);
        const module = flags.values.get(settings.module.name)?.at(-1);
        const { version, environment } = context;
        const options = { target, configuration, module, auth: own.auth, headers, version, environment };
        return withProgress(context.stderr, 'requesting the target', () => diagnoseTarget(options));
      };
      const diagnosis = await examine().catch((thrown: unknown) => {
        const error = toZxpError(thrown);
        if (error.code !== 'config') throw error;
        return diagnoseConfiguration(target, error);
      });
      const { failure } = diagnosis;
      const { green, yellow, red, dim } = choosePalette(context.stdout, context.environment);
      const paint = { ok: green, warning: yellow, failed: red, skipped: dim };
      context.stdout.write(formatDiagnosis(diagnosis, format, paint));
      if (failure === undefined) return 0;
      if (format === 'text') {
        const reason = failure.reason === undefined ? '' : ` with reason ${failure.reason}`;
        context.stderr.write(`zxp: error: step ${failure.step} failed${reason}: ${failure.message}\n`);
        await reportFindings(
          context.stderr,
          failure.problems.map((problem) => ({ severity: 'error' as const, problem })),
        );
        context.stderr.write(`zxp: hint: ${failure.hint}\n`);
      }
      return failure.step === 'configuration' ? 2 : 1;
    }),
  );
}
