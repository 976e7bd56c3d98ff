import { compareCodePoints } from './code-points.js';
import type { TextSink } from './text-sink.js';
import { isFields } from './values.js';

/** Far beyond any document that `limits.depth` accepts, and well within the stack. */
const MAX_DEPTH = 1000;

const HTML = /[<>&\u2028\u2029]/g;
const LINE_SEPARATORS = /[\u2028\u2029]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Writes an array or object as Go's json.Marshal does: compact, keys sorted by code points, `<`, `>` and `&` escaped. */
export function writeGoJson(value: unknown, sink: TextSink): void {
  new JsonWriter(sink).write(value, 1);
}

class JsonWriter {
  readonly #sink: TextSink;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  write(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) this.#sink.fail(`the value nests deeper than ${MAX_DEPTH} levels`);
    else if (Array.isArray(value)) this.#writeArray(value, depth);
    else if (isFields(value)) this.#writeObject(value, depth);
    else this.#writeScalar(value);
  }

  #writeArray(value: readonly unknown[], depth: number): void {
    let separator = '[';
    for (const element of value) {
      if (this.#sink.problem !== undefined) return;
      this.#sink.write(separator);
      this.write(element, depth + 1);
      separator = ',';
    }
    this.#sink.write(value.length === 0 ? '[]' : ']');
  }

  #writeObject(value: Readonly<Record<string, unknown>>, depth: number): void {
    let separator = '{';
    const keys = Object.keys(value).sort(compareCodePoints);
    for (const key of keys) {
      if (this.#sink.problem !== undefined) return;
      this.#sink.write(`${separator}${quoteGoJson(key)}:`);
      this.write(value[key], depth + 1);
      separator = ',';
    }
    this.#sink.write(keys.length === 0 ? '{}' : '}');
  }

  #writeScalar(value: unknown): void {
    if (typeof value === 'string') this.#sink.write(quoteGoJson(value));
    else if (typeof value === 'number') this.#writeNumber(value);
    else if (typeof value === 'bigint') this.#writeBigInteger(value);
    else this.#sink.write(String(value));
  }

  #writeBigInteger(value: bigint): void {
    if (this.#sink.numberText === 'go') this.#writeNumber(Number(value));
    else this.#sink.write(String(value));
  }

  #writeNumber(value: number): void {
    const text = formatGoJsonNumber(value);
    if (text !== undefined) this.#sink.write(text);
    else this.#sink.fail('a number beyond the range of a double cannot be printed');
  }
}

/** A text as json.Marshal writes it; `<`, `>` and `&` stay where they are not to be escaped. */
export function quoteGoJson(text: string, escapesHtml = true): string {
  const whole = text.replace(LONE_SURROGATE, '\ufffd');
  return JSON.stringify(whole).replace(escapesHtml ? HTML : LINE_SEPARATORS, escapeUnit);
}

/** A number as json.Marshal writes it; undefined for what JSON does not have. */
export function formatGoJsonNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? '-0' : String(value);
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
