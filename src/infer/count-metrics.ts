import { isFields } from '../golang/values.js';
import type { OptionEntry } from './column.js';
import { type Drafting, defaultOf, groupLabels } from './drafting.js';
import { toValue } from './drafts.js';
import { findPlural, freeLabel, gaugeName, nameFamily, nameKeys } from './naming.js';
import { renderPath } from './paths.js';
import { isLabel, type Plan } from './plans.js';
import { findCategories } from './roles.js';
import type { Length } from './scopes.js';
import { dropRepeats, joinWords, splitWords } from './words.js';

/** How long lists are. */
export function addLength(drafting: Drafting, plan: Plan, { keys, column, hasNulls, arePaths }: Length): void {
  const words = keys.length === 0 ? ['elements'] : gaugeName(nameKeys(keys));
  const path = hasNulls ? renderPath(keys, '[*]', true) : renderPath(keys);
  drafting.add({
    ...drafting.describe(plan, `Number of ${words.join(' ')} of`),
    name: drafting.names.take(nameFamily(plan, words), 'gauge'),
    type: 'object',
    valueType: 'gauge',
    labels: drafting.labels(plan, plan.isFolded ? groupLabels(plan) : []),
    allowsMissing: plan.isPartial || plan.isFolded || column.values.length < plan.scope.elements.length,
    values: [
      {
        suffix: '',
        value: {
          fields: [
            ['path', path],
            ['length', true],
          ],
        },
        notes: [],
      },
    ],
    options: plan.isFolded ? [['aggregate', 'sum']] : [],
    notes: drafting.noteOnce(plan),
  });
  if (!arePaths) return;
  // Texts such as `team/app`, by what is before the first slash.
  drafting.add({
    ...drafting.describe(plan, `Number of ${words.join(' ')} of`),
    steps: [renderPath(keys, '[*]')],
    name: drafting.names.take(nameFamily(plan, ['group', ...words]), 'gauge'),
    type: 'object',
    valueType: 'gauge',
    labels: [
      [
        'group',
        {
          fields: [
            ['path', '{@}'],
            ['regex', '^(?:([^/]+)/)?'],
          ],
        },
      ],
    ],
    allowsMissing: false,
    values: [{ suffix: '', value: 1, notes: ['the first part of the names is taken for a group'] }],
    options: [['aggregate', 'count']],
    notes: [],
  });
}

/** How many elements there are, where they are folded or where nothing is measured of them. */
export function addCount(drafting: Drafting, plan: Plan, measures: number): void {
  const { scope } = plan;
  if (scope.kind === 'root' || scope.isMixed) return;
  const groups = plan.isFolded ? groupLabels(plan) : categoryLabels(drafting, plan);
  const isInventory = scope.kind === 'list' && measures === 0 && scope.elements.some(isFields) && groups.length > 0;
  if (!plan.isFolded && !isInventory) return;
  const above = plan.labels.filter(({ depth }) => depth < plan.depth);
  drafting.add({
    steps: plan.steps,
    help: `Number of ${findPlural(scope.keys).join(' ')} of ${drafting.module.join(' ')}.`,
    name: drafting.names.take(joinWords(dropRepeats([...drafting.module, ...findPlural(scope.keys)])), 'gauge'),
    type: 'object',
    valueType: 'gauge',
    labels: drafting.labels({ labels: plan.isFolded ? plan.labels : above, depth: plan.depth }, groups),
    allowsMissing: true,
    values: [{ suffix: '', value: 1, notes: [] }],
    options: [['aggregate', 'count']],
    notes: drafting.noteOnce(plan),
  });
}

function categoryLabels(drafting: Drafting, plan: Plan): readonly OptionEntry[] {
  const taken = plan.labels.filter(({ depth }) => depth < plan.depth).map(({ name }) => ({ name }));
  return findCategories(plan.scope)
    .filter(({ keys }) => !isLabel(keys, plan))
    .map((leaf) => {
      drafting.used.add(leaf);
      const name = freeLabel(joinWords(splitWords(leaf.keys[0] ?? '')), taken, []);
      taken.push({ name });
      return [name, toValue(['path', renderPath(leaf.keys)], defaultOf(leaf, plan))];
    });
}
