import type { Option, OptionEntry } from './column.js';

/** One metric of the file. */
export interface MetricDraft {
  /** Text, or where the document has it. */
  readonly name: Option;
  readonly help: string;
  readonly type: 'value' | 'object' | 'histogram' | 'summary';
  readonly valueType: 'gauge' | 'counter' | undefined;
  /** One path for each step of the iteration. */
  readonly steps: readonly string[];
  readonly labels: readonly OptionEntry[];
  readonly allowsMissing: boolean;
  readonly values: readonly ValueDraft[];
  /** Further keys: `buckets`, `aggregate`, ... */
  readonly options: readonly OptionEntry[];
  readonly notes: readonly string[];
}

/** One of the values of a metric; without a suffix, the only one. */
export interface ValueDraft {
  readonly suffix: string;
  readonly value: Option;
  readonly notes: readonly string[];
}

/** A value by a path and further keys, in the shortest form. */
export function toValue(path: OptionEntry, options: readonly OptionEntry[]): Option {
  const [key, text] = path;
  return options.length === 0 && key === 'path' ? text : { fields: [path, ...options] };
}

/** The names of families that are taken, with those that their samples have in one of the formats. */
export class FamilyNames {
  readonly #taken = new Set<string>();

  /** Takes all of these names of gauges. False, and none is taken, where that is not possible. */
  takeAll(names: readonly string[]): boolean {
    const isFree =
      new Set(names).size === names.length && names.every((name) => !this.#taken.has(name) && !/_created$/.test(name));
    if (isFree) for (const name of names) this.#taken.add(name);
    return isFree;
  }

  /** The name, with a number behind it where it is taken already. */
  take(wanted: string, kind: 'gauge' | 'counter' | 'histogram' | 'summary' | 'info'): string {
    // OpenMetrics has such names for itself.
    const allowed = wanted.endsWith('_created') ? `${wanted}_value` : wanted;
    for (let n = 1; ; n++) {
      const name = n === 1 ? allowed : number(allowed, n, kind);
      const parts = listNames(name, kind);
      if (parts.some((part) => this.#taken.has(part))) continue;
      for (const part of parts) this.#taken.add(part);
      return name;
    }
  }
}

/** The suffix that the type wants stays at the end. */
function number(name: string, n: number, kind: string): string {
  const suffix = kind === 'counter' ? '_total' : kind === 'info' ? '_info' : '';
  return `${name.slice(0, name.length - suffix.length)}_${n}${suffix}`;
}

function listNames(name: string, kind: string): readonly string[] {
  switch (kind) {
    case 'counter':
      return [name, name.replace(/_total$/, ''), name.replace(/_total$/, '_created')];
    case 'info':
      return [name, name.replace(/_info$/, '')];
    case 'histogram':
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`, `${name}_bucket`, `${name}_created`];
    default:
      return [name];
  }
}
