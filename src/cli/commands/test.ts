import { Option } from 'commander';
import type { Cli } from '../cli.js';

interface TestFlags {
  readonly format: 'text' | 'json' | 'junit';
}

/** `zxp test FILE...`: unit tests of modules; exit code 1 where one fails, 2 where a file is invalid. */
export function addTestCommand({ program, context, run }: Cli): void {
  program
    .command('test <FILE...>')
    .usage('[FLAG...] FILE...')
    .description('Run unit tests of modules: documents, and the metrics that must come of them.')
    .addOption(
      new Option('--format <FORMAT>', 'How to report: text, json, junit.\ndefault text')
        .choices(['text', 'json', 'junit'])
        .default('text'),
    )
    .action((names: readonly string[], { format }: TestFlags) =>
      run(async () => {
        const { runUnitTests } = await import('../unit-test-files.js');
        const { renderFailures, renderResults, toJsonResults, toJunit } = await import('../unit-test-report.js');
        const { choosePalette } = await import('../palette.js');
        const { reportFindings, toJsonFinding } = await import('../report-problems.js');
        const { problems, files } = await runUnitTests(context, names);
        const findings = problems.map((problem) => ({ severity: 'error' as const, problem }));
        if (format === 'json') {
          const { ok, ...rest } = toJsonResults(files);
          const report = { ok: ok && problems.length === 0, ...rest, findings: findings.map(toJsonFinding) };
          context.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
        } else {
          await reportFindings(context.stderr, findings);
        }
        if (problems.length > 0) return 2;
        if (format === 'junit') context.stdout.write(toJunit(files));
        if (format === 'text') {
          context.stdout.write(renderResults(files, choosePalette(context.stdout, context.environment)));
          context.stderr.write(renderFailures(files, choosePalette(context.stderr, context.environment)));
        }
        return files.every(({ results }) => results.every(({ failure }) => failure === undefined)) ? 0 : 1;
      }),
    );
}
