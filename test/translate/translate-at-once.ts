import { finishSteps } from '../../src/async/steps.js';
import type { Translation } from '../../src/model/metrics.js';
import type { ResponseFacts, TranslationContext, Translator } from '../../src/model/ports.js';
import { unlimitedWork } from '../support/unlimited-work.js';

/** What a translator makes of a document, in one go. */
export function translateAtOnce(
  translator: Translator,
  body: Uint8Array,
  limits: TranslationContext['limits'],
  response?: ResponseFacts,
): Translation {
  return finishSteps(translator.translate(body, { limits, response, work: unlimitedWork }));
}

/** A translator that gives the same for every document. */
export function translatorOf(translation: () => Translation): Translator {
  return {
    name: 'test',
    // biome-ignore lint/correctness/useYield: it has one step
    *translate() {
      return translation();
    },
  };
}
