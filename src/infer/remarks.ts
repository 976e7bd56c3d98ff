import { isIdentifier } from './identity.js';
import { isLabel, type Plan } from './plans.js';
import { isInfo, isState } from './roles.js';
import type { Leaf, LeftOut } from './scopes.js';

/** Sentences on what of a plan is in no metric; `used` are the fields that are in one. */
export function remarkLeftOut(plan: Plan, used: ReadonlySet<Leaf>): readonly string[] {
  const { leaves, leftOut } = plan.scope;
  const isRoot = plan.scope.kind === 'root';
  const isUnused = (leaf: Leaf) => {
    const { texts, keys } = leaf;
    return (
      texts.count > 0 &&
      texts.reading === undefined &&
      !used.has(leaf) &&
      !isLabel(keys, plan) &&
      !isState(leaf) &&
      !isInfo(leaf, isRoot) &&
      !isIdentifier(leaf)
    );
  };
  const isNull = ({ kinds, column }: Leaf) => kinds.nulls === column.values.length;
  const namesOf = (found: readonly Leaf[]) => found.map(({ keys }) => keys.join('.'));
  return [
    ...remark(plan, 'text', namesOf(leaves.filter(isUnused))),
    ...remark(plan, 'null in this document', namesOf(leaves.filter(isNull))),
    ...[...leftOut].flatMap(([why, names]) => remark(plan, LEFT_OUT[why], names)),
  ];
}

function remark({ depth, noun }: Plan, why: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const shown = names.filter((name) => name !== '').slice(0, 12);
  const hidden = names.length - shown.length;
  const more = hidden === 0 ? [] : [shown.length > 0 ? `${hidden} more` : `${hidden} fields`];
  const of = depth === 0 ? '' : ` of each ${noun.join(' ') || 'element'}`;
  return [`Left out${of}, ${why}: ${[...shown, ...more].join(', ')}`];
}

const LEFT_OUT = {
  'data keys': 'keys that look like data',
  mixed: 'lists in one place and something else in another',
  texts: 'text by name',
  list: 'text in parts',
  deep: 'nested too deep',
} satisfies Record<LeftOut, string>;
