import { countRows, type MetricFamily } from '../model/metrics.js';

/** How far, in slots a row, a search may go in all before the input counts as made to collide. */
const MAX_PROBES_PER_ROW = 16;

/**
 * The rows of a family whose series (label names and values, in any order) is in an earlier row already; undefined
 * where there is none. An empty label is the same as none (Prometheus' data model). Rows with timestamps of their own are another sample of the series, unless the time is the same.
 *
 * An open-addressing table of hashes over the label characters, so that no string a series is made. A family that was
 * made to collide falls back to a set of strings.
 */
export function findDuplicateRows(family: MetricFamily, table = new RowTable()): ReadonlySet<number> | undefined {
  const rows = countRows(family);
  if (rows <= MAX_ROWS_IN_PAIRS) return findInPairs(family, rows);
  table.clear(rows);
  let duplicates: Set<number> | undefined;
  for (let row = 0; row < rows; row++) {
    const found = table.insert(hashRow(family, row), row, family);
    if (found === 'gave up') return findByText(family);
    if (found === 'duplicate') {
      duplicates ??= new Set();
      duplicates.add(row);
    }
  }
  return duplicates;
}

/** So few rows are compared with each other sooner than hashed. */
const MAX_ROWS_IN_PAIRS = 8;

function findInPairs(family: MetricFamily, rows: number): ReadonlySet<number> | undefined {
  let duplicates: Set<number> | undefined;
  for (let row = 1; row < rows; row++) {
    for (let earlier = 0; earlier < row; earlier++) {
      if (!isSameSeries(family, earlier, row)) continue;
      duplicates ??= new Set();
      duplicates.add(row);
      break;
    }
  }
  return duplicates;
}

/** A table that serves one family after the other: it grows with the largest of them. */
export class RowTable {
  #mask = 0;
  /** Row + 1 a slot, 0 where it is free. */
  #slots = new Int32Array(0);
  #hashes = new Int32Array(0);
  #probesLeft = 0;

  /** Makes room for so many rows, and forgets those that were there. */
  clear(rows: number): void {
    const size = 1 << Math.ceil(Math.log2(rows * 2));
    this.#mask = size - 1;
    this.#probesLeft = rows * MAX_PROBES_PER_ROW;
    if (size > this.#slots.length) {
      this.#slots = new Int32Array(size);
      this.#hashes = new Int32Array(size);
    } else {
      this.#slots.fill(0, 0, size);
    }
  }

  insert(hash: number, row: number, family: MetricFamily): 'new' | 'duplicate' | 'gave up' {
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    for (;;) {
      const taken = this.#slots[slot] ?? 0;
      if (taken === 0) break;
      if (this.#hashes[slot] === hash && isSameSeries(family, taken - 1, row)) return 'duplicate';
      if (--this.#probesLeft < 0) return 'gave up';
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[slot] = row + 1;
    this.#hashes[slot] = hash;
    return 'new';
  }
}

/** The sum over the labels of a hash of name and value: the same for any order of the labels. */
function hashRow(family: MetricFamily, row: number): number {
  const names = family.labelNames[row] ?? [];
  const values = family.labelValues[row] ?? [];
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === '') continue;
    const seed = Math.imul((names[i]?.length ?? 0) + 1, 0x9e3779b1) ^ (names[i]?.charCodeAt(0) ?? 0);
    sum = (sum + hashText(values[i] ?? '', seed)) | 0;
  }
  return sum;
}

/** FNV-1a over UTF-16 code units, with a last mix so that sums of it spread. */
function hashText(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
}

function isSameSeries(family: MetricFamily, left: number, right: number): boolean {
  if (family.timestampsMs !== undefined && family.timestampsMs[left] !== family.timestampsMs[right]) return false;
  const leftNames = family.labelNames[left] ?? [];
  const rightNames = family.labelNames[right] ?? [];
  const leftValues = family.labelValues[left] ?? [];
  const rightValues = family.labelValues[right] ?? [];
  let unmatched = 0;
  for (const value of rightValues) if (value !== '') unmatched++;
  for (let i = 0; i < leftValues.length; i++) {
    if (leftValues[i] === '') continue;
    const name = leftNames[i] ?? '';
    const j = rightNames[i] === name ? i : rightNames.indexOf(name);
    if (j < 0 || leftValues[i] !== rightValues[j]) return false;
    unmatched--;
  }
  return unmatched === 0;
}

function findByText(family: MetricFamily): ReadonlySet<number> | undefined {
  const seen = new Set<string>();
  const duplicates = new Set<number>();
  for (let row = 0; row < countRows(family); row++) {
    const names = family.labelNames[row] ?? [];
    const values = family.labelValues[row] ?? [];
    const labels = names.flatMap((name, i) => (values[i] === '' ? [] : JSON.stringify([name, values[i]]))).sort();
    const text = `${labels.join()}@${family.timestampsMs?.[row]}`;
    if (seen.has(text)) duplicates.add(row);
    seen.add(text);
  }
  return duplicates.size === 0 ? undefined : duplicates;
}
