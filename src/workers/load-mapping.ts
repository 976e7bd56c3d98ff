import { readConfiguration } from '../config/load.js';
import { readMappingText, UNNAMED_MODULE } from '../config/mapping-text.js';
import { orderByPlace } from '../config/place.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { PlaygroundInput } from '../model/playground.js';
import type { Upstream } from '../model/ports.js';
import { compileAuths } from '../modules/auths.js';
import { type CompiledModule, compileModules } from '../modules/compile-modules.js';

/** The modules of a text, compiled, and all that is wrong with them. */
export interface LoadedMapping {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** None for a module by itself. */
  readonly names: readonly string[];
  /** The name of the module that is used. */
  readonly chosen: string | undefined;
  readonly module: CompiledModule | undefined;
}

/** Where a module by itself is taken to go: what it may request is said elsewhere in its file. */
const TARGET = { name: UNNAMED_MODULE, where: '', url: new URL('http://target.invalid/'), auth: undefined, labels: [] };

const NOTHING: LoadedMapping = {
  problems: [
    { where: '', message: 'the mapping is empty', hint: "metrics: [{ name: stock_items, path: '{.items}' }]" },
  ],
  warnings: [],
  names: [],
  chosen: undefined,
  module: undefined,
};

/** Reads a mapping as a start reads a file, but for files and variables, and compiles its modules. Opens nothing. */
export async function loadMapping({ mapping, module: wanted }: PlaygroundInput): Promise<LoadedMapping> {
  if (mapping.trim() === '') return NOTHING;
  const { file: read, isUnnamed } = readMappingText(mapping);
  const file = isUnnamed ? { ...read, targets: [{ ...TARGET, module: UNNAMED_MODULE }] } : read;
  const { configuration, problems: found } = readConfiguration({
    flags: new Map(),
    environment: {},
    file,
    ignoresAccessPolicy: true,
  });
  const problems = [...found];
  const warnings = [...configuration.warnings];
  const modules = await compileModules(configuration, { openUpstream: () => closedUpstream, problems, warnings });
  await compileAuths(configuration, problems);
  const names = [...configuration.modules.keys()];
  const chosen = choose(wanted, { names, known: modules, usual: configuration.probeModule });
  if (wanted !== '' && chosen !== wanted && !isUnnamed)
    problems.push({ where: 'module', message: 'the mapping has no module of this name', hint: names.join(', ') });
  return {
    problems: orderByPlace([...new Map(problems.map((each) => [`${each.where} ${each.message}`, each])).values()]),
    warnings: orderByPlace(warnings),
    names: isUnnamed ? [] : names,
    chosen,
    module: modules.get(chosen ?? ''),
  };
}

function choose(
  wanted: string,
  {
    names,
    known,
    usual,
  }: { readonly names: readonly string[]; readonly known: { has(name: string): boolean }; readonly usual: string },
): string | undefined {
  const candidates = [wanted, ...(names.includes(usual) || names.length === 0 ? [usual] : []), ...names];
  return candidates.find((name) => name !== '' && known.has(name));
}

/** No request is made: the document is there. */
const closedUpstream: Upstream = {
  fetch: async () => {
    throw new ZxpError('internal', 'an evaluation makes no request');
  },
  close: async () => undefined,
};
