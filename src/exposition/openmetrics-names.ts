import type { MetricFamily } from '../model/metrics.js';

/** What OpenMetrics 1.0 calls the families of one exposition, by their own names. */
export interface OpenMetricsNames {
  /** Of each counter without its `_total`, of each info without its `_info`. Without one it is of no such type there. */
  readonly shortNames: ReadonlyMap<string, string>;
  /** Of the series that has the start of each. */
  readonly createdNames: ReadonlyMap<string, string>;
}

/** For formats in which every family has its own name. */
export const ownNames: OpenMetricsNames = { shortNames: new Map(), createdNames: new Map() };

const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['counter', '_total'],
  ['info', '_info'],
]);

/**
 * Gives short names and names of starts where nothing else can have them. A counter or info is left out where it has no
 * suffix, or where a name that its short one implies may be that of another family, or is reserved.
 */
export function planOpenMetricsNames(
  families: readonly MetricFamily[],
  reservedNames: readonly string[],
): OpenMetricsNames {
  const owned = new Set([...reservedNames, ...families.flatMap(listSampleNames)]);
  const createdNames = new Map<string, string>();
  for (const { name, type } of families) {
    const createdName = `${name}_created`;
    if (isDistribution(type) && !owned.has(createdName)) createdNames.set(name, createdName);
  }
  const taken = new Set([...owned, ...createdNames.values()]);
  const shortNames = new Map<string, string>();
  for (const { name, type } of families) {
    const suffix = SUFFIXES.get(type);
    if (suffix === undefined || !name.endsWith(suffix)) continue;
    const shortName = name.slice(0, -suffix.length);
    const implied = type === 'counter' ? [shortName, `${shortName}_created`] : [shortName];
    if (shortName === '' || implied.some((each) => taken.has(each))) continue;
    for (const each of implied) taken.add(each);
    shortNames.set(name, shortName);
    if (type === 'counter') createdNames.set(name, `${shortName}_created`);
  }
  return { shortNames, createdNames };
}

function isDistribution(type: MetricFamily['type']): boolean {
  return type === 'histogram' || type === 'exponential_histogram' || type === 'summary';
}

/** The names under which samples of a family appear, before anything has a short one. */
export function listSampleNames({ name, type }: Pick<MetricFamily, 'name' | 'type'>): readonly string[] {
  switch (type) {
    case 'histogram':
    case 'exponential_histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`];
    default:
      return [name];
  }
}
