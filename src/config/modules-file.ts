import { dirname } from 'node:path';
import type { Problem } from '../model/errors.js';
import type { ModuleSpec, TargetSpec } from '../model/module.js';
import { readModuleSpec } from './module-spec.js';
import { type Reading, readText, Section } from './section.js';
import { readTargetSpec } from './targets.js';
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

/** A file that an `include` names. */
export interface IncludedFile {
  readonly name: string;
  readonly text: string;
}

export interface ModulesFileSource {
  /** The path of the file; other paths in it are relative to its folder. */
  readonly name: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The files that a pattern names, relative to the folder of the file. */
  readonly include: (pattern: string) => readonly IncludedFile[];
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
  return { isJsonExporter, isReadable, modules, targets, ...findings };
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
    if (modules.has(key))
      problems.push({ where: cursor.where, message: `the module ${key} is there already`, hint: 'rename one' });
    else if (module !== undefined) modules.set(key, readModuleSpec(key, module));
  }
  for (const cursor of section.list('targets')) {
    const target = readTargetSpec(cursor, section.reading);
    if (target !== undefined) targets.push(target);
  }
  for (const cursor of section.list('include')) {
    if (isIncluded) problems.push({ where: cursor.where, message: 'an included file cannot include others' });
    else
      readIncluded(readText(cursor, section.reading) ?? '', {
        where: cursor.where,
        reading: section.reading,
        gathering,
      });
  }
}

function readIncluded(
  pattern: string,
  context: { readonly where: string; readonly reading: Reading; readonly gathering: Gathering },
): void {
  const { reading, gathering, where } = context;
  const files = gathering.source.include(pattern);
  if (files.length === 0 && !pattern.includes('*')) {
    reading.findings.problems.push({ where, message: `names no file: ${pattern}` });
  }
  for (const { name, text } of files) {
    const root = YamlCursor.open(name, text, reading.findings);
    const own = { ...reading, isStrict: true, folder: dirname(name) };
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
  const names = new Set<string>();
  for (const { name, module, where } of targets) {
    if (names.has(name)) problems.push({ where, message: `the target ${name} is there already`, hint: 'rename one' });
    names.add(name);
    if (!modules.has(module) && module !== 'zot') problems.push({ where, message: `names no module: ${module}` });
  }
}
