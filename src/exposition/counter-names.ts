import type { MetricFamily } from '../model/metrics.js';

const SUFFIX = '_total';

/**
 * What OpenMetrics 1.0 may call each counter of an exposition, by its name with `_total`. A counter is left out where
 * it has no `_total`, or where a name that its short one stands for, `x`, `x_total` or `x_created`, may be another's:
 * a family's, or one that is reserved.
 */
export function shortenCounterNames(
  families: readonly MetricFamily[],
  reservedNames: readonly string[],
): ReadonlyMap<string, string> {
  const taken = new Set([...reservedNames, ...families.flatMap((family) => listPossibleNames(family))]);
  const shortNames = new Map<string, string>();
  for (const { name, type } of families) {
    if (type !== 'counter' || !name.endsWith(SUFFIX)) continue;
    const shortName = name.slice(0, -SUFFIX.length);
    const createdName = `${shortName}_created`;
    if (shortName === '' || taken.has(shortName) || taken.has(createdName)) continue;
    taken.add(shortName).add(createdName);
    shortNames.set(name, shortName);
  }
  return shortNames;
}

/** The names under which samples of a family may appear, before any counter has its short one. */
function listPossibleNames({ name, type }: MetricFamily): readonly string[] {
  switch (type) {
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`];
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`, `${name}_created`];
    default:
      return [name];
  }
}
