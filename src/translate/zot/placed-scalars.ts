import { areSame, readLatin1 } from '../../model/bytes.js';
import type { RowPlaces } from '../../model/placed-rows.js';
import type { GrowingFamily, PlacedRows } from '../../model/row-sink.js';
import type { FieldLayout } from '../document/row-layout.js';
import { RowReader } from '../document/row-reader.js';
import { toLabelName } from '../names.js';

/** Lists whose rows are one number each; the others are read by a parser. */
export const scalarLists = ['Counters', 'Gauges'] as const;

const NAME = 0;
const VALUE = 1;
const LABEL_NAMES = 2;
const LABEL_VALUES = 3;

/** Each family costs as much as some dozen rows. */
const MAX_FAMILIES = 256;

/** Finds the rows of counters and gauges in the bytes of a plain document, and gives the other lists as they are. */
export const scalarReader = new RowReader(
  scalarLists.map((list) => ({ array: [list], fields: describeFields(list === 'Counters' ? 'Count' : 'Value') })),
  [['Summaries'], ['Histograms']],
);

function describeFields(value: string): readonly FieldLayout[] {
  const field = (key: string, kind: FieldLayout['kind']) => ({ keys: [key], kind, mayBeEmpty: true, wholeDigits: 0 });
  return [field('Name', 'text'), field(value, 'number'), field('LabelNames', 'texts'), field('LabelValues', 'texts')];
}

/** A family that rows go to, with its name. */
export interface OpenedFamily {
  readonly name: string;
  readonly family: GrowingFamily;
}

/**
 * The rows by their families, in the order in which those first appear. Undefined where rows of one family have other label
 * names, or where a row is none that may be exposed: those are looked at one by one.
 */
export function groupScalars(
  found: RowPlaces,
  openFamily: (zotName: string) => OpenedFamily | undefined,
): readonly PlacedRows[] | undefined {
  const { buffer, byteOffset, byteLength } = found.bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  const groups = new Map<string, Group>();
  const groupOf: Group[] = [];
  let last: Group | undefined;
  let size = 0;
  for (let row = 0; row < found.rows; row++) {
    let group = last?.isNamedAs(row) === true ? last : undefined;
    if (group === undefined) {
      const name = readText(found, (row * found.fieldCount + NAME) * 2);
      group = groups.get(name) ?? new Group(found, view, ...[row]);
      groups.set(name, group);
      if (groups.size > MAX_FAMILIES) return undefined;
    }
    if (!group.takes(row)) return undefined;
    group.rows++;
    size += group.stride;
    groupOf.push(group);
    last = group;
  }
  const places = new Int32Array(size);
  const opened = new Set<GrowingFamily>();
  const list: PlacedRows[] = [];
  let start = 0;
  for (const [zotName, group] of groups) {
    const family = openFamily(zotName);
    const labelNames = group.readLabelNames();
    if (family === undefined || labelNames === undefined || opened.has(family.family)) return undefined;
    opened.add(family.family);
    group.at = start;
    const end = start + group.rows * group.stride;
    list.push(group.describe(places.subarray(start, end), family, ...[labelNames]));
    start = end;
  }
  for (let row = 0; row < groupOf.length; row++) groupOf[row]?.copy(row, places);
  return list;
}

/** Rows of one name. */
class Group {
  readonly #found: RowPlaces;
  readonly #view: DataView;
  /** The row that has its name and its label names. */
  readonly #first: number;
  readonly #labels: number;
  rows = 0;
  /** Where its next row goes. */
  at = 0;

  /** `view` is of the bytes. */
  constructor(found: RowPlaces, view: DataView, ...[first]: [first: number]) {
    this.#found = found;
    this.#view = view;
    this.#first = first;
    this.#labels = found.places[(first * found.fieldCount + LABEL_NAMES) * 2 + 1] ?? 0;
  }

  /** What a row takes. */
  get stride(): number {
    return (this.#labels + 1) * 2;
  }

  isNamedAs(row: number): boolean {
    const { places, fieldCount } = this.#found;
    const own = (this.#first * fieldCount + NAME) * 2;
    const other = (row * fieldCount + NAME) * 2;
    return this.#isSame(places, own, ...[places, other]);
  }

  /** Whether a row has the same label names, and as many values. */
  takes(row: number): boolean {
    const { places, texts, fieldCount } = this.#found;
    const labels = this.#labels;
    const start = row * fieldCount;
    if (places[(start + LABEL_VALUES) * 2 + 1] !== labels) return false;
    if (row === this.#first) return true;
    const names = (start + LABEL_NAMES) * 2;
    if (places[names + 1] !== labels) return false;
    const own = ((places[(this.#first * fieldCount + LABEL_NAMES) * 2] ?? 0) - 1) * 2;
    const other = ((places[names] ?? 0) - 1) * 2;
    for (let i = 0; i < labels * 2; i += 2) if (!this.#isSame(texts, own + i, ...[texts, other + i])) return false;
    return true;
  }

  #isSame(left: Int32Array, i: number, ...[right, j]: [right: Int32Array, j: number]): boolean {
    const start = left[i] ?? 0;
    const length = (left[i + 1] ?? 0) - start;
    const other = right[j] ?? 0;
    return (right[j + 1] ?? 0) - other === length && areSame(this.#view, start, ...[other, length]);
  }

  /** As they are exposed; undefined where one of them cannot be. */
  readLabelNames(): readonly string[] | undefined {
    const { places, fieldCount } = this.#found;
    const start = ((places[(this.#first * fieldCount + LABEL_NAMES) * 2] ?? 0) - 1) * 2;
    const names: string[] = [];
    for (let i = 0; i < this.#labels; i++) {
      const name = toLabelName(readListed(this.#found, start + i * 2));
      if (name === undefined || names.includes(name)) return undefined;
      names.push(name);
    }
    return names;
  }

  describe(
    places: Int32Array,
    { name, family }: OpenedFamily,
    ...[labelNames]: [labelNames: readonly string[]]
  ): PlacedRows {
    const { bytes, texts } = this.#found;
    const field = labelNames.length;
    const metric = { labelNames, labelFields: [...labelNames.keys()], staticValues: [], families: [{ name, field }] };
    return { metric, found: { bytes, texts, rows: this.rows, fieldCount: field + 1, places }, families: [family] };
  }

  /** Copies the places of the labels of its next row, and of the value. */
  copy(row: number, target: Int32Array): void {
    const { places, texts, fieldCount } = this.#found;
    const start = row * fieldCount * 2;
    const from = ((places[start + LABEL_VALUES * 2] ?? 0) - 1) * 2;
    let at = this.at;
    for (let i = 0; i < this.#labels * 2; i++) target[at++] = texts[from + i] ?? 0;
    target[at++] = places[start + VALUE * 2] ?? 0;
    target[at++] = places[start + VALUE * 2 + 1] ?? 0;
    this.at = at;
  }
}

function readText({ bytes, places }: RowPlaces, place: number): string {
  return readLatin1(bytes, places[place] ?? 0, ...[places[place + 1] ?? 0]);
}

function readListed({ bytes, texts }: RowPlaces, place: number): string {
  return readLatin1(bytes, texts[place] ?? 0, ...[texts[place + 1] ?? 0]);
}
