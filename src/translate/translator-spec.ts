import type { Problem } from '../model/errors.js';
import type { ConditionSpec, Dialect, MappingSpec } from '../model/module.js';
import type { Translator } from '../model/ports.js';

/** How a module translates, as plain data. */
export interface TranslatorSpec {
  /** A name in the registry. */
  readonly translator: string;
  readonly mapping: MappingSpec;
  readonly failIf: readonly ConditionSpec[];
  readonly dialect: Dialect;
  /** Where the module is, for problems. */
  readonly where?: string;
}

/** A translator as a spec makes it, and what is wrong with the spec. */
export interface CompiledTranslator {
  readonly translator: Translator;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** How one JSON format is read. */
export interface TranslatorFactory {
  readonly create: (spec: TranslatorSpec) => Promise<CompiledTranslator>;
}
