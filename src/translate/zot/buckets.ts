import { sameTexts } from '../../model/metrics.js';
import { toNumber } from './rows.js';

/** The counts of one histogram in the order of their bounds. */
export interface Buckets {
  /** Text of the `le` labels, ascending, the last one `+Inf`. */
  readonly bounds: readonly string[];
  readonly counts: readonly number[];
  /** Buckets left out, because their bound is the same number as that of one which is there. */
  readonly repeats: number;
}

/** How to read the buckets of histograms whose keys come in one certain order. */
interface Layout {
  readonly keys: readonly string[];
  /** The keys, ascending by number, equal ones once, without the infinite one. */
  readonly sortedKeys: readonly string[];
  readonly infinityKey: string | undefined;
  readonly bounds: readonly string[];
  readonly repeats: number;
}

/** Reads buckets; what it learns of one histogram's keys serves the next one with the same keys. */
export class BucketReader {
  #layout: Layout | undefined;

  /** Undefined where a bound or a count is not a number. A missing `+Inf` bucket gets `total`. */
  read(buckets: Readonly<Record<string, number | string>>, total: number): Buckets | undefined {
    const keys = Object.keys(buckets);
    const layout = this.#layout !== undefined && sameTexts(keys, this.#layout.keys) ? this.#layout : layOut(keys);
    if (layout === undefined) return undefined;
    this.#layout = layout;
    const counts: number[] = [];
    for (const key of layout.sortedKeys) {
      const count = toNumber(buckets[key] ?? 0);
      if (count === undefined) return undefined;
      counts.push(count);
    }
    const infinite = layout.infinityKey === undefined ? total : toNumber(buckets[layout.infinityKey] ?? total);
    if (infinite === undefined) return undefined;
    counts.push(infinite);
    return { bounds: layout.bounds, counts, repeats: layout.repeats };
  }
}

function layOut(keys: readonly string[]): Layout | undefined {
  const keyOf = new Map<number, string>();
  let repeats = 0;
  for (const key of keys) {
    const bound = toBound(key);
    if (Number.isNaN(bound)) return undefined;
    if (keyOf.has(bound)) repeats++;
    else keyOf.set(bound, key);
  }
  const infinityKey = keyOf.get(Number.POSITIVE_INFINITY);
  keyOf.delete(Number.POSITIVE_INFINITY);
  const sorted = [...keyOf].sort(([left], [right]) => left - right);
  const bounds = sorted.map(([bound, key]) => (bound === Number.NEGATIVE_INFINITY ? '-Inf' : key));
  return { keys, sortedKeys: sorted.map(([, key]) => key), infinityKey, bounds: [...bounds, '+Inf'], repeats };
}

/** NaN for what is no bound. `Number` takes blanks and hexadecimals, which are none. */
function toBound(key: string): number {
  return /^[-+0-9.eE]+$/.test(key) ? Number(key) : (toNumber(key) ?? Number.NaN);
}
