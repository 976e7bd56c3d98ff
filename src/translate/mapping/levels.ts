import type { Problem } from '../../model/errors.js';
import type { ValueSpec } from '../../model/module.js';

/**
 * The steps, from 0, whose keys some of these values read (as `readsKey` knows of expressions), in a metric that goes so many steps inwards. Values that
 * look further up than there are levels are problems.
 */
export function findKeySteps(
  values: readonly (ValueSpec | undefined)[],
  context: {
    readonly stepCount: number;
    readonly problems: Problem[];
    readonly readsKey: (value: ValueSpec) => boolean;
  },
): ReadonlySet<number> {
  const { stepCount, problems, readsKey } = context;
  const keySteps = new Set<number>();
  for (const value of values) {
    if (value === undefined) continue;
    const step = stepCount - 1 - value.levelsUp;
    const needsKey = value.isKey || readsKey(value);
    if (needsKey && step < 0) {
      const message = 'asks for the key of the whole document, which has none';
      problems.push({ where: value.where, message, hint: 'a key goes with a path that leads to elements' });
    } else if (step < -1 && value.levelsUp !== Number.POSITIVE_INFINITY) {
      const levels = stepCount === 1 ? 'one level' : `${stepCount} levels`;
      const message = `looks ${value.levelsUp} levels up, and the metric is ${levels} deep`;
      problems.push({ where: value.where, message, hint: 'from: root is the document' });
    } else if (needsKey) keySteps.add(step);
  }
  return keySteps;
}
