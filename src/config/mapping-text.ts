import type { Problem } from '../model/errors.js';
import { type ConfigFile, emptyConfigFile } from './config-file.js';
import { readConfigFile, topLevelKeys } from './config-reader.js';
import { moduleKeys, readModuleSpec } from './modules/module-spec.js';
import { type NamedFile, readingOfOwnFile, Section } from './section.js';
import { type Findings, YamlCursor } from './yaml-cursor.js';

/** The name under which places in the text are given. */
const NAME = 'mapping';

/** The name of a module that stands by itself. */
export const UNNAMED_MODULE = 'module';

/** Said in place of what a file would say. */
const NOT_READ = 'files are not read here';

/** A text with modules: one by itself, several by their names, or a whole file. */
export interface MappingText {
  readonly file: ConfigFile;
  /** Whether it is the content of `modules.NAME` alone. */
  readonly isUnnamed: boolean;
}

/**
 * Reads a text with modules, and nothing besides: files, includes and environment variables that it names are left alone,
 * each with a warning. Never throws; problems and warnings name their places.
 */
export function readMappingText(text: string): MappingText {
  const findings: Findings = { problems: [], warnings: [] };
  const root = YamlCursor.open(NAME, text, findings);
  if (root === undefined) return { file: emptyConfigFile(findings), isUnnamed: false };
  const kind = recognize(root);
  const { environment, listUsed } = createStandIn();
  const file =
    kind === 'file'
      ? readConfigFile({ name: NAME, text, environment, include: (name) => [{ name, problem: NOT_READ }] })
      : readModules(root, { kind, findings, environment });
  const isIncluded = file.problems.some(({ message }) => message.endsWith(NOT_READ));
  // What an included file may have is not missing.
  const isLeft = ({ message }: Problem) =>
    message.endsWith(NOT_READ) || (isIncluded && /^unknown (module|auth|budget)\b/.test(message));
  const [left, problems] = separate(file.problems, isLeft);
  const warnings = [
    ...file.warnings,
    ...left,
    ...file.namedFiles.map(({ where }) => ({ where, message: NOT_READ, hint: 'zxp check FILE reads them' })),
    ...listUsed().map((name) => ({
      where: findText(text, `\${${name}}`),
      message: 'environment variables are not read here',
      hint: 'zxp check FILE reads them',
    })),
  ];
  return { file: { ...file, problems, warnings, namedFiles: [] }, isUnnamed: kind === 'module' };
}

function recognize(root: YamlCursor): 'module' | 'modules' | 'file' {
  const fields = root.fields ?? [];
  const keys = fields.map(({ key }) => key);
  if (keys.some((key) => topLevelKeys.includes(key))) return 'file';
  const isModule = (cursor: YamlCursor) => (cursor.fields ?? []).some(({ key }) => moduleKeys.includes(key));
  if (keys.some((key) => moduleKeys.includes(key)) || keys.length === 0) return 'module';
  return fields.some(({ cursor }) => isModule(cursor)) ? 'modules' : 'module';
}

function readModules(
  root: YamlCursor,
  {
    kind,
    findings,
    environment,
  }: {
    readonly kind: 'module' | 'modules';
    readonly findings: Findings;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): ConfigFile {
  const namedFiles: NamedFile[] = [];
  const reading = readingOfOwnFile({ findings, environment, folder: '/', files: namedFiles });
  const section = Section.open(root, reading);
  const entries = section === undefined || kind === 'module' ? [] : section.entries();
  const sections: readonly (readonly [string, Section | undefined])[] =
    kind === 'module'
      ? [[UNNAMED_MODULE, section]]
      : entries.map(({ key, cursor }) => [key, Section.open(cursor, reading)]);
  const modules = sections.flatMap(([name, inner]) =>
    inner === undefined ? [] : [[name, readModuleSpec(name, inner)] as const],
  );
  if (root.secondDocument !== undefined)
    findings.problems.push({ where: root.secondDocument, message: 'multiple YAML documents are not supported' });
  return emptyConfigFile({ ...findings, modules: new Map(modules), namedFiles });
}

/** An environment in which every variable is set, to a text that means nothing. */
function createStandIn() {
  const used = new Set<string>();
  const environment = new Proxy<Record<string, string>>(
    {},
    {
      get: (_target, name) => {
        if (typeof name === 'string') used.add(name);
        return 'not-read-here';
      },
    },
  );
  return { environment, listUsed: () => [...used] };
}

function findText(text: string, searched: string): string {
  const before = text.slice(0, Math.max(0, text.indexOf(searched))).split('\n');
  return `${NAME}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function separate<T>(all: readonly T[], matches: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(matches), all.filter((one) => !matches(one))];
}
