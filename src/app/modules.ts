import type { Configuration } from '../config/load.js';
import { findNearest } from '../config/nearest.js';
import { ZxpError } from '../model/errors.js';
import { builtInModules, PRESET_PREFIX, presetNames } from '../model/presets.js';
import { readModuleText } from '../modules/presets/presets.js';

/** A module that there is, and what it is for or, of the configuration, where it is. */
export interface ListedModule {
  readonly name: string;
  readonly description: string;
}

/** The built-in modules, the presets, and the modules of the configuration. */
export async function listModules({ modules }: Configuration): Promise<readonly ListedModule[]> {
  const offered = [...builtInModules.filter((name) => !modules.has(name)), ...presetNames];
  const described = offered.map(async (name) => ({ name, description: describe((await readModuleText(name)) ?? '') }));
  const own = [...modules.values()].map(({ name, where }) => ({ name, description: `in ${toPlace(where)}` }));
  return [...(await Promise.all(described)), ...own];
}

/**
 * The config file of a preset, with or without its prefix, or of a built-in module. Throws `usage` for a module of the
 * configuration, which has a file already, and for an unknown name.
 */
export async function readModuleFile(name: string, { modules }: Configuration): Promise<string> {
  const own = modules.get(name);
  if (own !== undefined) {
    throw new ZxpError('usage', `the module ${name} is one of the configuration`, {
      hint: `edit ${toPlace(own.where)}`,
    });
  }
  const text = (await readModuleText(name)) ?? (await readModuleText(PRESET_PREFIX + name));
  if (text !== undefined) return text;
  const nearest = findNearest(name, [
    ...builtInModules,
    ...presetNames.map((each) => each.slice(PRESET_PREFIX.length)),
    ...presetNames,
    ...modules.keys(),
  ]);
  throw new ZxpError('usage', `there is no module ${JSON.stringify(name)}`, {
    hint: nearest === undefined ? 'zxp modules lists them' : `did you mean ${nearest}?`,
  });
}

/** The first line of the file, which is a comment. */
function describe(text: string): string {
  return /^# (.*)/.exec(text)?.[1] ?? '';
}

/** The file and the line of a place such as `zxp.yml:4:3: modules.stock`. */
function toPlace(where: string): string {
  return where.replace(/: .*$/s, '');
}
