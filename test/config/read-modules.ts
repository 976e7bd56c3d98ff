import { readConfigFile } from '../../src/config/config-reader.js';
import type { Problem } from '../../src/model/errors.js';
import type { MetricSpec, ModuleSpec } from '../../src/model/module.js';

/** Problems in a line each: place without its column, message, and the hint behind a semicolon. */
export function describeProblems(problems: readonly Problem[]): readonly string[] {
  return problems.map(
    ({ where, message, hint }) => `${dropColumn(where)} ${message}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

/** `f.yml:3: a` for `f.yml:3:5: a`: most tests are about the line. */
export function dropColumn(where: string): string {
  return where.replace(/^([^:\s]*:\d+):\d+/, '$1');
}

export interface ReadText {
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads a file `f.yml` from memory. */
export function readFile(text: string, environment: Readonly<Record<string, string>> = {}): ReadText {
  const file = readConfigFile({ name: 'f.yml', text, environment, include: () => [] });
  return { ...file, problems: describeProblems(file.problems), warnings: describeProblems(file.warnings) };
}

/** Reads the keys of one module, `m`, of a file of zxp's or json_exporter's; its first line is line 4. */
export function readModule(
  keys: string,
  options: { readonly isJsonExporter?: boolean; readonly environment?: Readonly<Record<string, string>> } = {},
): ReadText & { readonly module: ModuleSpec } {
  const { isJsonExporter = false, environment = {} } = options;
  const start = isJsonExporter ? '# theirs' : 'module: m';
  const file = readFile(`${start}\nmodules:\n  m:\n${keys.replace(/^(?=.)/gm, '    ')}\n`, environment);
  const module = file.modules.get('m');
  if (module === undefined) throw new Error(`there is no module: ${file.problems.join(', ')}`);
  return { ...file, module };
}

/** Reads one metric, on line 5. */
export function readMetric(
  keys: string,
  options: Parameters<typeof readModule>[1] = {},
): ReadText & { readonly metric: MetricSpec } {
  const file = readModule(`metrics:\n  -\n${keys.replace(/^(?=.)/gm, '    ')}`, options);
  const [metric] = file.module.mapping.metrics;
  if (metric === undefined) throw new Error(`there is no metric: ${file.problems.join(', ')}`);
  return { ...file, metric };
}
