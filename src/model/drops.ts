/**
 * Why a sample of an upstream's document is not exposed, the closed set of `target_scrape_samples_dropped{cause}`:
 * `missing` (nothing is where a path points), `path` (a path does not fit the document), `shape` (not the form of the format), `name` (no metric name), `label` (unequal lists, a reserved or repeated label
 * name), `value` (not a number, or a time before 1970), `bucket` (a bucket's bound is no number), `duplicate` (the same series again),
 * `collision` (the name is another family's), `format` (the format of the scraper has no form for it).
 */
export const dropCauses = [
  'missing',
  'path',
  'shape',
  'name',
  'label',
  'value',
  'bucket',
  'duplicate',
  'collision',
  'format',
] as const;
export type DropCause = (typeof dropCauses)[number];

/** One thing that was not exposed, for the log and the debug view. */
export interface Drop {
  readonly cause: DropCause;
  /** In samples, that is lines of the exposition; 1 where that cannot be known. */
  readonly samples: number;
  /** Where in the document, or which family: `Counters[3]`, `zot_info`. */
  readonly where: string;
  readonly message: string;
}

/** How many drops a tally keeps whole. */
export const MAX_DROP_EXAMPLES = 50;

/** What a tally holds, as plain data. */
export interface DropRecord {
  readonly samples: ReadonlyMap<DropCause, number>;
  readonly examples: readonly Drop[];
}

const NOTHING: DropRecord = { samples: new Map(), examples: [] };

/** Counts what a scrape drops, by cause, and keeps the first few drops whole: its size does not grow with the input. */
export class DropTally {
  /** Made by the first drop: most scrapes have none. */
  #found: { readonly samples: Map<DropCause, number>; readonly examples: Drop[] } | undefined;

  /** Goes on with what another tally has recorded. */
  constructor(record: DropRecord = NOTHING) {
    if (record.samples.size > 0) this.#found = { samples: new Map(record.samples), examples: [...record.examples] };
  }

  add(drop: Drop): void {
    this.#count(drop.cause, drop.samples);
    const { examples } = this.#open();
    if (examples.length < MAX_DROP_EXAMPLES) examples.push(drop);
  }

  /** Adds what another tally has, behind its own examples. */
  absorb({ record }: DropTally): void {
    if (record.samples.size === 0) return;
    for (const [cause, samples] of record.samples) this.#count(cause, samples);
    const { examples } = this.#open();
    examples.push(...record.examples.slice(0, MAX_DROP_EXAMPLES - examples.length));
  }

  /** Samples dropped for `cause`. */
  count(cause: DropCause): number {
    return this.#found?.samples.get(cause) ?? 0;
  }

  /** Samples dropped for any cause. */
  get total(): number {
    let total = 0;
    for (const samples of this.record.samples.values()) total += samples;
    return total;
  }

  /** All of it, for a tally in another thread. */
  get record(): DropRecord {
    return this.#found ?? NOTHING;
  }

  /** The first drops, at most 50. */
  get examples(): readonly Drop[] {
    return this.record.examples;
  }

  #open() {
    this.#found ??= { samples: new Map(), examples: [] };
    return this.#found;
  }

  #count(cause: DropCause, samples: number): void {
    this.#open().samples.set(cause, this.count(cause) + samples);
  }
}
