import { addCount, addLength } from './count-metrics.js';
import { Drafting } from './drafting.js';
import type { MetricDraft } from './drafts.js';
import { nameFamily, nameKeys } from './naming.js';
import { addValues } from './number-metrics.js';
import { renderPath } from './paths.js';
import { type Plan, planChild, planRoot } from './plans.js';
import { remarkLeftOut } from './remarks.js';
import { type FoundDistribution, findScopes } from './scopes.js';
import { addInfo, addStates } from './text-metrics.js';

/** What is proposed for a document. */
export interface Proposal {
  readonly metrics: readonly MetricDraft[];
  /** Paths to texts that are documents, each a list that leads from array to array. */
  readonly decode: readonly (readonly string[])[];
  /** What is left out, in sentences. */
  readonly remarks: readonly string[];
}

/** Metrics of one file; a document may have more. */
const MAX_METRICS = 400;

/** Proposes metrics whose names begin with these words. */
export function proposeMetrics(document: unknown, module: readonly string[]): Proposal {
  const drafting = new Drafting(module);
  const found: Found = { decode: [], remarks: [], prefixes: new Set() };
  addAll(drafting, planRoot(findScopes(document), module), found);
  const metrics = drafting.metrics.slice(0, MAX_METRICS);
  const more = drafting.metrics.length - metrics.length;
  const remarks = more > 0 ? [`The document has more: ${more} further metrics are left out.`] : [];
  return { metrics, decode: found.decode, remarks: [...remarks, ...found.remarks] };
}

/** What comes with the metrics. */
interface Found {
  readonly decode: (readonly string[])[];
  readonly remarks: string[];
  /** What the names of other elements begin with. */
  readonly prefixes: Set<string>;
}

/** Adds the metrics of the elements of a plan, and of those below them. */
function addAll(drafting: Drafting, plan: Plan, found: Found): void {
  const { scope } = plan;
  if (scope.elements.length === 0) return;
  for (const keys of scope.decoded) found.decode.push([...plan.steps, renderPath(keys)]);
  const measures = addValues(drafting, plan) + scope.distributions.length;
  for (const distribution of scope.distributions) addDistribution(drafting, plan, distribution);
  for (const length of scope.lengths) addLength(drafting, plan, length);
  addStates(drafting, plan);
  addInfo(drafting, plan);
  addCount(drafting, plan, measures);
  found.remarks.push(...remarkLeftOut(plan, drafting.used));
  for (const child of scope.children) {
    addAll(drafting, planChild(child, plan, { module: drafting.module, prefixes: found.prefixes }), found);
  }
}

function addDistribution(drafting: Drafting, plan: Plan, found: FoundDistribution): void {
  if (plan.isFolded) return;
  const own = nameKeys(found.keys).filter(
    (word) => !found.unit.includes(word) && !/^(quantiles?|percentiles?|buckets?|ms|us|ns|secs?|millis)$/.test(word),
  );
  const named = own.length + found.unit.length === 0 ? [found.type] : [...own, ...found.unit];
  drafting.add({
    ...drafting.describe(plan, 'Distributions of'),
    name: drafting.names.take(nameFamily(plan, named), found.type),
    type: found.type,
    valueType: undefined,
    labels: drafting.labels(plan),
    allowsMissing: plan.isPartial || !found.isEverywhere || plan.scope.kind !== 'root',
    values: [],
    options: found.options,
    notes: [...drafting.noteOnce(plan), ...found.notes],
  });
}
