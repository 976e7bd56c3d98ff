/**
 * Numbers as Go's strconv and fmt have them, which is how json_exporter reads values and prints numbers:
 * ParseFloat(64), ParseBool, ParseInt(10, 64) and the verb %v of a float64.
 */

/** No number that means anything is longer; a bound for the texts that a document sends. */
const MAX_LENGTH = 4096;

const PLAIN = /^-?\d{1,15}(?:\.\d{1,15})?$/;
const DECIMAL = /^[+-]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/;
const HEX = '[0-9a-fA-F](?:_?[0-9a-fA-F])*';
const HEXADECIMAL = new RegExp(`^([+-]?)0[xX](?:_?(${HEX})(?:\\.(${HEX})?)?|\\.(${HEX}))[pP]([+-]?\\d(?:_?\\d)*)$`);
const SPECIAL = /^([+-]?)inf(?:inity)?$/i;
const INTEGER = /^([+-]?)0*(\d{1,19})$/;

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * The number that json_exporter takes a text for: ParseFloat, else ParseBool as 1 or 0, else NaN for `<nil>`.
 * Undefined for any other text, out of range included.
 */
export function parseSampleValue(text: string): number | undefined {
  const number = parseGoFloat(text);
  if (number !== undefined) return number;
  const boolean = parseGoBool(text);
  if (boolean !== undefined) return boolean ? 1 : 0;
  return text === '<nil>' ? Number.NaN : undefined;
}

/**
 * strconv.ParseFloat: decimals and hexadecimals with a `p` exponent, underscores between digits, `inf`, `infinity` and
 * `nan` in any case. Undefined for a syntax error and where the number is beyond a double; too small a number is 0.
 */
export function parseGoFloat(text: string): number | undefined {
  if (PLAIN.test(text)) return Number(text);
  if (text.length > MAX_LENGTH) return undefined;
  if (DECIMAL.test(text)) return finite(Number(text.replaceAll('_', '')));
  const special = SPECIAL.exec(text);
  if (special !== null) return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (text.length === 3 && text.toLowerCase() === 'nan') return Number.NaN;
  return parseHexFloat(text);
}

/** strconv.ParseBool. Undefined for every other word. */
export function parseGoBool(text: string): boolean | undefined {
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/** strconv.ParseInt with base 10 and 64 bits. Undefined for a syntax error and out of range. */
export function parseGoInt(text: string): bigint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = ''] = match;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return value < MIN_INT64 || value > MAX_INT64 ? undefined : value;
}

/** fmt's `%v` of a float64: shortest digits, an exponent of two digits at least below 1e-4 and from 1e6 on. */
export function formatGoFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  if (!Number.isFinite(value)) return formatSpecial(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits}e${exponent.length === 2 ? `${exponent[0]}0${exponent[1]}` : exponent}`;
}

/**
 * How a number prints: `go` as fmt's `%v`, `decimal` without an exponent below 1e21, `mixed` integers as decimals and
 * fractions as in Go.
 */
export type NumberText = 'go' | 'mixed' | 'decimal';

/** The text of a number. From 1e21 on it has an exponent in every form. */
export function formatNumber(value: number, form: NumberText): string {
  if (form === 'go' || value === 0 || !(Math.abs(value) < 1e21)) return formatGoFloat(value);
  if (Number.isInteger(value)) return String(value);
  return form === 'mixed' ? formatGoFloat(value) : formatFraction(value);
}

/** JavaScript has exponents below 1e-6. */
function formatFraction(value: number): string {
  const text = String(value);
  const [, sign = '', first = '', rest = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  return exponent === undefined ? text : `${sign}0.${'0'.repeat(Number(exponent) - 1)}${first}${rest}`;
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function parseHexFloat(text: string): number | undefined {
  const match = HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = match[4] ?? '', , power = ''] = match;
  const fractionDigits = fraction.replaceAll('_', '');
  const mantissa = BigInt(`0x${whole.replaceAll('_', '')}${fractionDigits}`);
  const exponent = Number(power.replaceAll('_', '')) - 4 * fractionDigits.length;
  const magnitude = finite(scale(mantissa, exponent));
  return magnitude !== undefined && sign === '-' ? -magnitude : magnitude;
}

/** mantissa * 2^exponent as the nearest double, ties to even. */
function scale(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  const leading = exponent + bits - 1;
  if (leading > 1023) return Number.POSITIVE_INFINITY;
  const precision = leading >= -1022 ? 53 : 53 - (-1022 - leading);
  if (precision < 0) return 0;
  const shift = Math.max(0, bits - precision);
  return Number(roundShift(mantissa, shift)) * 2 ** (exponent + shift);
}

/** Without its last `shift` bits, ties to even. */
function roundShift(mantissa: bigint, shift: number): bigint {
  if (shift === 0) return mantissa;
  const quotient = mantissa >> BigInt(shift);
  const rest = mantissa - (quotient << BigInt(shift));
  const half = 1n << BigInt(shift - 1);
  const isUp = rest > half || (rest === half && (quotient & 1n) === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** fmt's `%e`, `%f` and `%g` of a float64; without a precision, `%g` has the fewest digits that give it back, as `%v`. */
export function formatGoVerb(value: number, verb: 'e' | 'f' | 'g', precision?: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
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
  const digits = (exponent >= 0 ? scaled << BigInt(exponent) : roundShift(scaled, -exponent)).toString();
  if (places === 0) return digits;
  const padded = digits.padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}
