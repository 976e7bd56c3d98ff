import { stringify } from 'yaml';
import { settingRows } from '../../src/config/settings.js';
import type { Flags } from './daemon.js';

/** A config file that says what these flags say. */
export function toConfigFile(flags: Flags): string {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flags)) {
    const row = settingRows.find((each) => each.name === name);
    if (row?.key === undefined) throw new Error(`--${name} has no key in a config file`);
    const levels = row.key.split('.');
    const last = levels.pop() ?? '';
    let at: Record<string, unknown> = root;
    for (const level of levels) at = at[level] = { ...Object(at[level]) };
    at[last] = row.repeatable === true ? [value].flat() : readScalar(String(value));
  }
  return stringify(root);
}

/** Numbers and booleans as a person writes them in YAML. */
function readScalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}
