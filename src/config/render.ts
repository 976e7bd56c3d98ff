import { stringify } from 'yaml';
import { escapeControls } from '../net/control-characters.js';
import { maskUrl } from '../net/masking.js';
import type { Configuration } from './load.js';
import { placedSettings, valueAt } from './settings.js';
import { describeAccess } from './web/describe.js';

/** The active configuration as a YAML config file; it holds no secret. */
export function renderConfiguration(configuration: Configuration): string {
  return renderSettings(configuration) + describeFiles(configuration);
}

/** The active settings alone, without what the files have of modules, targets and access; they hold no secret. */
export function renderSettings(configuration: Configuration): string {
  const document: Record<string, unknown> = {};
  for (const { row, path } of placedSettings) {
    const given = row.toGiven(valueAt(configuration, path)).map((value) => row.kind.format?.(value) ?? value);
    if (row.key === undefined || given.length === 0) continue;
    put(document, row.key.split('.'), row.repeatable === true ? given : given[0]);
  }
  return stringify(document);
}

/** Puts a value below a key of one or two levels. */
function put(document: Record<string, unknown>, [head = '', name]: readonly string[], value: unknown): void {
  document[head] = name === undefined ? value : { ...toRecord(document[head]), [name]: value };
}

function toRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** Modules, targets and the access policy, as comments: the files themselves have the text. */
function describeFiles({ modules, targets, auths, access }: Configuration): string {
  const lines = [
    ...describeAccess(access).map((line) => `# ${line}`),
    ...[...modules.values()].map(({ name, where }) => `# module ${name} (${where})`),
    ...[...auths.values()].map(({ name, where }) => `# auth ${name} (${where})`),
    ...targets.map(({ name, module, url }) => `# target ${name}: ${maskUrl(url)} by module ${module}`),
  ];
  return lines.map((line) => `${escapeControls(line.replace(/\s+/g, ' '))}\n`).join('');
}
