import { DropTally } from '../../../src/model/drops.js';
import { toZxpError } from '../../../src/model/errors.js';
import type { ResponseFacts } from '../../../src/model/ports.js';
import { withContentChecks } from '../../../src/translate/content/content-checks.js';
import { describeProblems, readModule } from '../../config/read-modules.js';
import { usualLimits } from '../mapping/scrape-document.js';
import { translateAtOnce, translatorOf } from '../translate-at-once.js';

/** What becomes of a reply: `undefined` where no condition holds. */
export interface Verdict {
  readonly code: string;
  readonly message: string;
  readonly evidence: string | undefined;
}

const response: ResponseFacts = { statusCode: 200, headers: [], params: {}, timeLeftMs: 10_000 };

const inner = translatorOf(() => ({ families: [], drops: new DropTally() }));

/** Compiles the keys of a module, which must be right, into a check of replies. */
export async function compileChecks(keys: string) {
  const { module, problems } = readModule(keys);
  const found: Parameters<typeof withContentChecks>[2] = [];
  const translator = await withContentChecks(inner, module.failIf, found);
  const wrong = [...problems, ...describeProblems(found)];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return (document: unknown, facts: Partial<ResponseFacts> = {}): Verdict | undefined => {
    try {
      const body = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
      translateAtOnce(translator, body, usualLimits, { ...response, ...facts });
      return undefined;
    } catch (thrown) {
      const { code, message, evidence } = toZxpError(thrown);
      return { code, message, evidence };
    }
  };
}
