import { formatGoJsonNumber, quoteGoJson } from '../golang/json.js';
import type { Budget } from './budget.js';
import { Failure } from './errors.js';
import { Instant } from './instant.js';
import { formatLayout } from './layout.js';
import { Dict, nilList, type Value } from './values.js';

export interface JsonStyle {
  /** Two spaces a level, as `toPrettyJson` has it. */
  readonly pretty: boolean;
  /** Whether `<`, `>` and `&` are written as escapes, Go's default. */
  readonly escapeHtml: boolean;
}

/** A value as JSON with sorted keys, as Go's encoding/json writes it. Throws a Failure for NaN and infinities. */
export function writeJson(value: Value, style: JsonStyle, budget: Budget): string {
  const write = (each: Value, depth: number): string => {
    budget.descend(depth);
    if (each === null || each === nilList) return 'null';
    if (typeof each === 'string') return writeText(each, style, budget);
    if (typeof each === 'number') return writeNumber(each);
    if (each instanceof Instant) {
      budget.spendCalendar();
      return `"${formatLayout(each, '2006-01-02T15:04:05.999999999Z07:00')}"`;
    }
    if (each instanceof Dict) {
      const separator = style.pretty ? ': ' : ':';
      const entries = each.sortedKeys().map((key) => {
        return writeText(key, style, budget) + separator + write(each.get(key), depth + 1);
      });
      return wrap(entries, '{}', depth);
    }
    if (typeof each === 'object')
      return wrap(
        each.map((element) => write(element, depth + 1)),
        '[]',
        depth,
      );
    return String(each);
  };
  const wrap = (parts: readonly string[], brackets: string, depth: number): string => {
    const [open = '', close = ''] = brackets;
    if (parts.length === 0 || !style.pretty) return open + parts.join(',') + close;
    const indent = `\n${'  '.repeat(depth)}`;
    budget.spend(parts.length * indent.length);
    return `${open}${indent}  ${parts.join(`,${indent}  `)}${indent}${close}`;
  };
  return write(value, 0);
}

function writeText(text: string, style: JsonStyle, budget: Budget): string {
  budget.spend(text.length);
  return quoteGoJson(text, style.escapeHtml);
}

function writeNumber(value: number): string {
  return formatGoJsonNumber(value) ?? fail('JSON has no infinite numbers and no NaN');
}

function fail(message: string): never {
  throw new Failure(message);
}

/** The value of a JSON text: objects as maps, numbers as floats. Throws a Failure for what is not JSON. */
export function readJson(text: string, budget: Budget): Value {
  budget.spend(text.length);
  try {
    return fromParsed(JSON.parse(text), budget, 0);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Failure('the text is not JSON');
    throw error;
  }
}

function fromParsed(value: unknown, budget: Budget, depth: number): Value {
  budget.descend(depth);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Failure('a number of the JSON is too large');
    return value;
  }
  if (Array.isArray(value)) return value.map((element) => fromParsed(element, budget, depth + 1));
  const entries = Object.entries(value ?? {}).map(([key, element]): [string, Value] => {
    return [key, fromParsed(element, budget, depth + 1)];
  });
  return new Dict(entries);
}
