import { Option } from 'commander';
import type { Configuration } from '../../config/load.js';
import { settings, toVariableName } from '../../config/settings.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';
import { reportWarnings } from '../report-error.js';

/** `zxp check [FILE]`: reports every problem of the configuration, or that it is valid. */
export function addCheckCommand({ program, context, run }: Cli): void {
  const command = program
    .command('check [FILE]')
    .usage('[FLAG...] [FILE]')
    .description('Check the configuration, of FILE or --config.file, and report every problem at once.')
    .addOption(new Option('--strict', 'Treat warnings as errors: exit with 2 if there are any.'));
  const readFlags = addSettingFlags(command);
  const toExitCode = (warnings: readonly unknown[]) =>
    command.opts<{ readonly strict?: boolean }>().strict === true && warnings.length > 0 ? 2 : 0;
  command.action(() =>
    run(async () => {
      const { loadSettings } = await import('../settings-source.js');
      const { createRuntime } = await import('../../app/runtime.js');
      const flags = readFlags();
      const files = [...(flags.values.get('config.file') ?? []), ...flags.words];
      const values = files.length === 0 ? flags.values : new Map([...flags.values, ['config.file', files]]);
      const { checkTunnelFile } = await import('../check-tunnel.js');
      const tunnel = await checkTunnelFile(context, { ...flags, values });
      if (tunnel !== undefined) {
        reportWarnings(context.stderr, tunnel.warnings);
        context.stdout.write(`zxp: configuration is valid: ${tunnel.description}\n`);
        return toExitCode(tunnel.warnings);
      }
      const configuration = await loadSettings(context, { ...flags, values });
      const variable = context.environment[toVariableName(settings.config.file)];
      const isFileNamed = values.has('config.file') || variable !== undefined;
      const runtime = await createRuntime({
        configuration,
        version: context.version,
        environment: context.environment,
        hasAccessControl: true,
        // A web config file can be checked alone.
        isSourceGiven: !isFileNamed && configuration.access !== undefined,
      });
      await runtime.close();
      reportWarnings(context.stderr, runtime.warnings);
      context.stdout.write(`zxp: configuration is valid: ${describeConfiguration(configuration)}\n`);
      return toExitCode(runtime.warnings);
    }),
  );
}

/** What the configuration makes of zxp, in a line. */
function describeConfiguration(configuration: Configuration): string {
  const { upstream, module, modules, targets, dialect, access } = configuration;
  const parts = [
    ...(upstream.url === undefined ? [] : [`${upstream.url.href} by module ${module}`]),
    ...(modules.size === 0
      ? []
      : [`${dialect === 'json_exporter' ? 'json_exporter ' : ''}modules ${[...modules.keys()].join(', ')}`]),
    ...(targets.length === 0 ? [] : [`targets ${targets.map((target) => target.name).join(', ')}`]),
    ...(access === undefined ? [] : [`access ${access.mode}${access.tls === undefined ? '' : ' over TLS'}`]),
  ];
  return parts.join('; ');
}
