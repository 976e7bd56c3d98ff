import type { Command, Help, HelpConfiguration, Option } from 'commander';
import { settingRows } from '../config/settings.js';
import { tunnelSettingRows } from '../config/tunnel/settings.js';
import type { CliContext } from './context.js';
import { examplesOfCommand } from './examples.js';

const INDENT = 6;
/** Longer lines are hard to read. */
const MAX_WIDTH = 100;

/** The columns that help may take: those of a terminal, if there is one, up to 100. */
export function toHelpWidth(stdout: CliContext['stdout']): number {
  return Math.min(stdout.columns ?? MAX_WIDTH, MAX_WIDTH);
}

/** How every command's help looks. What a command is for stands in front of it, with the examples. */
export const helpStyle: HelpConfiguration = {
  formatItem,
  commandDescription: () => '',
  styleTitle: (title) => title.replace('Options:', 'Flags:'),
  subcommandTerm: (command) => `${command.name()} ${command.usage()}`.trim(),
  optionTerm: toTerm,
  optionDescription: (option) => option.description,
};

/** What a command's help begins with: one line of what it is for, and two examples. */
export function introduce(command: Command): string {
  const examples = examplesOfCommand[command.parent === null ? '' : command.name()] ?? [];
  const list = examples.length === 0 ? '' : `Examples:\n${examples.map((line) => `  ${line}\n`).join('')}\n`;
  return `${command.description()}\n\n${list}`.trimEnd().concat('\n');
}

/** The flags of a command as sections of another's help. */
export function listFlags(command: Command, width: number): string {
  const help = command.createHelp();
  help.helpWidth = width;
  const options = help.visibleOptions(command).filter((option) => option.long !== '--help');
  const groups = help.groupItems([...options], options, (option) => option.helpGroupHeading ?? 'Flags:');
  return [...groups]
    .map(([title, members]) => {
      const items = members.map((option) => formatItem(toTerm(option), 0, option.description, help));
      return `${title}\n${items.join('\n')}\n`;
    })
    .join('\n');
}

/** `--[no-]web.enable-lifecycle`, `--web.listen-address <ADDRESS>...`. */
function toTerm(option: Option): string {
  const row = [...settingRows, ...tunnelSettingRows].find((each) => `--${each.name}` === option.long);
  if (row?.repeatable === true) return `${option.flags}...`;
  return row !== undefined && row.placeholder === undefined ? `--[no-]${row.name}` : option.flags;
}

/** The term on a line of its own, what it means below: the terms are too long for a column. */
function formatItem(term: string, _termWidth: number, description: string, help: Help): string {
  const width = (help.helpWidth ?? MAX_WIDTH) - INDENT;
  const lines = help.boxWrap(breakAfterDefault(description, width), width).split('\n');
  return [`  ${term}`, ...lines.map((line) => ' '.repeat(INDENT) + line)].join('\n');
}

/** A default that leaves no room for the variable and the key has a line of its own. */
function breakAfterDefault(description: string, width: number): string {
  const lines = description.split('\n');
  return lines.map((line) => (line.length > width ? line.replace(/^(default \S+;) /, '$1\n') : line)).join('\n');
}
