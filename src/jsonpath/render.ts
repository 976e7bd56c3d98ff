import { writeGoJson } from '../golang/json.js';
import { formatDecimal, formatGoFloat } from '../golang/number.js';
import { stripQuotes } from '../golang/quote.js';
import { TextSink, type TextStyle } from '../golang/text-sink.js';
import { GoInt } from '../golang/values.js';
import { PathFailure, type PathOptions } from './path.js';

/** Prints lists of matches one after the other, the matches of a list joined by a blank, as json_exporter prints them. */
export function renderLists(lists: readonly (readonly unknown[])[], options: PathOptions): string | PathFailure {
  const sink = new TextSink(options);
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
export function renderValue(value: unknown, options: PathOptions): string | PathFailure {
  if (typeof value === 'string') return finishText(value, options);
  const scalar = renderScalar(value, options);
  if (scalar !== undefined) return scalar;
  const sink = new TextSink(options);
  writeGoJson(value, sink);
  return finish(sink, options);
}

/** Prints one match behind what the sink holds already. */
export function writeValue(value: unknown, sink: TextSink): void {
  if (typeof value === 'string') sink.write(value);
  else {
    const scalar = renderScalar(value, sink.style);
    if (scalar !== undefined) sink.write(scalar);
    else writeGoJson(value, sink);
  }
}

/** The text of what a path's sink holds, or why there is none. */
export function finish(sink: TextSink, options: PathOptions): string | PathFailure {
  if (sink.problem !== undefined) return new PathFailure('error', sink.problem);
  return finishText(sink.text, options);
}

/** json_exporter's last word on a text: one pair of outer quotes goes, and an empty text is missing where that is allowed. */
export function finishText(text: string, options: PathOptions): string | PathFailure {
  const stripped = stripQuotes(text);
  return stripped === '' && options.allowMissingKey ? nothingMatched : stripped;
}

/** What a path gives that is allowed to find nothing, and finds nothing. */
export const nothingMatched = new PathFailure('missing', 'nothing matched');

/** Undefined for a text, an array or an object. */
function renderScalar(value: unknown, style: TextStyle): string | undefined {
  if (typeof value === 'number') return style.strictNumbers ? formatGoFloat(value) : formatDecimal(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (typeof value === 'bigint') return style.strictNumbers ? formatGoFloat(Number(value)) : String(value);
  if (value instanceof GoInt) return String(value.value);
  return value === undefined ? '<no value>' : undefined;
}
