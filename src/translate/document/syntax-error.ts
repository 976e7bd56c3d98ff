/** A place in a text. Lines and columns count from 1, columns in characters. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export const TEXT_START: TextPlace = { line: 1, column: 1 };

/** Where a text stops being JSON, and what stands there. */
export interface SyntaxProblem extends TextPlace, Omit<SyntaxFault, 'at'> {}

export interface SyntaxFault {
  readonly at: number;
  /** Names what was found, without a word of the text but those that are known not to be JSON. */
  readonly message: string;
  readonly hint: string | undefined;
}

/** Words of other languages that serialisers write. Any other word is not repeated. */
const KNOWN_WORDS = /^(?:[-+]?(?:nan|inf|infinity)|none|null|true|false|undefined|nil|n\/a|yes|no)$/i;
const WORD = /[-+]?[\p{L}\p{N}_$/.]{1,64}/uy;
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const NEWLINE = 0x0a;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.+])/y;
const MAX_WORD = 16;
const LITERAL = /(?:true|false|null)(?![\w])/y;

/** The first place at which a text that does not parse is not JSON (RFC 8259); `start` is the place of the text. */
export function findSyntaxProblem(text: string, start = TEXT_START): SyntaxProblem {
  const { at, message, hint } = findSyntaxFault(text);
  return { ...passText(start, text.slice(0, at)), message, hint };
}

/** The same by its index in the text. One pass, without recursion, and nothing is tried twice. */
export function findSyntaxFault(text: string): SyntaxFault {
  return new SyntaxScan(text).run();
}

/** The place behind a text that begins at a place. Faster where `bytes`, what it takes as UTF-8, is given. */
export function passText({ line, column }: TextPlace, text: string, bytes?: number): TextPlace {
  // Each byte is a character then.
  if (text.length === bytes && !text.includes('\n')) return { line, column: column + bytes };
  let newlines = 0;
  let start = column;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === NEWLINE) {
      newlines++;
      start = 1;
    } else if (!isLowSurrogate(unit)) {
      start++;
    }
  }
  return { line: line + newlines, column: start };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** Reads a text up to its first mistake. Each method reports whether it got past what it is about. */
class SyntaxScan {
  readonly #text: string;
  /** The closing brackets that are expected, the innermost one last. */
  readonly #open: ('}' | ']')[] = [];
  #at = 0;
  #problem: SyntaxFault | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  run(): SyntaxFault {
    this.#skipSpace();
    let isGood = this.#passPrefix() && this.#value();
    while (isGood && this.#open.length > 0) isGood = this.#next();
    if (isGood) this.#end();
    return this.#problem ?? { at: this.#at, message: 'something that does not parse', hint: undefined };
  }

  /** What follows a value inside an array or object. */
  #next(): boolean {
    const close = this.#open.at(-1);
    this.#skipSpace();
    const character = this.#peek();
    if (character === close) {
      this.#open.pop();
      this.#at++;
      return true;
    }
    if (character !== ',') return this.#unexpected(`a comma or ${close}`);
    const comma = this.#at;
    this.#at++;
    this.#skipSpace();
    const after = this.#peek();
    if (after === ']' || after === '}') return this.#fail(`a trailing comma before ${after}`, { at: comma });
    return (close === ']' || this.#key()) && this.#value();
  }

  /** A key and its colon. */
  #key(): boolean {
    if (this.#peek() !== '"') return this.#unexpected('a key in double quotes');
    if (!this.#string()) return false;
    this.#skipSpace();
    if (this.#peek() !== ':') return this.#unexpected('a colon');
    this.#at++;
    this.#skipSpace();
    return true;
  }

  /** A text, number or literal whole; of an array or object that is not empty what stands before its first scalar. */
  #value(): boolean {
    for (;;) {
      const character = this.#peek();
      if (character === '"') return this.#string();
      if (character !== '[' && character !== '{') return this.#scalar();
      const close = character === '[' ? ']' : '}';
      this.#at++;
      this.#skipSpace();
      if (this.#peek() === close) {
        this.#at++;
        return true;
      }
      this.#open.push(close);
      if (close === '}' && !this.#key()) return false;
    }
  }

  #string(): boolean {
    const start = this.#at;
    for (let i = start + 1; i < this.#text.length; i++) {
      const unit = this.#text.charCodeAt(i);
      if (unit === QUOTE) {
        this.#at = i + 1;
        return true;
      }
      if (unit < FIRST_PRINTABLE) {
        return this.#fail('a control character in a text', { at: i, hint: 'JSON writes it as an escape' });
      }
      if (unit === BACKSLASH) {
        const end = this.#match(ESCAPE, i);
        if (end === undefined && i + 6 < this.#text.length) {
          return this.#fail('an escape that JSON does not have', { at: i });
        }
        i = (end ?? this.#text.length) - 1;
      }
    }
    return this.#fail('a text that does not end', { at: start, hint: CUT_OFF });
  }

  #scalar(): boolean {
    const end = this.#match(NUMBER) ?? this.#match(LITERAL);
    if (end === undefined) return this.#unexpected('a value');
    this.#at = end;
    return true;
  }

  #passPrefix(): boolean {
    const isPrefixed = this.#text.startsWith(")]}'", this.#at) || this.#text.startsWith('while(1)', this.#at);
    if (!isPrefixed) return true;
    return this.#fail('a prefix against script inclusion', { hint: 'have the upstream leave it out for this client' });
  }

  #end(): boolean {
    this.#skipSpace();
    if (this.#at === this.#text.length) return true;
    const character = this.#peek();
    if (character === '{' || character === '[') {
      return this.#fail('a second document', { hint: 'documents one after the other are read with format: ndjson' });
    }
    if (character === '}' || character === ']') return this.#fail(`a ${character} that closes nothing`);
    return this.#unexpected('the end');
  }

  #unexpected(wanted: string): false {
    const character = this.#peek();
    if (character === '') return this.#fail(`the end, where ${wanted} is expected`, { hint: CUT_OFF });
    if (character === "'") return this.#fail('a single quote', { hint: 'JSON has double quotes' });
    if (this.#text.startsWith('//', this.#at) || this.#text.startsWith('/*', this.#at) || character === '#') {
      return this.#fail('a comment', { hint: 'JSON has none' });
    }
    const end = this.#match(WORD) ?? this.#at;
    const word = this.#text.slice(this.#at, Math.min(end, this.#at + MAX_WORD));
    if (KNOWN_WORDS.test(word)) return this.#fail(`${word}, which is not JSON`, { hint: hintForWord(word) });
    if (/^[-+.\d]/.test(word)) return this.#fail('a number in a form that JSON does not have');
    const found = ',]}:'.includes(character) ? character : 'something else';
    return this.#fail(`${found}, where ${wanted} is expected`);
  }

  #fail(message: string, { at = this.#at, hint }: { readonly at?: number; readonly hint?: string } = {}): false {
    this.#problem ??= { at, message, hint };
    return false;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #skipSpace(): void {
    while (SPACES.has(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  /** Where a pattern ends that matches at a place. */
  #match(pattern: RegExp, at = this.#at): number | undefined {
    pattern.lastIndex = at;
    return pattern.test(this.#text) ? pattern.lastIndex : undefined;
  }
}

const CUT_OFF = 'the reply is cut off, or its length is wrong';

function hintForWord(word: string): string {
  if (/nan|inf/i.test(word)) return 'have the upstream write null or a text in its place';
  return 'it is a word of another language: JSON has true, false and null';
}

/** The second half of a character that takes two units. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
