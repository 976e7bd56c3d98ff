import { type Drafting, defaultOf } from './drafting.js';
import { freeLabel, gaugeName, nameFamily, nameKeys } from './naming.js';
import { renderPath } from './paths.js';
import { isLabel, type Plan, type PlannedLabel } from './plans.js';
import { isInfo, isState } from './roles.js';
import { completeStates } from './states.js';
import { joinWords } from './words.js';

/** Texts that are states. */
export function addStates(drafting: Drafting, plan: Plan): void {
  if (plan.isFolded) return;
  for (const leaf of plan.scope.leaves) {
    const { keys, column, texts } = leaf;
    if (!isState(leaf) || isLabel(keys, plan)) continue;
    const name = drafting.names.take(nameFamily(plan, gaugeName(nameKeys(keys))), 'gauge');
    if (plan.labels.some((label) => label.name === name)) continue;
    const found = texts.distinct ?? [];
    const states = completeStates(found);
    const isOpen = states.length === found.length;
    drafting.add({
      ...drafting.describe(plan, 'State of'),
      name,
      type: 'object',
      valueType: 'gauge',
      labels: drafting.labels(plan),
      allowsMissing: plan.isPartial || column.values.length < plan.scope.elements.length,
      values: [
        {
          suffix: '',
          value: {
            fields: [
              ['path', renderPath(keys)],
              ['states', states],
              ['stateset', true],
            ],
          },
          notes: isOpen ? ['there may be further states than this document has'] : [],
        },
      ],
      options: [],
      notes: drafting.noteOnce(plan),
    });
  }
}

/** Texts that say what something is, as the labels of an info metric. */
export function addInfo(drafting: Drafting, plan: Plan): void {
  if (plan.isFolded || plan.scope.isMixed) return;
  const isRoot = plan.scope.kind === 'root';
  const found = plan.scope.leaves.filter((leaf) => isInfo(leaf, isRoot) && !isLabel(leaf.keys, plan)).slice(0, 8);
  if (found.length === 0) return;
  const labels: PlannedLabel[] = [...plan.labels];
  for (const leaf of found) {
    const name = freeLabel(joinWords(nameKeys(leaf.keys).slice(-2)), labels, []);
    labels.push({ name, depth: plan.depth, value: [['path', renderPath(leaf.keys)], ...defaultOf(leaf, plan)] });
  }
  drafting.add({
    ...drafting.describe(plan, 'Information about'),
    name: drafting.names.take(nameFamily(plan, ['info']), 'info'),
    type: 'object',
    valueType: undefined,
    labels: drafting.labels({ labels, depth: plan.depth }),
    allowsMissing: plan.isPartial,
    values: [],
    options: [['info', true]],
    notes: drafting.noteOnce(plan),
  });
}
