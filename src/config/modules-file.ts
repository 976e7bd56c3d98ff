import { dirname } from 'node:path';
import type { Problem } from '../model/errors.js';
import type { ModuleSpec, TargetSpec } from '../model/module.js';
import { readModuleSpec } from './module-spec.js';
import { findNearest } from './nearest.js';
import { orderByLine } from './problem-order.js';
import { type Reading, readText, Section } from './section.js';
import { readTargetSpec } from './targets.js';
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
export const moduleKeys: readonly string[] = ['modules', 'targets', 'include'];

/** Reads `modules`, `targets` and `include` of a config file. Problems and warnings name file, line and path. */
export function readModulesFile(source: ModulesFileSource): ModulesFile {
  const findings: Findings = { problems: [], warnings: [] };
  const modules = new Map<string, ModuleSpec>();
  const targets: TargetSpec[] = [];
  const root = YamlCursor.open(source.name, source.text, findings);
  const isJsonExporter = root !== undefined && isJsonExporterFile(root);
  if (root !== undefined) {
    const reading = {
      findings,
      isStrict: !isJsonExporter,
      environment: source.environment,
      folder: dirname(source.name),
    };
    const section = Section.open(root, reading);
    if (section !== undefined) readSection(section, { modules, targets, isIncluded: false, source });
  }
  checkTargets(targets, modules, findings);
  const isReadable = root !== undefined || findings.problems.length === 0;
  return {
    isJsonExporter,
    isReadable,
    modules,
    targets,
    problems: orderByLine(findings.problems),
    warnings: orderByLine(findings.warnings),
  };
}

function isJsonExporterFile(root: YamlCursor): boolean {
  const keys = (root.fields ?? []).map((field) => field.key).filter((key) => !key.startsWith('x-'));
  return keys.length > 0 && keys.every((key) => key === 'modules');
}

interface Gathering {
  readonly modules: Map<string, ModuleSpec>;
  readonly targets: TargetSpec[];
  readonly isIncluded: boolean;
  readonly source: ModulesFileSource;
}

function readSection(section: Section, gathering: Gathering): void {
  const { modules, targets, isIncluded } = gathering;
  const { problems } = section.reading.findings;
  const list = section.section('modules');
  for (const { key, cursor } of list?.entries() ?? []) {
    const module = Section.open(cursor, section.reading);
    const before = modules.get(key);
    if (before !== undefined)
      problems.push({ where: cursor.where, message: `is there already: ${before.where}`, hint: 'rename one' });
    else if (module !== undefined) modules.set(key, readModuleSpec(key, module));
  }
  for (const cursor of section.list('targets')) {
    const target = readTargetSpec(cursor, section.reading);
    if (target !== undefined) targets.push(target);
  }
  for (const cursor of section.list('include')) {
    const hint = 'let the first file name them all';
    if (isIncluded) section.refuse(cursor, 'is in a file that is included itself', hint);
    else readIncluded(cursor, section.reading, gathering);
  }
}

function readIncluded(cursor: YamlCursor, reading: Reading, gathering: Gathering): void {
  const { problems } = reading.findings;
  const pattern = readText(cursor, reading);
  if (pattern === undefined) return;
  if (/\*.*[/\\]/.test(pattern)) {
    problems.push({ where: cursor.where, message: 'has * in the name of a folder', hint: 'name each folder' });
    return;
  }
  for (const file of gathering.source.include(pattern)) {
    if ('problem' in file) {
      problems.push({ where: cursor.where, message: `names ${file.name}, which cannot be read: ${file.problem}` });
      continue;
    }
    const root = YamlCursor.open(file.name, file.text, reading.findings);
    const own = { ...reading, isStrict: true, folder: dirname(file.name) };
    const section = root === undefined ? undefined : Section.open(root, own);
    if (section === undefined) continue;
    readSection(section, { ...gathering, isIncluded: true });
    for (const key of section.keys) if (key.startsWith('x-')) section.take(key);
    section.finish();
  }
}

function checkTargets(
  targets: readonly TargetSpec[],
  modules: ReadonlyMap<string, ModuleSpec>,
  { problems }: Findings,
): void {
  const places = new Map<string, string>();
  for (const { name, module, where } of targets) {
    const before = places.get(name);
    if (before !== undefined)
      problems.push({ where, message: `has the name ${name}, which is there already: ${before}`, hint: 'rename one' });
    else places.set(name, where);
    // Every translator is a module by itself.
    if (modules.has(module) || module === 'zot') continue;
    const nearest = findNearest(module, modules.keys());
    const hint =
      nearest === undefined ? `there is ${['zot', ...modules.keys()].join(', ')}` : `did you mean ${nearest}?`;
    problems.push({ where, message: `names no module: ${JSON.stringify(module)}`, hint });
  }
}
