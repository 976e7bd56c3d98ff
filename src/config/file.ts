import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { Problem } from '../model/errors.js';
import { findNearest } from './nearest.js';
import { settingRows } from './settings.js';

/** A config file as a source of settings. */
export interface ConfigFile {
  /** What is wrong with the file apart from the values that `find` gives. */
  readonly problems: readonly Problem[];
  /** The value of a key (dots between the levels), or each of a list's where the setting is repeatable. */
  find(key: string, isList: boolean): readonly { readonly value: unknown; readonly where: string }[];
}

/** Reads zxp's own config file, YAML or JSON (which is YAML). `name` is what problems call it. */
export function parseConfigFile(name: string, text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const locate = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    return noSettings(
      document.errors.map((error) => ({ where: locate(error.pos[0]), message: firstLine(error.message) })),
    );
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return noSettings([]);
  if (!isMap(root)) return noSettings([{ where: locate(0), message: 'must be a map of settings' }]);
  const entries = listEntries(root, '', locate);
  return {
    problems: findUnknownKeys(entries),
    find: (key, isList) => {
      const entry = entries.find((each) => each.key === key);
      if (entry === undefined) return [];
      const value: unknown = entry.node?.toJS(document, { maxAliasCount: 100 }) ?? null;
      if (!isList || !Array.isArray(value)) return [{ value, where: `${entry.where}: ${key}` }];
      return value.map((each: unknown, i) => ({ value: each, where: `${entry.where}: ${key}[${i}]` }));
    },
  };
}

function noSettings(problems: readonly Problem[]): ConfigFile {
  return { problems, find: () => [] };
}

interface Entry {
  readonly key: string;
  readonly node: Node | null;
  readonly where: string;
}

const sections = new Set(settingRows.flatMap((row) => (row.key?.includes('.') ? [row.key.replace(/\..*/, '')] : [])));

/** Keys with their nodes, sections taken apart: `web.telemetry_path`. */
function listEntries(
  map: { items: readonly { key: unknown; value: unknown }[] },
  prefix: string,
  locate: (offset: number) => string,
): readonly Entry[] {
  return map.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '?';
    const where = locate(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
    if (prefix === '' && name.startsWith('x-')) return [];
    if (prefix === '' && sections.has(name) && isMap(value)) return listEntries(value, `${name}.`, locate);
    return [{ key: prefix + name, node: isNode(value) ? value : null, where }];
  });
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'toJS' in value;
}

const keys = new Set(settingRows.flatMap((row) => row.key ?? []));

function findUnknownKeys(entries: readonly Entry[]): readonly Problem[] {
  return entries
    .filter((entry) => !keys.has(entry.key))
    .map((entry) => {
      if (sections.has(entry.key)) return { where: entry.where, message: `${entry.key} must be a map of settings` };
      const nearest = findNearest(entry.key, keys);
      const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
      return { where: entry.where, message: `${entry.key} is not a setting that zxp knows`, hint };
    });
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
