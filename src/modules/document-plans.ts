import type { DiscoveryReader } from '../model/discovery.js';
import type { Problem } from '../model/errors.js';
import type { FetchPlan } from '../model/fetch-plan.js';
import type { ModuleSpec } from '../model/module.js';

/** What a module reads its documents by, other than its translator. */
interface DocumentPlans {
  /** Undefined where one request makes the document. */
  readonly plan: FetchPlan | undefined;
  /** Undefined where the module has no `discover`. */
  readonly discover: DiscoveryReader | undefined;
}

/** Compiles `pages`, `follow` and `discover`. A module without them does not load what compiles them. */
export async function compileDocumentPlans(
  { pages, follow, discover, failIf }: Partial<ModuleSpec> & Pick<ModuleSpec, 'failIf'>,
  problems: Problem[],
): Promise<DocumentPlans> {
  const hasPlan = pages !== undefined || follow !== undefined;
  return {
    plan: hasPlan ? await (await import('./fetch-plan.js')).compileFetchPlan({ pages, follow }, problems) : undefined,
    discover: discover && (await (await import('./discovery.js')).compileDiscovery({ discover, failIf }, problems)),
  };
}
