/** What is read of all Link headers of a response together; a server's header section is shorter. */
const MAX_CHARACTERS = 65_536;

const BLANK = /[ \t]/;
const TOKEN_END = /[\s"(),/:;<=>?@[\\\]{}]/;

interface Link {
  readonly target: string;
  /** Relation types, in lower case. */
  readonly relations: readonly string[];
  /** Whether it is about another resource than the response. */
  readonly hasAnchor: boolean;
}

/**
 * The target of the first link with the relation `next` in the values of `Link` (RFC 8288): a URL or a relative
 * reference, as it is written. Undefined where there is none. A link that is malformed is skipped, and so is one about
 * another resource (`anchor`). Takes time in proportion to the values, whatever is in them.
 */
export function findNextLink(values: readonly string[]): string | undefined {
  let left = MAX_CHARACTERS;
  for (const value of values) {
    const text = value.slice(0, left);
    left -= text.length;
    const next = new LinkReader(text).readAll().find(isNext);
    if (next !== undefined) return next.target;
  }
  return undefined;
}

function isNext({ relations, hasAnchor }: Link): boolean {
  return !hasAnchor && relations.includes('next');
}

/** Goes through one value from its start to its end, and never back. */
class LinkReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): readonly Link[] {
    const links: Link[] = [];
    while (this.#at < this.#text.length) {
      this.#skip((character) => BLANK.test(character) || character === ',');
      const link = this.#readLink();
      this.#skip((character) => BLANK.test(character));
      if (link !== undefined && this.#isAtEnd()) links.push(link);
      this.#skipRest();
    }
    return links;
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length || this.#peek() === ',';
  }

  #readLink(): Link | undefined {
    if (this.#peek() !== '<') return undefined;
    const end = this.#text.indexOf('>', this.#at);
    if (end < 0) {
      this.#at = this.#text.length;
      return undefined;
    }
    const target = this.#text.slice(this.#at + 1, end).trim();
    this.#at = end + 1;
    const params = this.#readParams();
    const relations = (params.get('rel') ?? '').toLowerCase().split(/[ \t]/);
    return { target, relations, hasAnchor: params.has('anchor') };
  }

  /** Of a parameter that comes again the first one counts (RFC 8288, 3.3). */
  #readParams(): ReadonlyMap<string, string> {
    const params = new Map<string, string>();
    for (;;) {
      this.#skip((character) => BLANK.test(character));
      if (this.#peek() !== ';') return params;
      this.#at++;
      this.#skip((character) => BLANK.test(character));
      const name = this.#readToken().toLowerCase();
      this.#skip((character) => BLANK.test(character));
      const value = this.#readValue();
      if (!params.has(name)) params.set(name, value);
    }
  }

  #readValue(): string {
    if (this.#peek() !== '=') return '';
    this.#at++;
    this.#skip((character) => BLANK.test(character));
    return this.#peek() === '"' ? this.#readQuoted() : this.#readToken();
  }

  #readToken(): string {
    const start = this.#at;
    this.#skip((character) => !TOKEN_END.test(character));
    return this.#text.slice(start, this.#at);
  }

  #readQuoted(): string {
    const parts: string[] = [];
    this.#at++;
    while (this.#at < this.#text.length && this.#peek() !== '"') {
      if (this.#peek() === '\\') this.#at++;
      parts.push(this.#peek());
      this.#at++;
    }
    this.#at++;
    return parts.join('');
  }

  /** Up to the next link: a comma in quotes is none. */
  #skipRest(): void {
    while (!this.#isAtEnd()) {
      if (this.#peek() === '"') this.#readQuoted();
      else this.#at++;
    }
  }

  #skip(isSkipped: (character: string) => boolean): void {
    while (this.#at < this.#text.length && isSkipped(this.#peek())) this.#at++;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }
}
