import { PathFailure } from '../../jsonpath/path.js';
import type { NameSpec } from '../../model/module.js';
import { toMetricName } from '../names.js';
import type { CompiledValue } from './metric.js';

/** The names that a document gives the families of one metric in one scrape: `max` different ones, and no more. */
export class DynamicNames {
  readonly #prefix: string;
  readonly #max: number;
  /** The values by their names. */
  readonly #known = new Map<string, CompiledValue[]>();

  constructor({ prefix, max }: Pick<NameSpec, 'prefix' | 'max'>) {
    this.#prefix = prefix;
    this.#max = max;
  }

  /** The name that an element gives its families by `text`; a failure for an empty one, and for one beyond the limit. */
  take(text: string): string | PathFailure {
    const name = `${this.#prefix}${text}`;
    if (name === '') return emptyName;
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#max) return tooManyNames;
    this.#known.set(name, []);
    return name;
  }

  /** The `i`th value of the metric, with the family that it gives under a name that was taken. */
  nameValue(i: number, value: CompiledValue, name: string): CompiledValue {
    const values = this.#known.get(name) ?? [];
    const { plan } = value;
    const full = plan.name === '' ? name : `${name}_${plan.name}`;
    const named = values[i] ?? { ...value, plan: { ...plan, name: full, textName: toMetricName(full) ?? full } };
    values[i] = named;
    return named;
  }
}

const emptyName = new PathFailure('error', 'the name is empty');
const tooManyNames = new PathFailure('error', 'more names than max allows');
