import { DropTally } from '../../model/drops.js';
import { ZxpError } from '../../model/errors.js';
import { type ScrapeLimits, tooManyLabels } from '../../model/limits.js';
import type { ScalarFamily } from '../../model/metrics.js';
import type { MappingSpec } from '../../model/module.js';
import type { Work } from '../../model/work.js';
import type { SampleFilter } from '../mapping/filters.js';
import { toLabelName } from '../names.js';
import { extendName, toLabel } from './names.js';

/** Series of one document at most, however many the limits allow: more are no overview of anything. */
export const MAX_SERIES = 10_000;

/** What tells the elements of one array apart, around a value: a chain from the innermost array outwards. */
export interface ElementLabel {
  readonly outer: ElementLabel | undefined;
  /** The field of the element, or `index`. */
  readonly name: string;
  /** The key that the array is under; empty for the document itself. */
  readonly array: string;
  readonly value: string;
}

/** A number of a document, and where it is. */
export interface Found {
  /** The name of its family. */
  readonly name: string;
  readonly path: string;
  readonly label: ElementLabel | undefined;
  readonly value: number;
}

interface GrowingFamily {
  readonly path: string;
  readonly labelNames: (readonly string[])[];
  readonly labelValues: (readonly string[])[];
  readonly values: number[];
  readonly known: Set<string>;
}

/** Gathers the samples of one document: no series twice, and no more of them than may be. */
export class FlatSamples {
  readonly drops = new DropTally();
  readonly #limits: ScrapeLimits;
  readonly #work: Work;
  readonly #filter: SampleFilter | undefined;
  readonly #staticNames: readonly string[];
  readonly #staticValues: readonly string[];
  readonly #families = new Map<string, GrowingFamily>();
  #series = 0;

  constructor(options: {
    readonly limits: ScrapeLimits;
    readonly work: Work;
    readonly filter: SampleFilter | undefined;
    readonly labels: MappingSpec['staticLabels'];
  }) {
    this.#limits = options.limits;
    this.#work = options.work;
    this.#filter = options.filter;
    this.#staticNames = options.labels.map(([name]) => toLabelName(name) ?? '');
    this.#staticValues = options.labels.map(([, value]) => value);
  }

  /** Adds a sample, unless it is filtered out or there already. Throws `limit` for one too many. */
  add({ name, path, label, value }: Found): void {
    this.#work.spend(100);
    const { names, values } = this.#listLabels(label, name);
    if (this.#filter?.(name, names, values) === false) return;
    const family = this.#families.get(name) ?? this.#start(name, path);
    const series = JSON.stringify([names, values]);
    if (family.known.has(series)) {
      const message = 'another value of the document has the same name and labels; the first one was kept';
      this.drops.add({ cause: 'duplicate', samples: 1, where: path, message });
      return;
    }
    const max = Math.min(MAX_SERIES, this.#limits.series);
    if (++this.#series > max) throw tooManyFlat(max);
    family.known.add(series);
    family.labelNames.push(names);
    family.labelValues.push(values);
    family.values.push(value);
  }

  /** The families in the order of the document. */
  get families(): readonly ScalarFamily[] {
    return [...this.#families].map(([name, { path, labelNames, labelValues, values }]) => ({
      type: 'gauge',
      name,
      help: `The value at ${path}.`,
      ...{ labelNames, labelValues, values },
    }));
  }

  #start(name: string, path: string): GrowingFamily {
    const family = { path, labelNames: [], labelValues: [], values: [], known: new Set<string>() };
    this.#families.set(name, family);
    return family;
  }

  /** The labels from the outermost array inwards, those of the module last. Throws `limit` where there are too many. */
  #listLabels(innermost: ElementLabel | undefined, familyName: string) {
    if (innermost === undefined) return { names: this.#staticNames, values: this.#staticValues };
    const chain: ElementLabel[] = [];
    const max = this.#limits.labels - this.#staticNames.length;
    for (let label: ElementLabel | undefined = innermost; label !== undefined; label = label.outer) {
      if (chain.length >= max) throw tooManyLabels(familyName, this.#limits.labels + 1);
      chain.push(label);
    }
    this.#work.spend(chain.length * 100);
    const names: string[] = [];
    const values: string[] = [];
    for (const label of chain.toReversed()) {
      names.push(nameLabel(label, (name) => names.includes(name) || this.#staticNames.includes(name)));
      values.push(label.value);
    }
    return { names: [...names, ...this.#staticNames], values: [...values, ...this.#staticValues] };
  }
}

/** A label's own name, else with the key of its array in front, else with a number behind. */
function nameLabel({ name, array }: ElementLabel, isTaken: (name: string) => boolean): string {
  const own = toLabel(name);
  if (!isTaken(own)) return own;
  const longer = array === '' ? own : toLabel(extendName(extendName('', array), name));
  if (!isTaken(longer)) return longer;
  let number = 2;
  while (isTaken(`${longer}_${number}`)) number++;
  return `${longer}_${number}`;
}

function tooManyFlat(max: number): ZxpError {
  const hint = 'leave some out with only or drop of a module, or take a mapping, as zxp infer proposes one';
  return new ZxpError('limit', `the document has more than ${max} series for the translator flatten`, { hint });
}
