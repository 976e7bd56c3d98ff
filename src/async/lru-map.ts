/** So many entries at the most: the one whose use is longest ago goes first. */
export class LruMap<V> {
  /** The one that was used last comes last. */
  readonly #entries = new Map<string, V>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.#put(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#put(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#max) return;
      this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #put(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
  }
}
