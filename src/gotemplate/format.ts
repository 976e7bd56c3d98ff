import { formatGoFloat } from '../golang/number.js';
import type { Budget } from './budget.js';
import { Instant } from './instant.js';
import { defaultLayout, formatLayout } from './layout.js';
import { Dict, type Value } from './values.js';

/** A value as Go's `%v` shows it: `[a b]`, `map[k:v]`, `1e+06`, `<nil>`. */
export function display(value: Value, budget: Budget, depth = 0): string {
  budget.descend(depth);
  if (value === null) return '<nil>';
  if (typeof value === 'number') return formatGoFloat(value);
  if (value instanceof Instant) {
    budget.spendCalendar();
    return formatLayout(value, defaultLayout);
  }
  if (value instanceof Dict) {
    const entries = value.sortedKeys().map((key) => {
      budget.spend(key.length);
      return `${key}:${display(value.get(key), budget, depth + 1)}`;
    });
    return `map[${entries.join(' ')}]`;
  }
  if (typeof value === 'object') return `[${value.map((each) => display(each, budget, depth + 1)).join(' ')}]`;
  if (typeof value === 'string') budget.spend(value.length);
  return String(value);
}

/** Go's Sprint: a space between two operands of which neither is text. */
export function displayAll(values: readonly Value[], budget: Budget): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const spaced = index > 0 && typeof value !== 'string' && typeof before !== 'string';
      return (spaced ? ' ' : '') + display(value, budget);
    })
    .join('');
}
