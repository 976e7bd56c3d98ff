import { ZxpError } from '../model/errors.js';
import type { ConditionSpec, MappingSpec } from '../model/module.js';
import type { Translator } from '../model/ports.js';
import { withContentChecks } from './content/content-checks.js';
import { compileMapping } from './mapping/mapping.js';
import { translators } from './registry.js';

/** How a module translates, as plain data: all that a worker has to know of it. */
export interface TranslatorSpec {
  /** A name in `translators.ts`, or `mapping`. */
  readonly translator: string;
  readonly mapping: MappingSpec;
  readonly failIf: readonly ConditionSpec[];
  readonly isJsonExporter: boolean;
}

/** A recipe, and a number that no other one has. */
export interface NumberedTranslatorSpec {
  readonly id: number;
  readonly recipe: TranslatorSpec;
}

/** The translator of a recipe that was found to be all right. */
export async function createTranslator(spec: TranslatorSpec): Promise<Translator> {
  return withContentChecks(await createUnchecked(spec), spec.failIf, []);
}

async function createUnchecked({ translator: name, mapping, isJsonExporter }: TranslatorSpec): Promise<Translator> {
  if (name === 'mapping') return (await compileMapping(mapping, { isJsonExporter })).translator;
  const translator = translators.get(name);
  if (translator === undefined) throw new ZxpError('internal', `there is no translator ${name}`);
  return translator;
}
