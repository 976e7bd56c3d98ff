import { type Problem, ZxpError } from '../model/errors.js';
import type { Translator } from '../model/ports.js';
import type { TranslatorFactory, TranslatorSpec } from './translator-spec.js';
import { zotTranslator } from './zot/translate.js';

const zot: TranslatorFactory = {
  create: async () => ({ translator: zotTranslator, problems: [], warnings: [] }),
};

const mapping: TranslatorFactory = {
  create: async (spec) => {
    const { createMapping } = await import('./mapping/mapping.js');
    return createMapping(spec.mapping, spec.dialect);
  },
};

const flatten: TranslatorFactory = {
  create: async (spec) => {
    const { createFlatten } = await import('./flatten/flatten.js');
    return createFlatten(spec);
  },
};

const prom2json: TranslatorFactory = {
  create: async () => {
    const { prom2jsonTranslator } = await import('./prom2json/translate.js');
    return { translator: prom2jsonTranslator, problems: [], warnings: [] };
  },
};

const otlp: TranslatorFactory = {
  create: async () => {
    const { otlpTranslator } = await import('./otlp/translate.js');
    return { translator: otlpTranslator, problems: [], warnings: [] };
  },
};

/** Every JSON format that zxp reads, by the name that a module's `translator` uses. */
export const translators: ReadonlyMap<string, TranslatorFactory> = new Map(
  Object.entries({ zot, mapping, flatten, prom2json, otlp }),
);

/** The translator of a spec that was found to be valid. */
export async function createTranslator(spec: TranslatorSpec): Promise<Translator> {
  const factory = translators.get(spec.translator);
  if (factory === undefined) throw new ZxpError('internal', `unknown translator ${spec.translator}`);
  const { translator } = await factory.create(spec);
  return finishTranslator(translator, spec, []);
}

/**
 * A translator with the checks of `fail_if` in front of it, and what its module does to documents before both. What is
 * wrong with those goes to the problems.
 */
export async function finishTranslator(
  translator: Translator,
  { failIf, mapping }: Pick<TranslatorSpec, 'failIf' | 'mapping'>,
  problems: Problem[],
): Promise<Translator> {
  const checked =
    failIf.length === 0
      ? translator
      : await (await import('./content/content-checks.js')).withContentChecks(translator, failIf, problems);
  if (mapping.format === 'json' && mapping.decode.length === 0) return checked;
  const { prepareDocuments } = await import('./document/prepare.js');
  return prepareDocuments(checked, mapping, problems);
}
