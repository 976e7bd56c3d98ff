import type { OptionEntry } from './column.js';
import { FamilyNames, type MetricDraft, toValue } from './drafts.js';
import { freeLabel, nameKeys } from './naming.js';
import { renderPath } from './paths.js';
import type { Plan } from './plans.js';
import { findGroup } from './roles.js';
import type { Leaf } from './scopes.js';
import { joinWords } from './words.js';

/** What the metrics of one document share while they are proposed. */
export class Drafting {
  /** The words that every name begins with. */
  readonly module: readonly string[];
  readonly names = new FamilyNames();
  /** Fields that are in a metric. */
  readonly used = new Set<Leaf>();
  readonly metrics: MetricDraft[] = [];
  /** Plans whose notes are said already. */
  readonly #noted = new Set<Plan>();

  constructor(module: readonly string[]) {
    this.module = module;
  }

  add(metric: MetricDraft): void {
    this.metrics.push(metric);
  }

  /** The help, the path and what comes of every plan. */
  describe(plan: Plan, what: string, step?: string): Pick<MetricDraft, 'help' | 'steps'> {
    const each = plan.depth === 0 ? '' : `each ${plan.noun.join(' ') || 'element'} of `;
    const steps = step === undefined ? plan.steps : [...plan.steps.slice(0, -1), step];
    return { help: `${what} ${each}${this.module.join(' ')}.`, steps: plan.steps.length === 0 ? ['{@}'] : steps };
  }

  /** What is uncertain of the elements is said once, where they come first. */
  noteOnce(plan: Plan): readonly string[] {
    if (this.#noted.has(plan)) return [];
    this.#noted.add(plan);
    return plan.notes;
  }

  labels(
    { labels, depth: from }: Pick<Plan, 'labels' | 'depth'>,
    own: readonly OptionEntry[] = [],
  ): readonly OptionEntry[] {
    const inherited = labels.map(({ name, depth, value }): OptionEntry => {
      const up = from - depth;
      const fields: readonly OptionEntry[] =
        up === 0 ? value : [...value, ['from', ['', 'parent', 'grandparent'][up] ?? up]];
      const [[key, only] = ['', '']] = fields;
      return [name, fields.length === 1 && key === 'path' ? only : { fields }];
    });
    return [...inherited, ...own];
  }
}

/** The label by which elements that are folded are told apart, where there is one. */
export function groupLabels(plan: Plan): readonly OptionEntry[] {
  const leaf = findGroup(plan.scope);
  if (leaf === undefined) return [];
  return [
    [
      freeLabel(joinWords(nameKeys(leaf.keys).slice(-2)), plan.labels, []),
      toValue(['path', renderPath(leaf.keys)], defaultOf(leaf, plan)),
    ],
  ];
}

/** What a label has where the field is missing, null or empty. */
export function defaultOf({ kinds, texts, column }: Leaf, { scope }: Plan): readonly OptionEntry[] {
  const isPartial = column.values.length < scope.elements.length || kinds.nulls + texts.empties > 0;
  return isPartial ? [['default', 'none']] : [];
}
