import { dirname, isAbsolute, join } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Problem } from '../model/errors.js';
import { type ConfigFile, withoutSettings } from './config-file.js';
import { moduleKeys } from './modules-file.js';
import { findNearest } from './nearest.js';
import { settingRows } from './settings.js';

/**
 * Reads zxp's own config file, YAML or JSON (which is YAML). `name` is its path, and what problems call it. With `only`,
 * keys at the top that are not among these are left to another reader.
 */
export function parseConfigFile(
  name: string,
  text: string,
  { only }: { readonly only?: readonly string[] } = {},
): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const locate = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    return withoutSettings(
      document.errors.map((error) => ({ where: locate(error.pos[0]), message: firstLine(error.message) })),
    );
  }
  const root = document.contents;
  if (root === null || isNothing(root)) return withoutSettings([]);
  if (!isMap(root)) return withoutSettings([{ where: locate(0), message: 'must be a map of settings' }]);
  const problems: Problem[] = [];
  const entries = listEntries(root, { document, locate, problems, only });
  problems.push(...findUnknownKeys(entries));
  return {
    problems,
    find: (key, isList) => {
      const entry = entries.find((each) => each.key === key);
      if (entry === undefined) return [];
      const where = `${entry.where}: ${key}`;
      const value = resolvePath(name, key, entry.value);
      if (!isList || !Array.isArray(value) || value.length === 0) return [{ value, where }];
      return value.map((each: unknown, i) => ({ value: each, where: `${where}[${i}]` }));
    },
  };
}

const pathKeys = new Set(settingRows.flatMap((row) => (row.kind.isPath === true ? (row.key ?? []) : [])));

/** Paths in a file are relative to it. */
function resolvePath(name: string, key: string, value: unknown): unknown {
  if (!pathKeys.has(key)) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => resolvePath(name, key, each));
  if (typeof value !== 'string' || value === '' || isAbsolute(value)) return value;
  return join(dirname(name), value);
}

interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly where: string;
}

interface Reading {
  readonly document: Document;
  readonly locate: (offset: number) => string;
  readonly problems: Problem[];
  readonly only: readonly string[] | undefined;
}

const sections = new Set(settingRows.flatMap((row) => (row.key?.includes('.') ? [row.key.replace(/\..*/, '')] : [])));

/** Keys with their values, sections taken apart: `web.telemetry_path`. A section with nothing in it sets nothing. */
function listEntries(root: YAMLMap, reading: Reading): readonly Entry[] {
  return listPairs(root, reading).flatMap((pair) => {
    const name = toName(pair);
    if (reading.only !== undefined && !reading.only.includes(name)) return [];
    // Modules and targets are read from the same file by modules-file.ts.
    if (name.startsWith('x-') || moduleKeys.includes(name)) return [];
    if (name.includes('.')) return refuseDots(pair, name, reading);
    if (!sections.has(name)) return readEntry(pair, name, reading);
    const section = follow(pair.value, reading);
    if (isNothing(section)) return [];
    if (isMap(section)) {
      return listPairs(section, reading).flatMap((each) => readEntry(each, `${name}.${toName(each)}`, reading));
    }
    reading.problems.push({ where: toWhere(pair, reading), message: `${name} must be a map of settings` });
    return [];
  });
}

/** The pairs of a map, with those that `<<` merges into it behind its own. */
function listPairs(map: YAMLMap, reading: Reading): readonly Pair[] {
  const own = map.items.filter((pair) => toName(pair) !== '<<');
  const merged = map.items
    .filter((pair) => toName(pair) === '<<')
    .flatMap((pair) => {
      const source = follow(pair.value, reading);
      return isMap(source) ? source.items : [pair];
    });
  return [...own, ...merged];
}

function readEntry(pair: Pair, key: string, reading: Reading): readonly Entry[] {
  const where = toWhere(pair, reading);
  try {
    const value: unknown = isNode(pair.value) ? pair.value.toJS(reading.document, { maxAliasCount: 100 }) : null;
    return [{ key, value, where }];
  } catch (thrown) {
    const reason = thrown instanceof Error ? firstLine(thrown.message) : String(thrown);
    reading.problems.push({ where, message: `${key} cannot be read: ${reason}` });
    return [];
  }
}

/** `web.max_requests` at the top: it is read where it is nested only, so that it is never there twice. */
function refuseDots(pair: Pair, name: string, reading: Reading): readonly Entry[] {
  const [section = '', ...rest] = name.split('.');
  const hint = sections.has(section) ? `put ${rest.join('.')} under ${section}` : undefined;
  reading.problems.push({ where: toWhere(pair, reading), message: `${name} is not a setting that zxp knows`, hint });
  return [];
}

/** The node that an alias stands for. */
function follow(value: unknown, { document }: Reading): Node | null | undefined {
  if (isAlias(value)) return value.resolve(document);
  return isNode(value) ? value : null;
}

function isNothing(node: Node | null | undefined): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function toName({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '?';
}

function toWhere({ key }: Pair, { locate }: Reading): string {
  return locate(isNode(key) ? (key.range?.[0] ?? 0) : 0);
}

const keys = new Set(settingRows.flatMap((row) => row.key ?? []));

function findUnknownKeys(entries: readonly Entry[]): readonly Problem[] {
  return entries
    .filter((entry) => !keys.has(entry.key))
    .map(({ key, where }) => {
      const nearest = findNearest(key, [...keys, ...sections, ...moduleKeys]);
      const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
      return { where, message: `${key} is not a setting that zxp knows`, hint };
    });
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
