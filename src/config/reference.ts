import { createConfigSchema } from './schema/config-schema.js';
import type { JsonSchema } from './schema/json-schema.js';
import { createUnitTestSchema } from './schema/unit-test-schema.js';
import { createWebSchema } from './schema/web-schema.js';
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
  const config = createConfigSchema();
  return [
    { path: 'docs/configuration.md', render: (text) => replaceBetween(text, renderSettingsTable()) },
    { path: 'schema/config.schema.json', render: () => toJson(config) },
    { path: 'schema/test.schema.json', render: () => toJson(createUnitTestSchema()) },
    { path: 'schema/web.schema.json', render: () => toJson(createWebSchema()) },
    { path: 'deploy/helm/zxp/values.schema.json', render: (text) => putConfig(text, config) },
  ];
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** The chart's `config` is a config file: its values.schema.json has the same schema, the definitions below its own. */
function putConfig(text: string, { $schema: _dialect, $defs, title: _title, ...config }: JsonSchema): string {
  const document: unknown = JSON.parse(text);
  if (!isRecord(document) || !isRecord(document['properties'])) throw new Error('values.schema.json has no properties');
  const properties = { ...document['properties'], config: { type: 'object', ...config } };
  return toJson({ ...document, properties, $defs: { ...toRecord(document['$defs']), ...toRecord($defs) } });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function replaceBetween(text: string, part: string): string {
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  return text.slice(0, begin) + part + text.slice(text.indexOf(END, begin));
}

function toCode(text: string | undefined): string {
  return text === undefined ? '' : `\`${text}\``;
}
