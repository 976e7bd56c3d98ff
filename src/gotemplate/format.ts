import type { Budget } from './budget.js';
import { Instant } from './instant.js';
import { defaultLayout, formatLayout } from './layout.js';
import { Dict, type Value } from './values.js';

/** A value as Go's `%v` shows it: `[a b]`, `map[k:v]`, `1e+06`, `<nil>`. */
export function display(value: Value, budget: Budget, depth = 0): string {
  budget.descend(depth);
  if (value === null) return '<nil>';
  if (typeof value === 'number') return formatFloat(value, 'g');
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

/** A float as Go's strconv writes it; without a precision, with the fewest digits that give it back. */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision?: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (verb === 'f') return sign + fixed(magnitude, precision ?? 6);
  if (verb === 'e') return sign + exponential(magnitude.toExponential(precision ?? 6));
  const significant = precision === undefined ? undefined : Math.max(precision, 1);
  const shortest = magnitude.toExponential(significant === undefined ? undefined : significant - 1);
  const [mantissa = '', exponentText = ''] = shortest.split('e');
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  const exponent = Number(exponentText);
  const digits = trimmed.replace('.', '');
  const limit = significant ?? 6;
  if (exponent < -4 || exponent >= limit) return sign + exponential(`${trimmed}e${exponentText}`);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return sign + whole + (digits.length > exponent + 1 ? `.${digits.slice(exponent + 1)}` : '');
}

/** JavaScript's exponent with at least the two digits that Go writes. */
function exponential(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Exactly rounded, ties to even, as Go does; toFixed rounds ties up and stops at 1e21. */
function fixed(magnitude: number, places: number): string {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, magnitude);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const mantissa = (raw & ((1n << 52n) - 1n)) + (biased === 0 ? 0n : 1n << 52n);
  const exponent = Math.max(biased, 1) - 1075;
  const scaled = mantissa * 10n ** BigInt(places);
  const digits = (exponent >= 0 ? scaled << BigInt(exponent) : halfEven(scaled, BigInt(-exponent))).toString();
  if (places === 0) return digits;
  const padded = digits.padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

function halfEven(value: bigint, shift: bigint): bigint {
  const quotient = value >> shift;
  const rest = value - (quotient << shift);
  const half = 1n << (shift - 1n);
  return rest > half || (rest === half && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
