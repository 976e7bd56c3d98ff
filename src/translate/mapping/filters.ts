import type { Problem } from '../../model/errors.js';
import type { FilterSpec, MappingSpec } from '../../model/module.js';
import { toLabelName } from '../names.js';
import { compilePattern } from './text-steps.js';

/** Whether samples of a family with these labels are kept. Undefined where every one is. */
export type SampleFilter = (name: string, labelNames: readonly string[], labelValues: readonly string[]) => boolean;

type Predicate = (name: string, labelNames: readonly string[], labelValues: readonly string[]) => boolean;

/** Kept is what one of `only` matches, if there is any, and none of `drop`. */
export function compileFilters({ only, drop }: MappingSpec, problems: Problem[]): SampleFilter | undefined {
  if (only.length === 0 && drop.length === 0) return undefined;
  const wanted = only.map((filter) => compileFilter(filter, problems));
  const unwanted = drop.map((filter) => compileFilter(filter, problems));
  return (name, names, values) => {
    if (wanted.length > 0 && !wanted.some((matches) => matches(name, names, values))) return false;
    return !unwanted.some((matches) => matches(name, names, values));
  };
}

const MAX_REMEMBERED = 10_000;
const MAX_REMEMBERED_LENGTH = 256;

/** Names and label values come again and again: what a pattern said of a text is kept, unless it is a long one. */
function compileFilter(filter: FilterSpec, problems: Problem[]): Predicate {
  const pattern = compilePattern(`^(?:${filter.pattern})$`, filter.where, problems);
  const known = new Map<string, boolean>();
  const matches = (text: string): boolean => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = pattern?.matches(text) ?? false;
    if (known.size >= MAX_REMEMBERED) known.clear();
    if (text.length <= MAX_REMEMBERED_LENGTH) known.set(text, result);
    return result;
  };
  if (filter.label === undefined) return (name) => matches(name);
  const label = toLabelName(filter.label);
  if (label === undefined)
    problems.push({ where: filter.where, message: `"${filter.label}" cannot be the name of a label` });
  return (_name, names, values) => {
    const index = names.indexOf(label ?? '');
    return index >= 0 && matches(values[index] ?? '');
  };
}
