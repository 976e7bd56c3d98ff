import { parseDocument } from '../../jsonpath/document.js';
import { PathFailure } from '../../jsonpath/path.js';
import { ZxpError } from '../../model/errors.js';
import type { Work } from '../../model/work.js';
import type { RunContext } from '../cel-context.js';
import { decodeJson } from '../document/decode.js';

/** What a document inside a document may hold; its text has a bound of its own. */
const INNER_LIMITS = { depth: 512, nodes: 100_000 };
const notJson = new PathFailure('error', 'the text is not JSON');
const tooMuchJson = new PathFailure('error', 'the JSON in the text is too deep or too large');

function parseInnerDocument(text: string): { readonly document: unknown } | PathFailure {
  try {
    return { document: decodeJson(Buffer.from(text), INNER_LIMITS, { parse: parseDocument }) };
  } catch (thrown) {
    return thrown instanceof ZxpError && thrown.code === 'limit' ? tooMuchJson : notJson;
  }
}

/** What the values of one scrape are read with. */
export interface ScopeContext {
  /** What expressions, headers and the status are read from; present where a value of the module is one. */
  readonly run?: RunContext | undefined;
  readonly work: Work;
}

/**
 * Where an iteration stands: the document, then an element for each step inwards, its key, and how many elements that
 * step had found before. One scope is reused for all elements of a metric.
 */
export class Scope {
  readonly #elements: unknown[] = [];
  readonly #keys: (string | number)[] = [];
  readonly #ordinals: number[] = [];
  readonly run: RunContext | undefined;
  readonly work: Work;
  #parsed: { readonly text: string; readonly result: { readonly document: unknown } | PathFailure } | undefined;

  constructor(document: unknown, { run, work }: ScopeContext) {
    this.run = run;
    this.work = work;
    this.#elements.push(document);
    this.#keys.push('');
    this.#ordinals.push(0);
  }

  /** The document that a text is. The last one is kept: values of one element mostly read the same text. */
  parseJson(text: string): { readonly document: unknown } | PathFailure {
    if (this.#parsed?.text !== text) {
      this.work.spend(text.length);
      this.#parsed = { text, result: parseInnerDocument(text) };
    }
    return this.#parsed.result;
  }

  /** How many steps inwards the innermost element is; 0 is the document. */
  get depth(): number {
    return this.#elements.length - 1;
  }

  /** Puts an element in place at a depth, 1 for the first step. */
  enter(depth: number, element: unknown, ...[key, ordinal]: [key: string | number, ordinal: number]): void {
    this.leave(depth);
    this.#elements.push(element);
    this.#keys.push(key);
    this.#ordinals.push(ordinal);
  }

  /** Takes the elements from a depth inwards away. */
  leave(depth: number): void {
    this.#elements.length = depth;
    this.#keys.length = depth;
    this.#ordinals.length = depth;
  }

  /** The innermost element. */
  get element(): unknown {
    return this.#elements[this.#elements.length - 1];
  }

  /** The element so many levels up; the document where there are not as many. */
  elementAt(levelsUp: number): unknown {
    return levelsUp === 0 ? this.element : this.#elements[this.#indexOf(levelsUp)];
  }

  keyAt(levelsUp: number): string {
    return String(this.#keys[this.#indexOf(levelsUp)] ?? '');
  }

  /** The key of the innermost element: a name in an object, an index in an array. */
  get key(): string | number {
    return this.#keys[this.#keys.length - 1] ?? '';
  }

  /** How many elements the step to a depth had found before the one that is in place there. */
  ordinalAt(depth: number): number {
    return this.#ordinals[depth] ?? 0;
  }

  /** The element at a depth; 0 is the document. */
  elementAtDepth(depth: number): unknown {
    return this.#elements[depth];
  }

  #indexOf(levelsUp: number): number {
    return Math.max(0, this.#elements.length - 1 - levelsUp);
  }
}

/** `a.b[0]` for the keys of a path. */
export function describeKeys(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((place, key) => joinPlaces(place, typeof key === 'number' ? `[${key}]` : key), '');
}

/** A place inside another one. */
export function joinPlaces(outer: string, inner: string): string {
  if (outer === '' || inner === '' || inner.startsWith('[')) return outer + inner;
  const isMatch = (place: string) => place.startsWith('match ');
  return isMatch(outer) || isMatch(inner) ? `${outer}: ${inner}` : `${outer}.${inner}`;
}
