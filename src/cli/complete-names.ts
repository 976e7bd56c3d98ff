import { settings } from '../config/settings.js';
import { builtInModules, presetNames } from '../model/presets.js';
import type { CliContext } from './context.js';
import { readScrapeSettings } from './settings-source.js';

/** What no shell does anything with but print it. */
const PLAIN_NAME = /^\w[\w.+/-]*$/;
const MAX_NAMES = 1000;

/**
 * Prints the names of targets, modules or auths, one per line, for a command line that is being typed: those of the config file
 * that it names, or `ZXP_CONFIG_FILE`, as far as that can be read. `words` are `targets`, `modules` or `auths`, and the words so
 * far. Never fails: whoever types has other worries.
 */
export async function completeNames(words: readonly string[], context: CliContext): Promise<number> {
  const [kind, ...line] = words;
  try {
    const names = (await readNames(line, context)).get(kind ?? '') ?? [];
    const plain = names.filter((name) => PLAIN_NAME.test(name)).slice(0, MAX_NAMES);
    context.stdout.write(plain.map((name) => `${name}\n`).join(''));
  } catch {
    // There is nothing to offer.
  }
  return 0;
}

async function readNames(line: readonly string[], context: CliContext) {
  const file = findConfigWord(line);
  const values = new Map(file === undefined ? [] : [[settings.config.file.name, [expandHome(file, context)]]]);
  const { configuration } = await readScrapeSettings(context, { values, problems: [], words: [] });
  const { targets, modules, auths, upstream } = configuration;
  return new Map([
    ['targets', [...targets.map(({ name }) => name), ...(upstream.url === undefined ? [] : ['upstream'])]],
    ['modules', [...new Set([...modules.keys(), ...builtInModules, ...presetNames])]],
    ['auths', [...auths.keys()]],
  ]);
}

/** The value of the last `--config.file` on the line; bash makes three words of one with `=`. */
function findConfigWord(line: readonly string[]): string | undefined {
  const flag = `--${settings.config.file.name}`;
  for (let i = line.length - 1; i >= 0; i--) {
    const word = line[i] ?? '';
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
    if (word === flag) return line[line[i + 1] === '=' ? i + 2 : i + 1];
  }
  return undefined;
}

/** Shells complete a line before they expand it. */
function expandHome(path: string, { environment }: CliContext): string {
  const { HOME: home } = environment;
  return path.startsWith('~/') && home !== undefined ? `${home}${path.slice(1)}` : path;
}
