import { settingRows, toVariableName } from './settings.js';

/** The table of every setting for `docs/configuration.md`, in Markdown, from the settings table. */
export function renderSettingsTable(): string {
  const rows = settingRows.map((row) => [
    toCode(`--${row.name}`),
    toCode(toVariableName(row)),
    toCode(row.key),
    toCode(row.default),
    row.takesEffect ?? 'reload',
    row.help,
  ]);
  const head = ['flag', 'variable', 'key', 'default', 'a change takes effect at', 'meaning'];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.map((line) => line.replace(/ {2,}/g, ' ')).join('\n')}\n`;
}

/** A file of the repository with a part that is generated. */
export interface GeneratedFile {
  readonly path: string;
  /** The text of the file, with its generated part as it must be. */
  readonly render: (text: string) => string;
}

const BEGIN = '<!-- settings: written by npm run reference -->\n';
const END = '<!-- end of settings -->';

/** Every file that follows from the settings table. */
export function listGeneratedFiles(): readonly GeneratedFile[] {
  return [{ path: 'docs/configuration.md', render: (text) => replaceBetween(text, renderSettingsTable()) }];
}

function replaceBetween(text: string, part: string): string {
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  return text.slice(0, begin) + part + text.slice(text.indexOf(END, begin));
}

function toCode(text: string | undefined): string {
  return text === undefined ? '' : `\`${text}\``;
}
