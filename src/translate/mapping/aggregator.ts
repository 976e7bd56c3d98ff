import { ZxpError } from '../../model/errors.js';
import type { Aggregate, DuplicatePolicy } from '../../model/module.js';
import type { RowKey, ScalarRows } from './rows.js';

/** What becomes of rows with the same labels: one row, of all their values. */
export type FoldName = Aggregate | Exclude<DuplicatePolicy, 'first'>;

interface Folded {
  key: RowKey;
  value: number;
  count: number;
}

/** Gathers the rows of one value of one metric and folds those with the same labels into one. */
export class Aggregator {
  readonly #fold: FoldName;
  readonly #name: string;
  readonly #rows = new Map<string, Folded>();

  constructor(fold: FoldName, name: string) {
    this.#fold = fold;
    this.#name = name;
  }

  /** Says whether these labels are new. Throws `schema` where the metric wants no duplicates and there is one. */
  push(key: RowKey, value: number): boolean {
    const id = JSON.stringify(key.values);
    const known = this.#rows.get(id);
    if (known === undefined) {
      this.#rows.set(id, { key, value, count: 1 });
      return true;
    }
    if (this.#fold === 'error') {
      throw new ZxpError('schema', `${this.#name} has a series twice, and its duplicates are an error`);
    }
    known.value = combine(this.#fold, known.value, value);
    known.count++;
    if (this.#fold === 'last') known.key = key;
    return false;
  }

  /** Hands each folded row to the family. */
  flush(rows: ScalarRows): void {
    for (const { key, value, count } of this.#rows.values()) {
      rows.push(key, this.#fold === 'count' ? count : this.#fold === 'avg' ? value / count : value);
    }
  }
}

function combine(fold: Exclude<FoldName, 'error'>, left: number, right: number): number {
  switch (fold) {
    case 'sum':
    case 'avg':
      return left + right;
    case 'min':
      return Math.min(left, right);
    case 'max':
      return Math.max(left, right);
    case 'last':
      return right;
    case 'count':
      return left;
  }
}
