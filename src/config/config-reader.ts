import { dirname, isAbsolute, join, resolve } from 'node:path';
import { finishSteps } from '../async/steps.js';
import type { AuthSpec, BudgetSpec, Dialect, ModuleSpec, TargetSpec } from '../model/module.js';
import type { Steps } from '../model/ports.js';
import { type ConfigFile, emptyConfigFile, type FoundValue } from './config-file.js';
import { readAuthSpec } from './modules/auths.js';
import { readModuleSpec } from './modules/module-spec.js';
import { readBudget } from './modules/request-policy.js';
import { readTargetSpec } from './modules/targets.js';
import { orderByPlace } from './place.js';
import { checkReferences } from './references.js';
import { type NamedFile, type Reading, readingOfOwnFile, readText, Section } from './section.js';
import { type Setting, settingRows } from './settings.js';
import type { TextFile } from './text-file.js';
import { type Findings, YamlCursor } from './yaml-cursor.js';

export interface ConfigFileSource {
  /** The path of the file; other paths in it are relative to its folder. */
  readonly name: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The files that a pattern names, relative to the folder of the file. A pattern without a match has none. */
  readonly include: (pattern: string) => readonly TextFile[];
  /** The keys at the top that are read, where others are left to another reader. */
  readonly only?: readonly string[];
}

/** Keys at the top that are not of a setting. */
const OTHER_KEYS = ['modules', 'targets', 'auths', 'budgets', 'include'];

/** Sections of settings, and settings at the top. */
const SETTING_KEYS = [...new Set(settingRows.flatMap(({ key }) => key?.split('.')[0] ?? []))];

/** Every key at the top of a file, of zxp's own and of json_exporter's. */
export const topLevelKeys: readonly string[] = [...SETTING_KEYS, ...OTHER_KEYS];

/** Reads a config file, YAML or JSON (which is YAML), once. Never throws; problems and warnings name their places. */
export function readConfigFile(source: ConfigFileSource): ConfigFile {
  return finishSteps(openConfigFile(source).read(source.include));
}

/** A config file whose text is parsed. */
export interface OpenedConfigFile {
  /** The patterns of the files that it includes, which may be read before the rest of it is. */
  readonly includes: readonly string[];
  /** A step for each module and auth. */
  read(include: ConfigFileSource['include']): Steps<ConfigFile>;
}

/** The same in two steps, for whoever reads included files in between. */
export function openConfigFile(source: Omit<ConfigFileSource, 'include'>): OpenedConfigFile {
  const findings: Findings = { problems: [], warnings: [] };
  const root = YamlCursor.open(source.name, source.text, findings);
  const list = root?.fields?.findLast(({ key, cursor }) => key === 'include' && !cursor.isNull)?.cursor.items ?? [];
  return {
    includes: list.flatMap(({ text }) => text ?? []),
    read: (include) => readRoot(root, findings, { ...source, include }),
  };
}

function* readRoot(root: YamlCursor | undefined, findings: Findings, source: ConfigFileSource): Steps<ConfigFile> {
  if (root === undefined) return emptyConfigFile(findings);
  const namedFiles: NamedFile[] = [];
  const recognized = source.only === undefined ? recognizeDialect(root) : OWN;
  const { dialect } = recognized;
  const own = readingOfOwnFile({
    findings,
    environment: source.environment,
    folder: dirname(source.name),
    files: namedFiles,
  });
  const section = Section.open(root, dialect === 'zxp' ? own : { ...own, dialect, unknownKeys: 'warn' });
  const gathering: Gathering = {
    modules: new Map(),
    targets: [],
    auths: new Map(),
    budgets: new Map(),
    isIncluded: false,
    readFiles: new Set([resolve(source.name)]),
    source,
  };
  const values = section === undefined ? new Map<string, readonly FoundValue[]>() : readValues(section, source);
  if (section !== undefined) yield* readRest(section, gathering);
  checkReferences({ ...gathering, findings });
  refuseSecondDocument(root, { dialect, findings });
  return {
    dialect,
    dialectReason: recognized.reason,
    problems: orderByPlace(findings.problems),
    warnings: orderByPlace(findings.warnings),
    find: (key, isList) => pickValues(values.get(key) ?? [], isList),
    modules: gathering.modules,
    targets: gathering.targets,
    auths: gathering.auths,
    budgets: gathering.budgets,
    namedFiles,
  };
}

interface Recognized {
  readonly dialect: Dialect;
  readonly reason: string;
}

const OWN: Recognized = { dialect: 'zxp', reason: 'no modules' };

/** A file that has `modules` and no other key of zxp's at the top is one of json_exporter's. */
export function recognizeDialect(root: YamlCursor): Recognized {
  const keys = (root.fields ?? []).map((field) => field.key);
  const known = keys.find((key) => key !== 'modules' && topLevelKeys.includes(key));
  if (known !== undefined) return { dialect: 'zxp', reason: `it has ${known} at the top` };
  if (!keys.includes('modules')) return OWN;
  return { dialect: 'json_exporter', reason: "it has modules and no other key of zxp's at the top" };
}

function* readRest(section: Section, gathering: Gathering): Steps<void> {
  const { only } = gathering.source;
  yield* readSection(section, gathering);
  for (const key of section.keys) {
    if (key.startsWith('x-') || (only !== undefined && !only.includes(key))) section.take(key);
    else if (section.reading.dialect === 'json_exporter' && LEFTOVERS.has(key)) warnOfLeftover(section, key);
  }
  section.finish();
}

/** Keys that older versions of json_exporter had at the top. */
const LEFTOVERS: ReadonlySet<string> = new Set(['metrics', 'headers', 'http_client_config', 'body']);

function warnOfLeftover(section: Section, key: string): void {
  const cursor = section.takeAny(key);
  if (cursor === undefined) return;
  section.warn(cursor, 'ignored at the top, as in json_exporter since 0.4', `move it below modules: default: ${key}:`);
}

/** Only the first document of a file is read. */
function refuseSecondDocument(
  root: YamlCursor,
  { dialect, findings }: { readonly dialect: Dialect; readonly findings: Findings },
): void {
  const where = root.secondDocument;
  if (where === undefined) return;
  if (dialect === 'json_exporter') findings.warnings.push({ where, message: 'only the first YAML document is read' });
  else findings.problems.push({ where, message: 'multiple YAML documents are not supported', hint: 'use include' });
}

/** The values of settings by their keys, those of a list each by itself. */
function readValues(section: Section, source: ConfigFileSource): ReadonlyMap<string, readonly FoundValue[]> {
  const isRead = (key: string) => source.only === undefined || source.only.includes(key);
  const names = SETTING_KEYS.filter(isRead);
  const sections = new Map(names.filter(isSectionName).map((name) => [name, section.section(name)]));
  const values = new Map<string, readonly FoundValue[]>();
  for (const row of settingRows) {
    const [head = '', ...rest] = row.key?.split('.') ?? [];
    if (row.key === undefined || !names.includes(head)) continue;
    const found = rest.length === 0 ? section.takeAny(head) : sections.get(head)?.takeAny(rest.join('.'));
    if (found !== undefined) values.set(row.key, readValue(found, row, source));
  }
  for (const inner of sections.values()) inner?.finish();
  return values;
}

function isSectionName(name: string): boolean {
  return settingRows.some(({ key }) => key?.startsWith(`${name}.`));
}

/** Paths in a file are relative to it. */
function readValue(cursor: YamlCursor, row: Setting<unknown>, { name }: ConfigFileSource): readonly FoundValue[] {
  const items = row.repeatable === true && cursor.items?.length !== 0 ? (cursor.items ?? [cursor]) : [cursor];
  return items.map((item) => {
    const { value } = item;
    const isRelative = row.kind.isPath === true && typeof value === 'string' && value !== '' && !isAbsolute(value);
    const found = row.kind.isPublic === true || item.text === '' ? item.found : item.kind;
    return {
      value: isRelative ? join(dirname(name), value) : value,
      where: item.where,
      found: item.items?.length === 0 ? 'an empty list' : found,
    };
  });
}

/** Several values where one is meant are a list, which is refused for what it is. */
function pickValues(values: readonly FoundValue[], isList: boolean): readonly FoundValue[] {
  return isList ? values : values.slice(0, 1);
}

interface Gathering {
  readonly modules: Map<string, ModuleSpec>;
  readonly targets: TargetSpec[];
  readonly auths: Map<string, AuthSpec>;
  readonly budgets: Map<string, BudgetSpec>;
  readonly isIncluded: boolean;
  /** The paths of the files that were read, however the file writes them. */
  readonly readFiles: Set<string>;
  readonly source: ConfigFileSource;
}

function* readSection(section: Section, gathering: Gathering): Steps<void> {
  const { modules, targets, auths, budgets, isIncluded } = gathering;
  yield* readNamed(section, 'modules', { into: modules, read: readModuleSpec });
  yield* readNamed(section, 'auths', { into: auths, read: readAuthSpec });
  for (const { key } of section.section('budgets')?.entries() ?? []) {
    const budget = readBudget(section.section('budgets')?.section(key));
    if (budget !== undefined) budgets.set(key, budget);
  }
  for (const cursor of section.list('targets')) {
    const target = readTargetSpec(cursor, section.reading);
    if (target !== undefined) targets.push(target);
  }
  for (const cursor of section.list('include')) {
    const hint = 'list them all in the main file';
    if (isIncluded) section.refuse(cursor, 'an included file cannot include others', hint);
    else yield* readIncluded(cursor, section.reading, gathering);
  }
}

/** A map of things with names; a name that another file has used is refused. */
function* readNamed<T extends { readonly where: string }>(
  section: Section,
  key: string,
  { into, read }: { readonly into: Map<string, T>; readonly read: (name: string, section: Section) => T },
): Steps<void> {
  for (const { key: name, cursor } of section.section(key)?.entries() ?? []) {
    const inner = Section.open(cursor, section.reading);
    const before = into.get(name);
    if (before !== undefined) section.refuse(cursor, `name already used at ${before.where}`, 'rename one');
    else if (inner !== undefined) into.set(name, read(name, inner));
    yield;
  }
}

function* readIncluded(cursor: YamlCursor, reading: Reading, gathering: Gathering): Steps<void> {
  const { problems } = reading.findings;
  const { readFiles } = gathering;
  const { name } = gathering.source;
  const pattern = readText(cursor, reading);
  if (pattern === undefined) return;
  if (/\*.*[/\\]/.test(pattern)) {
    problems.push({ where: cursor.where, message: '* is not supported in a folder name', hint: 'list each folder' });
    return;
  }
  const found = gathering.source.include(pattern);
  const files = found.filter(({ name }) => !readFiles.has(resolve(name)));
  const repeated = found.find((file) => !files.includes(file));
  if (repeated !== undefined) {
    const isItself = resolve(repeated.name) === resolve(name);
    const message = `${repeated.name} ${isItself ? 'includes itself' : 'is included twice'}`;
    problems.push({ where: cursor.where, message, hint: isItself ? 'remove it' : 'keep one' });
  }
  for (const file of files) {
    readFiles.add(resolve(file.name));
    if ('problem' in file) {
      problems.push({ where: cursor.where, message: `${file.name} cannot be read: ${file.problem}` });
      continue;
    }
    const root = YamlCursor.open(file.name, file.text, reading.findings);
    const own = { ...reading, folder: dirname(file.name) };
    const section = root === undefined ? undefined : Section.open(root, own);
    if (section === undefined) continue;
    yield* readSection(section, { ...gathering, isIncluded: true });
    for (const key of section.keys) if (key.startsWith('x-')) section.take(key);
    section.finish();
  }
}
