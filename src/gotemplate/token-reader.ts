import { errorAt, Failure } from './errors.js';
import { lex, type Token } from './lexer.js';

/** How deep anything in a template may be. */
export const MAX_DEPTH = 100;

export const keywords: ReadonlySet<string> = new Set([
  'if',
  'else',
  'end',
  'range',
  'with',
  'define',
  'template',
  'block',
  'break',
  'continue',
]);

/** The tokens of a template, one after the other, with the error that belongs to a place. */
export class TokenReader {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  /** Throws a TemplateError where the source has no tokens. */
  constructor(source: string) {
    this.#source = source;
    this.#tokens = lex(source);
  }

  /** Parses one level deeper. Throws a TemplateError where there are too many. */
  nested<T>(token: Token, parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.fail(token.at, `the template has more than ${MAX_DEPTH} levels`);
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  /** Gives a failure of `read` its place. */
  located<T>(at: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof Failure ? errorAt(this.#source, at, error) : error;
    }
  }

  /** Takes the end of an action. */
  close(): void {
    const token = this.take();
    if (token.kind !== 'close') this.fail(token.at, `unexpected ${JSON.stringify(token.text)}`);
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.text === word;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  /** Whether a field follows without a space: it belongs to what is before it. */
  isField(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'field' && !token.spaced;
  }

  /** The next token or one after it; past the last one the end, again and again. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', text: '', at: this.#source.length, spaced: false };
  }

  take(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  fail(at: number, message: string, hint?: string): never {
    throw errorAt(this.#source, at, { message, hint });
  }
}
