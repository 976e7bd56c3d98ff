import { Option } from 'commander';
import { escapeControls } from '../../net/control-characters.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';

interface CheckFlags {
  readonly strict?: boolean;
  readonly format: 'text' | 'json';
}

/** `zxp check [FILE]`: reports every problem of the configuration; exit code 0 where only warnings are found, else 2. */
export function addCheckCommand({ program, context, run }: Cli): void {
  const command = program
    .command('check [FILE]')
    .usage('[FLAG...] [FILE]')
    .description('Check a configuration, FILE or that of the flags, and report every problem.')
    .addOption(new Option('--strict', 'Treat warnings as errors: exit with 2 if there are any.'))
    .addOption(
      new Option('--format <FORMAT>', 'How to report: text, json.\ndefault text')
        .choices(['text', 'json'])
        .default('text'),
    );
  const readFlags = addSettingFlags(command);
  command.action((_file: string | undefined, own: CheckFlags) =>
    run(async () => {
      const { checkFiles } = await import('../check-files.js');
      const { reportFindings, toJsonFinding } = await import('../report-problems.js');
      const { problems, warnings, description, reason } = await checkFiles(context, readFlags());
      const findings = [
        ...problems.map((problem) => ({ severity: 'error' as const, problem })),
        ...warnings.map((problem) => ({
          severity: own.strict === true ? ('error' as const) : ('warning' as const),
          problem,
        })),
      ];
      const isValid = findings.every(({ severity }) => severity === 'warning');
      if (own.format === 'json') {
        const report = { valid: isValid, description, reason, findings: findings.map(toJsonFinding) };
        context.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
      } else {
        await reportFindings(context.stderr, findings);
        if (isValid) context.stdout.write(`zxp: configuration is valid: ${escapeControls(description)}\n`);
        (isValid ? context.stdout : context.stderr).write(
          reason === undefined ? '' : `zxp: ${escapeControls(reason)}\n`,
        );
      }
      return isValid ? 0 : 2;
    }),
  );
}
