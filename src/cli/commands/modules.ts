import { Argument } from 'commander';
import { settings } from '../../config/settings.js';
import { ZxpError } from '../../model/errors.js';
import { builtInModules, presetNames } from '../../model/presets.js';
import { escapeControls } from '../../net/control-characters.js';
import type { Cli } from '../cli.js';
import { addSettingFlags } from '../flags.js';

/** `zxp modules`: lists the modules that there are; `zxp modules show NAME` prints one as a config file to edit. */
export function addModulesCommand({ program, context, run }: Cli): void {
  const command = program
    .command('modules')
    .usage('[FLAG...] [show NAME]')
    .description('List modules and presets; show NAME prints one as a config file to edit.')
    .addArgument(offer(new Argument('[ACTION]'), ['show']))
    .addArgument(offer(new Argument('[NAME]'), [...builtInModules, ...presetNames]));
  const readFlags = addSettingFlags(command, [settings.config.file]);
  command.action(() =>
    run(async () => {
      const { loadScrapeSettings } = await import('../settings-source.js');
      const { listModules, readModuleFile } = await import('../../app/modules.js');
      const flags = readFlags();
      const [action, name] = flags.words;
      checkWords(action, name);
      const configuration = await loadScrapeSettings(context, flags);
      if (name !== undefined) {
        context.stdout.write(await readModuleFile(name, configuration));
        return 0;
      }
      const modules = await listModules(configuration);
      const width = Math.max(...modules.map((module) => module.name.length)) + 2;
      for (const module of modules) {
        context.stdout.write(`${escapeControls(module.name.padEnd(width) + module.description)}\n`);
      }
      return 0;
    }),
  );
}

function checkWords(action: string | undefined, name: string | undefined): void {
  if (action !== undefined && action !== 'show') {
    throw new ZxpError('usage', `unknown action ${JSON.stringify(action)}`, {
      hint: 'zxp modules, or zxp modules show NAME',
    });
  }
  if (action !== undefined && name === undefined) {
    throw new ZxpError('usage', 'show needs the name of a module', { hint: 'zxp modules lists them' });
  }
}

/** Gives an argument words for completion: modules of the configuration have others. */
function offer(argument: Argument, words: string[]): Argument {
  argument.argChoices = words;
  return argument;
}
