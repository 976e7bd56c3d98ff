/** What entries weigh together at most. */
export interface WeightLimit<V> {
  readonly maxWeight: number;
  /** The weight of an entry, which must not change while it is kept. */
  readonly weigh: (value: V) => number;
}

/** A map of at most so many entries, and of so much weight: the one whose use is longest ago goes first. */
export class LruMap<V> {
  /** The one that was used last comes last. */
  readonly #entries = new Map<string, V>();
  readonly #max: number;
  readonly #limit: WeightLimit<V> | undefined;
  #weight = 0;
  /** The key that comes last. One that is used over and over stays where it is: a Map that is changed is soon copied. */
  #lastKey: string | undefined;

  constructor(max: number, limit?: WeightLimit<V>) {
    this.#max = max;
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#lastKey) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#lastKey = key;
    return value;
  }

  set(key: string, value: V): void {
    if (key === this.#lastKey) {
      const before = this.#entries.get(key);
      if (before !== undefined) this.#weight -= this.#weigh(before);
    } else {
      this.delete(key);
    }
    this.#entries.set(key, value);
    this.#lastKey = key;
    this.#weight += this.#weigh(value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#max && this.#weight <= (this.#limit?.maxWeight ?? Number.POSITIVE_INFINITY))
        return;
      this.delete(oldest);
    }
  }

  /** The one that was used last comes last; does not count as use. */
  values(): Iterable<V> {
    return this.#entries.values();
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weigh(value);
  }

  #weigh(value: V): number {
    return this.#limit?.weigh(value) ?? 0;
  }
}
