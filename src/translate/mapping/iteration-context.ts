import type { RunContext } from '../cel-context.js';

/**
 * Where an iteration stands: the document, then an element for each step inwards, and the key of each. One scope is
 * reused for all elements of a metric.
 */
export class Scope {
  readonly #elements: unknown[] = [];
  readonly #keys: (string | number)[] = [];
  /** What expressions, headers and the status are read from; present where a value of the module is one. */
  readonly run: RunContext | undefined;

  constructor(document: unknown, run?: RunContext) {
    this.run = run;
    this.#elements.push(document);
    this.#keys.push('');
  }

  /** How many steps inwards the innermost element is; 0 is the document. */
  get depth(): number {
    return this.#elements.length - 1;
  }

  /** Puts an element in place at a depth, 1 for the first step. */
  enter(depth: number, element: unknown, key: string | number): void {
    this.leave(depth);
    this.#elements.push(element);
    this.#keys.push(key);
  }

  /** Takes the elements from a depth inwards away. */
  leave(depth: number): void {
    this.#elements.length = depth;
    this.#keys.length = depth;
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

  #indexOf(levelsUp: number): number {
    return Math.max(0, this.#elements.length - 1 - levelsUp);
  }
}
