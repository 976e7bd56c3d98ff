import { parseSampleValue } from '../golang/number.js';
import { GoInt } from '../golang/values.js';
import { PathFailure, type PathOptions } from './path.js';
import { finishText } from './render.js';

const outOfRange = new PathFailure('error', 'the number is beyond the range of a double');
const nullValue = new PathFailure('error', 'null is not a number');
const containerValue = new PathFailure('error', 'an array or object is not a number');
const textValue = new PathFailure('error', 'the text is not a number');
const emptyValue = new PathFailure('error', 'an empty text is not a number');

/** The number that one match stands for, which is the number that its text would be read as. */
export function numberOfMatch(value: unknown, options: PathOptions): number | PathFailure {
  if (typeof value === 'number') return Number.isFinite(value) ? value : outOfRange;
  if (typeof value === 'string') return numberOfText(finishText(value, options));
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof GoInt) return Number(value.value);
  return value === null || value === undefined ? nullValue : containerValue;
}

/** The number that the finished text of a path stands for. */
export function numberOfText(text: string | PathFailure): number | PathFailure {
  if (typeof text !== 'string') return text;
  return parseSampleValue(text) ?? (text === '' ? emptyValue : textValue);
}
