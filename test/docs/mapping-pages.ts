import { readConfigFile } from '../../src/config/config-reader.js';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import { type Problem, ZxpError } from '../../src/model/errors.js';
import type { Upstream } from '../../src/model/ports.js';
import type { CompiledModule } from '../../src/modules/compile-modules.js';
import { compileModules } from '../../src/modules/compile-modules.js';

/** The pages about modules: every YAML block of theirs is a whole file, of zxp's or of Prometheus'. */
export const mappingPages = [
  'docs/modules.md',
  'docs/paths.md',
  'docs/expressions.md',
  'docs/content-checks.md',
  'docs/probing.md',
  'docs/templates.md',
  'docs/upstream-credentials.md',
  'docs/cookbook.md',
  'docs/moving-from-json-exporter.md',
] as const;

export interface CheckedFile {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly configuration: Configuration | undefined;
  readonly modules: ReadonlyMap<string, CompiledModule>;
}

/** What `zxp check` finds in a file. Every `${NAME}` in it is set; an `include` finds one empty file. Opens nothing. */
export async function checkFile(text: string): Promise<CheckedFile> {
  const name = 'example.yml';
  const variables = [...text.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map((match) => [match[1] ?? '', anySecret] as const);
  const environment = Object.fromEntries(variables);
  const include = (pattern: string) => [{ name: pattern.replaceAll('*', 'included'), text: '' }];
  const file = readConfigFile({ name, text, environment, include });
  try {
    const sources = { flags: new Map(), environment: {}, file };
    const configuration = loadConfiguration(sources);
    const problems: Problem[] = [];
    const warnings = [...configuration.warnings];
    const modules = await compileModules(configuration, { openUpstream: () => noUpstream, problems, warnings });
    return { problems, warnings, configuration, modules };
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    return { problems: thrown.problems, warnings: file.warnings, configuration: undefined, modules: new Map() };
  }
}

/** Where a certificate is wanted, this looks like one. */
const anySecret = '-----BEGIN CERTIFICATE-----';

const noUpstream: Upstream = {
  fetch: () => Promise.reject(new Error('nothing is asked here')),
  close: async () => undefined,
};

/** The text of a cell of a table: pipes lose their backslash. */
export function readCell(cell: string | undefined): string {
  return (cell ?? '').replaceAll('\\|', '|');
}

/** What stands in backticks at the start of a cell; the cell itself where nothing does. */
export function readCode(cell: string | undefined): string {
  return readCell(/^`([^`]*)`/.exec(cell ?? '')?.[1] ?? cell);
}
