import { dirname } from 'node:path';
import type { Problem } from '../model/errors.js';
import type { AuthSpec, BudgetSpec, ModuleSpec, TargetSpec } from '../model/module.js';
import { readAuthSpec } from './modules/auths.js';
import { readModuleSpec } from './modules/module-spec.js';
import { readBudget } from './modules/request-policy.js';
import { readTargetSpec } from './modules/targets.js';
import { findNearest } from './nearest.js';
import { orderByPlace } from './place.js';
import { isName } from './quotable.js';
import { type NamedFile, type Reading, readingOfOwnFile, readText, Section } from './section.js';
import type { TextFile } from './text-file.js';
import { type Findings, YamlCursor } from './yaml-cursor.js';

/** What a config file says of modules and targets, its includes with it. */
export interface ModulesFile {
  /** Whether it is a file of json_exporter: `modules`, and no other key of zxp's. */
  readonly isJsonExporter: boolean;
  /** Whether it is YAML. */
  readonly isReadable: boolean;
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  readonly targets: readonly TargetSpec[];
  readonly auths: ReadonlyMap<string, AuthSpec>;
  /** Request budgets that modules share. */
  readonly budgets: ReadonlyMap<string, BudgetSpec>;
  /** Files that modules and auths name. */
  readonly files: readonly NamedFile[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface ModulesFileSource {
  /** The path of the file; other paths in it are relative to its folder. */
  readonly name: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The files that a pattern names, relative to the folder of the file. A pattern without a match has none. */
  readonly include: (pattern: string) => readonly TextFile[];
}

/** Keys that this page of the file is about; settings are read elsewhere. */
export const moduleKeys: readonly string[] = ['modules', 'targets', 'auths', 'budgets', 'include'];

/** Reads `modules`, `targets`, `auths` and `include` of a config file. Problems and warnings name file, line and path. */
export function readModulesFile(source: ModulesFileSource): ModulesFile {
  const findings: Findings = { problems: [], warnings: [] };
  const modules = new Map<string, ModuleSpec>();
  const targets: TargetSpec[] = [];
  const auths = new Map<string, AuthSpec>();
  const budgets = new Map<string, BudgetSpec>();
  const files: NamedFile[] = [];
  const root = YamlCursor.open(source.name, source.text, findings);
  const isJsonExporter = root !== undefined && isJsonExporterFile(root);
  if (root !== undefined) {
    const own = readingOfOwnFile({ findings, environment: source.environment, folder: dirname(source.name), files });
    const theirs: Reading = { ...own, dialect: 'json_exporter', unknownKeys: 'warn' };
    const section = Section.open(root, isJsonExporter ? theirs : own);
    if (section !== undefined) readSection(section, { modules, targets, auths, budgets, isIncluded: false, source });
  }
  checkTargets(targets, { modules, auths, findings });
  checkAuths({ modules, targets, auths, findings });
  checkBudgets(modules, budgets, findings);
  const isReadable = root !== undefined || findings.problems.length === 0;
  return {
    isJsonExporter,
    isReadable,
    modules,
    targets,
    auths,
    budgets,
    files,
    problems: orderByPlace(findings.problems),
    warnings: orderByPlace(findings.warnings),
  };
}

function isJsonExporterFile(root: YamlCursor): boolean {
  const keys = (root.fields ?? []).map((field) => field.key).filter((key) => !key.startsWith('x-'));
  return keys.length > 0 && keys.every((key) => key === 'modules');
}

interface Gathering {
  readonly modules: Map<string, ModuleSpec>;
  readonly targets: TargetSpec[];
  readonly auths: Map<string, AuthSpec>;
  readonly budgets: Map<string, BudgetSpec>;
  readonly isIncluded: boolean;
  readonly source: ModulesFileSource;
}

function readSection(section: Section, gathering: Gathering): void {
  const { modules, targets, auths, budgets, isIncluded } = gathering;
  readNamed(section, 'modules', { into: modules, read: readModuleSpec });
  readNamed(section, 'auths', { into: auths, read: readAuthSpec });
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
    else readIncluded(cursor, section.reading, gathering);
  }
}

/** A map of things with names; a name that another file has used is refused. */
function readNamed<T extends { readonly where: string }>(
  section: Section,
  key: string,
  { into, read }: { readonly into: Map<string, T>; readonly read: (name: string, section: Section) => T },
): void {
  for (const { key: name, cursor } of section.section(key)?.entries() ?? []) {
    const inner = Section.open(cursor, section.reading);
    const before = into.get(name);
    if (before !== undefined) section.refuse(cursor, `name already used at ${before.where}`, 'rename one');
    else if (inner !== undefined) into.set(name, read(name, inner));
  }
}

function readIncluded(cursor: YamlCursor, reading: Reading, gathering: Gathering): void {
  const { problems } = reading.findings;
  const pattern = readText(cursor, reading);
  if (pattern === undefined) return;
  if (/\*.*[/\\]/.test(pattern)) {
    problems.push({ where: cursor.where, message: '* is not supported in a folder name', hint: 'list each folder' });
    return;
  }
  for (const file of gathering.source.include(pattern)) {
    if ('problem' in file) {
      problems.push({ where: cursor.where, message: `${file.name} cannot be read: ${file.problem}` });
      continue;
    }
    const root = YamlCursor.open(file.name, file.text, reading.findings);
    const own = { ...reading, folder: dirname(file.name) };
    const section = root === undefined ? undefined : Section.open(root, own);
    if (section === undefined) continue;
    readSection(section, { ...gathering, isIncluded: true });
    for (const key of section.keys) if (key.startsWith('x-')) section.take(key);
    section.finish();
  }
}

function checkTargets(targets: readonly TargetSpec[], { modules, auths, findings: { problems } }: Named): void {
  const places = new Map<string, string>();
  for (const { name, module, auth, where } of targets) {
    const before = places.get(name);
    if (before !== undefined) problems.push({ where, message: `name already used at ${before}`, hint: 'rename one' });
    else places.set(name, where);
    if (auth !== undefined && !auths.has(auth))
      problems.push(unknownName({ where, what: 'auth', known: auths.keys() }, auth));
    // Every translator is a module by itself.
    if (modules.has(module) || module === 'zot') continue;
    problems.push(unknownName({ where, what: 'module', known: ['zot', ...modules.keys()] }, module));
  }
}

interface Named {
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  readonly auths: ReadonlyMap<string, AuthSpec>;
  readonly findings: Findings;
}

function checkBudgets(
  modules: ReadonlyMap<string, ModuleSpec>,
  budgets: ReadonlyMap<string, BudgetSpec>,
  { problems }: Findings,
): void {
  for (const { policy, where } of modules.values()) {
    const { budget } = policy;
    if (typeof budget !== 'string' || budgets.has(budget)) continue;
    problems.push(unknownName({ where, what: 'budget', known: budgets.keys() }, budget));
  }
}

/** An auth goes to the origins in its `allow` and to targets that name it: one with neither goes nowhere. */
function checkAuths({ modules, targets, auths, findings }: Named & { readonly targets: readonly TargetSpec[] }): void {
  for (const { auth, where } of modules.values()) {
    if (auth === undefined || auths.has(auth)) continue;
    findings.problems.push(unknownName({ where, what: 'auth', known: auths.keys() }, auth));
  }
  for (const { name, where, allow } of auths.values()) {
    if (allow !== undefined || targets.some((target) => target.auth === name)) continue;
    const hint = 'list the origins that it may go to: allow: ["https://api.example"], or name it in targets';
    findings.problems.push({ where, message: 'needs allow or a target that names it', hint });
  }
}

function unknownName(
  { where, what, known }: { readonly where: string; readonly what: string; readonly known: Iterable<string> },
  name: string,
): Problem {
  const names = [...known];
  const nearest = findNearest(name, names);
  const list = names.length === 0 ? `there are no ${what}s` : `known: ${names.join(', ')}`;
  const message = isName(name) ? `unknown ${what} "${name}"` : `unknown ${what}`;
  return { where, message, hint: nearest === undefined ? list : `did you mean ${nearest}?` };
}
