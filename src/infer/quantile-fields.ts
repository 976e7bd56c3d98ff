import { nameKeys } from './naming.js';
import type { Leaf } from './scopes.js';

/** The name of a field such as `p99`. */
export const RANK = /^p(\d{2,4})$/;

/** A field such as `p99`, and what it has in common with others. */
export interface Rank {
  /** 0.99 */
  readonly quantile: string;
  readonly group: RankGroup;
}

export interface RankGroup {
  /** Without the rank. */
  readonly words: readonly string[];
  readonly values: unknown[];
  readonly quantiles: Set<string>;
  family: string | undefined;
  isNew: boolean;
}

/** Fields such as `p50`, `p99` that are quantiles of one thing. */
export function findRanks(leaves: readonly Leaf[]): ReadonlyMap<Leaf, Rank> {
  const groups = new Map<string, RankGroup>();
  const found = new Map<Leaf, Rank>();
  for (const leaf of leaves) {
    const words = nameKeys(leaf.keys);
    const digits = RANK.exec(words.find((word) => RANK.test(word)) ?? '')?.[1];
    if (digits === undefined || leaf.kinds.numbers === 0) continue;
    const rest = words.filter((word) => !RANK.test(word));
    const parent = leaf.keys.slice(0, -1).join('.');
    const key = JSON.stringify([parent, rest]);
    const group = groups.get(key) ?? {
      words: rest.length === 0 ? ['quantile'] : rest,
      values: [],
      quantiles: new Set(),
      family: undefined,
      isNew: true,
    };
    groups.set(key, group);
    const quantile = String(Number(digits.startsWith('100') ? 1 : `0.${digits}`));
    if (group.quantiles.has(quantile)) continue;
    group.quantiles.add(quantile);
    for (const value of leaf.column.values) group.values.push(value);
    found.set(leaf, { quantile, group });
  }
  return new Map([...found].filter(([, { group }]) => group.quantiles.size > 1));
}
