import { randomInt } from 'node:crypto';

const BITS = 2 ** 16;
const BITS_PER_WORD = 32;

/** Of this process alone: no document can be made to have different keys that look the same. */
const multiplier = randomInt(2 ** 32) | 1;

/** Counts keys, and about how many different ones there are, of which each costs a parser memory of its own. */
export class KeyTally {
  #keys = 0;
  #different = 0;
  readonly #seen = new Int32Array(BITS / BITS_PER_WORD);

  get keys(): number {
    return this.#keys;
  }

  /** Too few from some ten thousand on. */
  get different(): number {
    return this.#different;
  }

  /** Counts a key; one of which only the end is there is taken for another one. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#keys++;
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
