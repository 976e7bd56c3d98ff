import type { CancellationSignal } from '../model/cancellation.js';

/**
 * An AbortController and its signal in one, for the two that each scrape has. Node gives every AbortSignal another
 * prototype once it is made, so that V8 knows nothing of it: making and hearing them was a fifteenth of a small scrape.
 */
export class CancellationSource implements CancellationSignal {
  readonly #listeners: (() => void)[] = [];
  #isAborted = false;
  #reason: unknown;

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#isAborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const place = this.#listeners.indexOf(listener);
    if (place >= 0) this.#listeners.splice(place, 1);
  }

  /** Of effect the first time only. */
  abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    for (let next = this.#listeners.shift(); next !== undefined; next = this.#listeners.shift()) next();
  }
}
