import { writeGoJson } from '../golang/json.js';
import { formatGoFloat, formatNumber, type NumberText, parseSampleValue } from '../golang/number.js';
import { stripQuotes } from '../golang/quote.js';
import { TextSink } from '../golang/text-sink.js';
import { GoInt, noValue } from '../golang/values.js';
import type { Work } from '../model/work.js';
import { numberTextOf, PathFailure, PathLimit, type PathOptions } from './path.js';

/** Prints lists of matches one after the other, the matches of a list joined by a blank, as json_exporter prints them. */
export function renderLists(
  lists: readonly (readonly unknown[])[],
  options: PathOptions,
  ...[work]: [work: Work]
): string | PathFailure {
  const sink = new TextSink(numberTextOf(options), work);
  for (const list of lists) {
    let separator = '';
    for (const value of list) {
      if (sink.problem !== undefined) break;
      sink.write(separator);
      writeValue(value, sink);
      separator = ' ';
    }
  }
  return finish(sink, options);
}

/** The same for one match. */
export function renderValue(value: unknown, options: PathOptions, ...[work]: [work: Work]): string | PathFailure {
  if (typeof value === 'string') return finishText(value, options);
  if (value === null && options.hasDefault === true) return nullMatched;
  const numberText = numberTextOf(options);
  const scalar = renderScalar(value, numberText);
  if (scalar !== undefined) return scalar;
  const sink = new TextSink(numberText, work);
  writeGoJson(value, sink);
  return finish(sink, options);
}

/** Prints one match behind what the sink holds already. */
export function writeValue(value: unknown, sink: TextSink): void {
  if (typeof value === 'string') sink.write(value);
  else {
    const scalar = renderScalar(value, sink.numberText);
    if (scalar !== undefined) sink.write(scalar);
    else writeGoJson(value, sink);
  }
}

/** The text of what a path's sink holds, or why there is none. */
export function finish(sink: TextSink, options: PathOptions): string | PathFailure {
  const { problem } = sink;
  if (problem === undefined) return finishText(sink.text, options);
  return sink.isTooLong ? new PathLimit(problem) : new PathFailure('error', problem);
}

/** json_exporter's last word on a text: one pair of outer quotes goes, and an empty text is missing where that is allowed. */
export function finishText(text: string, options: PathOptions): string | PathFailure {
  const stripped = stripQuotes(text, options.keepsSingleQuotes);
  return stripped === '' && options.allowMissingKey ? nothingMatched : stripped;
}

/** What a path gives that is allowed to find nothing, and finds nothing. */
export const nothingMatched = new PathFailure('missing', 'nothing matched');

/** What a path gives that finds null where a default replaces it. */
export const nullMatched = new PathFailure('missing', 'is null');

/** Undefined for a text, an array or an object. */
function renderScalar(value: unknown, numberText: NumberText): string | undefined {
  if (typeof value === 'number') return formatNumber(value, numberText);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (typeof value === 'bigint') return numberText === 'go' ? formatGoFloat(Number(value)) : String(value);
  if (value instanceof GoInt) return String(value.value);
  return value === undefined ? '<no value>' : undefined;
}

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

/** Why an evaluation stopped. A filter that only tests whether something exists goes by `leftMatches`, as in Go. */
export class EvaluationError {
  readonly message: string;
  /** Whether a field was not there. */
  readonly isMissing: boolean;
  /** Whether nothing is where the path points: a missing field, an index out of range. */
  readonly isAbsent: boolean;
  /** Whether the failing step handed matches back beside its error. */
  readonly leftMatches: boolean;
  /** Whether it costs more than any evaluation may. */
  readonly isLimit: boolean;

  constructor(
    message: string,
    facts: {
      readonly isMissing?: boolean;
      readonly isAbsent?: boolean;
      readonly leftMatches: boolean;
      readonly isLimit?: boolean;
    },
  ) {
    this.message = message;
    this.isMissing = facts.isMissing ?? false;
    this.isAbsent = facts.isAbsent ?? this.isMissing;
    this.leftMatches = facts.leftMatches;
    this.isLimit = facts.isLimit ?? false;
  }
}

/** What a value is, for a message that must not quote the document. */
export function describeValue(value: unknown): string {
  if (value === noValue || value === null) return 'null';
  if (value instanceof GoInt) return 'a number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
