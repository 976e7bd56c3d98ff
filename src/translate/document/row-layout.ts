/** A field that is wanted of each element of an array. */
export interface FieldLayout {
  /** The keys that lead to it from the element; at least one. */
  readonly keys: readonly string[];
  /**
   * A `label` is a text, a number or a boolean that becomes one; a `value` a number, the text of one, or a boolean. A `text` and a
   * `number` are nothing else, and `texts` is a list of texts, or null for an empty one.
   */
  readonly kind: 'label' | 'value' | 'text' | 'number' | 'texts';
  /** Whether the text of a label may be empty. */
  readonly mayBeEmpty: boolean;
  /** How many digits a label may have that is a whole number. */
  readonly wholeDigits: number;
}

/** An array of a document, by the keys that lead to it from the root, and what is wanted of its elements. */
export interface ArrayLayout {
  readonly array: readonly string[];
  /** At least one; none of them below another one. */
  readonly fields: readonly FieldLayout[];
}

/** What is under a key. */
export type Entry = FieldEntry | ObjectEntry | ArrayEntry | OtherEntry;

export interface OtherEntry extends KeyedEntry {
  readonly kind: 'other';
  /** Which of the others. */
  readonly index: number;
}

interface KeyedEntry {
  /** The key in its quotes. */
  readonly key: Uint8Array;
}

export interface FieldEntry extends KeyedEntry {
  readonly kind: FieldLayout['kind'];
  readonly mayBeEmpty: boolean;
  readonly wholeDigits: number;
  /** Which of the fields. */
  readonly index: number;
  /** How deep it is in its element. */
  readonly depth: number;
}

export interface ObjectEntry extends KeyedEntry {
  readonly kind: 'object';
  /** What is wanted of it: all of that has to be there. */
  readonly entries: readonly Entry[];
}

export interface ArrayEntry extends KeyedEntry {
  readonly kind: 'array';
  /** Which of the arrays. */
  readonly index: number;
  readonly element: ObjectEntry;
  readonly fieldCount: number;
  /** How deep its elements are, the root being 0. */
  readonly depth: number;
}

/** Where something is, from the object at hand on. */
export interface Placed {
  readonly keys: readonly string[];
  readonly entry: Entry;
}

export const NO_KEY = new Uint8Array(0);

export function buildArray({ array, fields }: ArrayLayout, index: number): ArrayEntry {
  const placed = fields.map(
    ({ keys, ...field }, i): Placed => ({
      keys,
      entry: { ...field, key: NO_KEY, index: i, depth: keys.length },
    }),
  );
  const element: ObjectEntry = { key: NO_KEY, kind: 'object', entries: buildEntries(placed) };
  return { key: NO_KEY, kind: 'array', index, element, fieldCount: fields.length, depth: array.length + 1 };
}

export function buildWay(arrays: readonly Placed[]): Entry {
  const [first] = arrays;
  if (first?.keys.length === 0) return first.entry;
  return { key: NO_KEY, kind: 'object', entries: buildEntries(arrays) };
}

function buildEntries(placed: readonly Placed[]): readonly Entry[] {
  const byKey = new Map<string, Placed[]>();
  for (const { keys, entry } of placed) {
    const [key = '', ...rest] = keys;
    byKey.set(key, [...(byKey.get(key) ?? []), { keys: rest, entry }]);
  }
  return [...byKey].map(([name, below]) => {
    const key = Buffer.from(JSON.stringify(name));
    const [first] = below;
    if (first?.keys.length === 0) return { ...first.entry, key };
    return { key, kind: 'object', entries: buildEntries(below) };
  });
}
