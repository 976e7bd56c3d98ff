import { randomInt } from 'node:crypto';

/** Keys that are there again and again take no more than their values. */
const FEW_KEYS = 1000;
const BITS = 2 ** 16;
const BITS_PER_WORD = 32;

/** Of this process alone: no document can be made to have different keys that look the same. */
const multiplier = randomInt(2 ** 32) | 1;

/** Counts keys, and whether they are a few that are there again and again; of others each costs a parser memory of its own. */
export class KeyTally {
  #keys = 0;
  #different = 0;
  readonly #seen = new Int32Array(BITS / BITS_PER_WORD);

  get keys(): number {
    return this.#keys;
  }

  get areFew(): boolean {
    return this.#different <= FEW_KEYS;
  }

  /** Counts a key; one of which only the end is there is taken for another one. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#keys++;
    if (!this.areFew) return;
    let hash = multiplier;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), multiplier);
    const bit = (hash ^ (hash >>> 16)) & (BITS - 1);
    const index = bit >>> 5;
    const word = this.#seen[index] ?? 0;
    const mask = 1 << (bit & (BITS_PER_WORD - 1));
    if ((word & mask) !== 0) return;
    this.#seen[index] = word | mask;
    this.#different++;
  }
}
