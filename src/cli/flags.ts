import { type Command, Option } from 'commander';
import { findNearest } from '../config/nearest.js';
import { type SettingRow, settingRows, toVariableName } from '../config/settings.js';
import type { Problem } from '../model/errors.js';
import { maskUserinfo } from '../net/masking.js';

/** What a command line says of the settings: values by the name of the flag, and what is wrong with it. */
export interface Flags {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly Problem[];
  /** The command's own arguments. */
  readonly words: readonly string[];
}

/** Gives a command a flag for each of the settings, and a reader of what the user made of them. */
export function addSettingFlags(command: Command, rows: readonly SettingRow<unknown>[] = settingRows): () => Flags {
  const values = new Map<string, string[]>();
  const add = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value]);
  for (const row of rows) {
    if (row.placeholder !== undefined) {
      const option = new Option(`--${row.name} <${row.placeholder}>`, describe(row));
      command.addOption(option.helpGroup(findGroup(row)));
      command.on(`option:${row.name}`, (value: string) => add(row.name, value));
    } else {
      command.addOption(new Option(`--${row.name}`, describe(row)).helpGroup(findGroup(row)));
      command.addOption(new Option(`--no-${row.name}`).hideHelp());
      command.on(`option:${row.name}`, () => add(row.name, 'true'));
      command.on(`option:no-${row.name}`, () => add(row.name, 'false'));
    }
  }
  command.allowUnknownOption().allowExcessArguments();
  return () => ({ values, ...readRest(command) });
}

/** Sections of the help, by the beginning of the flag's name. */
const groups: readonly (readonly [prefix: string, heading: string])[] = [
  ['upstream', 'Upstream:'],
  ['module', 'Upstream:'],
  ['config', 'Configuration:'],
  ['scrape', 'Scrapes:'],
  ['limits', 'Limits:'],
  ['tunnel', 'Tunnel:'],
  ['web', 'Web server:'],
  ['log', 'Log:'],
];

function findGroup({ name }: SettingRow<unknown>): string {
  return groups.find(([prefix]) => name.split('.')[0] === prefix)?.[1] ?? 'Flags:';
}

function describe(row: SettingRow<unknown>): string {
  const fallback = row.default;
  const words = row.kind.words === undefined || row.placeholder === undefined ? '' : `: ${row.kind.words.join(', ')}`;
  const facts = [
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
    `$${toVariableName(row)}`,
    ...(row.key === undefined ? [] : [`key ${row.key}`]),
  ];
  return `${row.help.replace(/\.$/, '')}${words}.\n${facts.join('; ')}`;
}

/** Takes what commander left over apart: flags that nobody knows (with a word behind that may be a value), and words. */
function readRest(command: Command): { readonly words: readonly string[]; readonly problems: readonly Problem[] } {
  const known = command.options.flatMap((option) => (option.long === undefined ? [] : [option.long]));
  const problems: Problem[] = [];
  const words: string[] = [];
  command.args.forEach((argument, i) => {
    const previous = command.args[i - 1] ?? '';
    if (isFlag(argument)) problems.push(describeUnknown(argument.replace(/=.*/s, ''), known));
    else if (!isFlag(previous) || previous.includes('=')) words.push(argument);
  });
  for (const word of words.splice(command.registeredArguments.length)) {
    problems.push({ where: `"${maskUserinfo(word)}"`, message: 'unexpected argument' });
  }
  return { words, problems };
}

function isFlag(argument: string): boolean {
  return argument.startsWith('-') && argument !== '-';
}

function describeUnknown(name: string, known: readonly string[]): Problem {
  if (known.includes(name)) {
    const bare = name.replace(/^--(no-)?/, '');
    return { where: name, message: 'takes no value', hint: `use --${bare} or --no-${bare}` };
  }
  const nearest = findNearest(name, known) ?? findLonger(name, known);
  const hint = nearest === undefined ? 'see zxp help' : `did you mean ${nearest}?`;
  return { where: name, message: 'unknown flag', hint };
}

/** `--config` for `--config.file`, `--listen-address` for `--web.listen-address`; undefined where several would do. */
function findLonger(name: string, known: readonly string[]): string | undefined {
  const flags = known.filter((flag) => !flag.startsWith('--no-'));
  const file = `${name}.file`;
  if (flags.includes(file)) return file;
  const [first, ...others] = flags.filter((flag) => flag.replace(/^--[^.]*\./, '--') === name);
  return others.length === 0 ? first : undefined;
}
