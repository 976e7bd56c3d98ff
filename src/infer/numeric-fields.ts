import type { Option, OptionEntry } from './column.js';
import { toValue } from './drafts.js';
import type { NumberChoice } from './numbers.js';
import { renderField, renderFiltered, renderPath } from './paths.js';
import { hasKeyLabel, type Plan } from './plans.js';
import type { Leaf } from './scopes.js';

/** Whether what there is can be read as a number, in one way; of numbers and something else, the numbers. */
export function isNumeric({ kinds, texts }: Leaf): boolean {
  const { numbers, booleans, others } = kinds;
  if (numbers > 0 || isJunky({ kinds, texts })) return true;
  if (others > 0) return false;
  return texts.count === 0 ? booleans > 0 : booleans === 0 && texts.reading !== undefined;
}

/** Whether there is something among numbers that is none. */
export function isJunky({ kinds, texts }: Pick<Leaf, 'kinds' | 'texts'>): boolean {
  const { numbers, booleans, arrays, others } = kinds;
  if (numbers > 0) return booleans + arrays + others > 0 || (texts.count > 0 && texts.reading?.kind !== 'number');
  return texts.reading === undefined && texts.numeric > 0 && texts.numeric * 4 >= texts.count;
}

/** A value of which some elements have null or an empty text; undefined where these could not be left out. */
export function findMessy(
  leaf: Leaf,
  plan: Plan,
  { options }: NumberChoice,
): { readonly value: Option; readonly step?: string } | undefined {
  const { scope } = plan;
  const { keys, kinds, texts } = leaf;
  const isMixed = isJunky(leaf);
  if (scope.kind === 'root' || (isMixed && plan.isFolded)) return undefined;
  if (plan.isFolded || (!isMixed && scope.kind === 'list' && !hasKeyLabel(plan))) {
    const step = renderFiltered(scope.keys, keys, { skipsEmpty: texts.empties > 0 });
    return { value: toValue(['path', renderPath(keys)], options), step };
  }
  const field = renderField(keys);
  if (kinds.booleans > 0 && kinds.numbers === 0) return { value: toValue(['cel', `${field} ? 1.0 : 0.0`], options) };
  const isPlain = texts.count === 0 || isMixed || texts.reading?.kind === 'number';
  return isPlain ? { value: toValue(['cel', `double(${field})`], options.map(toScale)) } : undefined;
}

/** A date of numbers as a scale: an infinite number is no date. */
function toScale(option: OptionEntry): OptionEntry {
  const scale = option[0] === 'date' ? EPOCH_SCALES.get(option[1]) : undefined;
  return scale === undefined ? option : ['scale', scale];
}

const EPOCH_SCALES: ReadonlyMap<Option, number> = new Map([
  ['unix_ms', 1e-3],
  ['unix_us', 1e-6],
  ['unix_ns', 1e-9],
]);
