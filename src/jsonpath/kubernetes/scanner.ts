import { PathSyntaxError } from '../path.js';

/** What `next` gives behind the last character. */
export const END = '';

/** What is scanned: a whole template, or a part of one that is scanned again, which keeps its place in the source. */
export interface ScannedText {
  readonly input: string;
  /** Where the first character of `input` stands in `source`. */
  readonly offset: number;
  readonly source: string;
}

/** A cursor over the characters (code points) of a template. `take` gives everything since the last `take`. */
export class TemplateScanner {
  readonly #text: ScannedText;
  readonly #input: string;
  #position = 0;
  #start = 0;
  #width = 0;

  constructor(text: ScannedText) {
    this.#text = text;
    this.#input = text.input;
  }

  next(): string {
    const code = this.#input.codePointAt(this.#position);
    if (code === undefined) {
      this.#width = 0;
      return END;
    }
    const character = String.fromCodePoint(code);
    this.#width = character.length;
    this.#position += character.length;
    return character;
  }

  /** Undoes one `next`; not twice in a row. */
  backup(): void {
    this.#position -= this.#width;
  }

  peek(): string {
    const character = this.next();
    this.backup();
    return character;
  }

  skip(length: number): void {
    this.#position += length;
  }

  skipTo(text: string): boolean {
    const found = this.#input.indexOf(text, this.#position);
    this.#position = found === -1 ? this.#input.length : found;
    return found !== -1;
  }

  startsWith(prefix: string): boolean {
    return this.#input.startsWith(prefix, this.#position);
  }

  /** Whether the character before the one that `next` gave last is a backslash. */
  isEscaped(): boolean {
    return this.#input[this.#position - 2] === '\\';
  }

  take(): string {
    const taken = this.#input.slice(this.#start, this.#position);
    this.#start = this.#position;
    return taken;
  }

  /** Where the text that the next `take` gives begins, in the source. */
  get sourceStart(): number {
    return this.#text.offset + this.#start;
  }

  /** A part of this text, wrapped in braces to be parsed on its own. `at` is where the part stands in the source. */
  block(part: string, at: number): ScannedText {
    return { input: `{${part}}`, offset: at - 1, source: this.#text.source };
  }

  /** The error for what stands at the cursor, or `at`. */
  error(message: string, at = this.#text.offset + this.#position): PathSyntaxError {
    return new PathSyntaxError(message, { source: this.#text.source, position: at });
  }

  /** The error for the character that `next` gave last. */
  errorBehind(message: string): PathSyntaxError {
    return this.error(message, this.#text.offset + this.#position - this.#width);
  }
}

const ALPHANUMERIC = /^[_\p{L}\p{Nd}]$/u;
const DIGIT = /^\p{Nd}$/u;
const TERMINATORS = new Set([END, ' ', '\t', '\r', '\n', '.', ',', '[', ']', '$', '@', '{', '}']);

/** A letter or digit of any script, or an underscore. */
export function isAlphanumeric(character: string): boolean {
  return ALPHANUMERIC.test(character);
}

export function isDigit(character: string): boolean {
  return DIGIT.test(character);
}

/** Whether a character ends a name that it is not escaped in. */
export function isTerminator(character: string): boolean {
  return TERMINATORS.has(character);
}

export function isEndOfLine(character: string): boolean {
  return character === '\n' || character === '\r';
}
