import { isFields, ownField } from '../golang/values.js';
import { type Column, countKinds, type Kinds } from './column.js';
import { holdsNames, isFieldKey, isMeasure, isWordOfMetrics, mayHoldNames } from './keys.js';

/** The fields of the objects of a column, in the order in which they are found. */
export interface Fields {
  readonly columns: ReadonlyMap<string, Column>;
  /** Objects that have any field. */
  readonly filled: number;
  readonly entries: Column & { readonly keys: readonly string[] };
}

/** More different keys than this are no fields: what is below them is only looked at together. */
const MAX_FIELDS = 400;

/** Takes the objects of a column apart. Of objects with very many different keys it gives entries, and no columns. */
export function readFields({ values, owners }: Column): Fields {
  const columns = new Map<string, { values: unknown[]; owners: number[] }>();
  const entries: { values: unknown[]; owners: number[]; keys: string[] } = { values: [], owners: [], keys: [] };
  let filled = 0;
  values.forEach((value, i) => {
    if (!isFields(value)) return;
    const owner = owners[i] ?? 0;
    const keys = Object.keys(value);
    if (keys.length > 0) filled++;
    for (const key of keys) {
      const inner = ownField(value, key);
      entries.values.push(inner);
      entries.owners.push(owner);
      entries.keys.push(key);
      const column = columns.get(key) ?? { values: [], owners: [] };
      if (columns.size < MAX_FIELDS || columns.has(key)) columns.set(key, column);
      column.values.push(inner);
      column.owners.push(owner);
    }
  });
  return { columns, filled, entries };
}

/** Whether an object is one of fields, or one whose keys are names of things that are alike. */
export type ObjectShape = 'fields' | 'map' | 'texts';

/** Decides by the keys and by how alike the values are. `key` is that of the object. */
export function findShape(fields: Fields, key: string | undefined): ObjectShape {
  const { columns, entries } = fields;
  const names = [...columns.keys()];
  if (names.length === 0) return 'fields';
  const kinds = countKinds(entries.values);
  const dataShare = names.filter((name) => !isFieldKey(name)).length / names.length;
  const isNamed = holdsNames(key);
  if (hasOnly(kinds, 'objects')) return isMapOfObjects(fields, { dataShare, isNamed }) ? 'map' : 'fields';
  if (hasOnly(kinds, 'arrays')) return dataShare > 0 || (isNamed && names.length > 1) ? 'map' : 'fields';
  if (hasOnly(kinds, 'strings') && (dataShare > 0 || isNamed)) return 'texts';
  if (kinds.objects + kinds.arrays > 0) return 'fields';
  const measures = names.filter(isMeasure).length / names.length;
  if (dataShare >= 0.5 || names.length >= MAX_FIELDS) return 'map';
  // Countries and currencies.
  if (names.length > 2 && names.every((name) => /^[A-Z]{2,4}$/.test(name))) return 'map';
  if (names.length > 1 && mayHoldNames(key) && !names.some(isWordOfMetrics)) return 'map';
  return (isNamed && measures < 0.5) || names.length > 60 ? 'map' : 'fields';
}

/** Whether values are of one kind, but for null. */
export function hasOnly(kinds: Kinds, kind: Exclude<keyof Kinds, 'nulls'>): boolean {
  const { booleans, numbers, strings, arrays, objects, others } = kinds;
  return kinds[kind] > 0 && kinds[kind] === booleans + numbers + strings + arrays + objects + others;
}

function isMapOfObjects(
  { columns, entries }: Fields,
  { dataShare, isNamed }: { readonly dataShare: number; readonly isNamed: boolean },
): boolean {
  if (dataShare > 0 || columns.size >= MAX_FIELDS) return true;
  if (columns.size === 1) return isNamed;
  return areAlike(entries.values) || isNamed;
}

/** Looked at, of very many. */
const MAX_COMPARED = 200;

/** Whether objects have about the same fields: each of them half of all that there are. */
export function areAlike(values: readonly unknown[]): boolean {
  const counts = new Map<string, number>();
  let objects = 0;
  let total = 0;
  for (const value of values.slice(0, MAX_COMPARED)) {
    if (!isFields(value)) continue;
    objects++;
    for (const key of Object.keys(value)) {
      total++;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return objects > 1 && most >= objects * 0.75 && total / objects >= counts.size * 0.5;
}

/** Entries of an object beside fields of another kind: `switch:0`, `switch:1`, or names of things. */
export interface Mixed {
  readonly members: ReadonlySet<string>;
  /** What the keys begin with: `switch:`. */
  readonly prefix: string;
  /** Fields of members that no other entry has as well. */
  readonly isOwn: (field: string) => boolean;
}

/** Finds entries that are alike in an object of fields; undefined where there are none. */
export function findMixed({ columns }: Fields): Mixed | undefined {
  const objects = [...columns].filter(([, { values }]) => values.every((value) => isFields(value) || value === null));
  const groups = new Map<string, string[]>();
  for (const [key] of objects) {
    const prefix = isFieldKey(key) ? /^(.*\D)\d{1,3}$/.exec(key)?.[1] : '';
    if (prefix !== undefined) groups.set(prefix, [...(groups.get(prefix) ?? []), key]);
  }
  const best = [...groups].sort(([, a], [, b]) => b.length - a.length)[0];
  if (best === undefined || (best[0] !== '' && best[1].length < 2)) return undefined;
  const members = new Set(best[1]);
  if (!areAlike([...members].flatMap((key) => columns.get(key)?.values ?? []))) return undefined;
  const others = new Set<string>();
  for (const [key, { values }] of columns) {
    if (members.has(key)) continue;
    for (const value of values) if (isFields(value)) for (const field of Object.keys(value)) others.add(field);
  }
  return { members, prefix: best[0], isOwn: (field) => !others.has(field) };
}
