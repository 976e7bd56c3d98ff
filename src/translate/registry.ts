import { ZxpError } from '../model/errors.js';
import type { Translator } from '../model/ports.js';
import { withContentChecks } from './content/content-checks.js';
import type { TranslatorFactory, TranslatorSpec } from './translator-spec.js';
import { zotTranslator } from './zot/translate.js';

const zot: TranslatorFactory = {
  isModule: true,
  create: async () => ({ translator: zotTranslator, problems: [], warnings: [] }),
};

const mapping: TranslatorFactory = {
  isModule: false,
  create: async (spec) => {
    const { createMapping } = await import('./mapping/mapping.js');
    return createMapping(spec.mapping, spec.dialect);
  },
};

/** Every JSON format that zxp reads, by the name that a module's `translator` uses. */
export const translators: ReadonlyMap<string, TranslatorFactory> = new Map(Object.entries({ zot, mapping }));

/** The translator of a spec that was found to be valid. */
export async function createTranslator(spec: TranslatorSpec): Promise<Translator> {
  const factory = translators.get(spec.translator);
  if (factory === undefined) throw new ZxpError('internal', `unknown translator ${spec.translator}`);
  const { translator } = await factory.create(spec);
  return withContentChecks(translator, spec.failIf, []);
}
