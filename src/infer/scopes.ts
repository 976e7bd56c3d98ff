import { isFields } from '../golang/values.js';
import { type Column, countKinds, type Kinds, readTexts, type Texts } from './column.js';
import { type Distribution, findDistribution } from './distributions.js';
import { decodeColumn, isKubernetesKey } from './inner-documents.js';
import { isFieldKey } from './keys.js';
import { isGeneric } from './naming.js';
import { renderPath, type Tail } from './paths.js';
import { type Fields, findMixed, findShape, hasOnly, type Mixed, readFields } from './shapes.js';
import { isPlural, joinWords, splitWords } from './words.js';

/** A value that every element of a scope has at one place, or some of them. */
export interface Leaf {
  /** From the element. */
  readonly keys: readonly string[];
  readonly column: Column;
  readonly kinds: Kinds;
  readonly texts: Texts;
  /** A symbol of its unit, of a field beside it. */
  readonly symbol: string | undefined;
  /** Words of the fields beside it, joined. */
  readonly siblings: ReadonlySet<string>;
}

/** A list of which only the length matters. */
export interface Length {
  readonly keys: readonly string[];
  readonly column: Column;
  readonly hasNulls: boolean;
  /** Whether its texts are paths of which the first parts group them. */
  readonly arePaths: boolean;
}

export interface FoundDistribution extends Distribution {
  /** Of the field that has it. */
  readonly keys: readonly string[];
  readonly isEverywhere: boolean;
}

/** Elements that become series: the document itself, or each of a list or a map below another scope. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly kind: 'root' | 'list' | 'map';
  readonly elements: readonly unknown[];
  /** For each element, the index of the one of the parent scope that has it. */
  readonly owners: readonly number[];
  /** From the element of the parent scope. */
  readonly keys: readonly string[];
  readonly tail: Tail;
  readonly needsQuery: boolean;
  /** What an element is called, where its key says so and not the keys that lead to it. */
  readonly noun?: string | undefined;
  /** From the document, to a list of texts that are the names of the elements with the same index. */
  readonly namedBy?: readonly string[] | undefined;
  /** The keys of a map, for each element. */
  readonly names: readonly string[];
  /** Whether some elements of the parent have nothing there. */
  readonly isPartial: boolean;
  /** Whether the path finds others as well, which have none of the fields. */
  readonly isMixed: boolean;
  readonly leaves: readonly Leaf[];
  readonly lengths: readonly Length[];
  readonly distributions: readonly FoundDistribution[];
  readonly children: readonly Scope[];
  /** Texts that are documents, which the other fields have as such. */
  readonly decoded: readonly (readonly string[])[];
  /** What is left out, by why. */
  readonly leftOut: ReadonlyMap<LeftOut, readonly string[]>;
}

export type LeftOut = 'data keys' | 'mixed' | 'texts' | 'list' | 'deep';

/** Structures that nest deeper are left out. */
const MAX_KEYS = 12;
const MAX_SCOPES = 5;
/** Texts of one element that are documents; further ones stay texts. */
const MAX_DECODED = 20;

/** Takes a document apart. */
export function findScopes(document: unknown): Scope {
  return new ScopeReader({
    parent: undefined,
    kind: 'root',
    elements: [document],
    owners: [0],
    keys: [],
    tail: '',
    needsQuery: false,
    isPartial: false,
    isMixed: false,
    names: [],
    isOwn: () => true,
  }).read();
}

type ScopeSpec = Omit<Scope, 'leaves' | 'lengths' | 'distributions' | 'children' | 'decoded' | 'leftOut'> & {
  /** Whether a field of the elements is theirs alone, and not of others that the path finds as well. */
  readonly isOwn: (field: string) => boolean;
};

class ScopeReader {
  readonly #spec: ScopeSpec;
  readonly #leaves: Leaf[] = [];
  readonly #lengths: Length[] = [];
  readonly #distributions: FoundDistribution[] = [];
  readonly #children: Scope[] = [];
  readonly #decoded: (readonly string[])[] = [];
  readonly #leftOut = new Map<LeftOut, string[]>();
  /** Lists of the document whose elements have their names in another one, by their keys. */
  readonly #namedBy = new Map<string, readonly string[]>();
  readonly #scope: Scope;
  readonly #depth: number;

  constructor(spec: ScopeSpec) {
    this.#spec = spec;
    const { isOwn: _, ...facts } = spec;
    this.#scope = {
      ...facts,
      leaves: this.#leaves,
      lengths: this.#lengths,
      distributions: this.#distributions,
      children: this.#children,
      decoded: this.#decoded,
      leftOut: this.#leftOut,
    };
    let depth = 0;
    for (let scope = spec.parent; scope !== undefined; scope = scope.parent) depth++;
    this.#depth = depth;
  }

  read(): Scope {
    const { elements } = this.#spec;
    this.#visit(
      [],
      { values: elements, owners: elements.map((_, i) => i) },
      { symbol: undefined, siblings: new Set() },
    );
    return this.#scope;
  }

  #leaveOut(why: LeftOut, keys: readonly string[]): void {
    const known = this.#leftOut.get(why) ?? [];
    this.#leftOut.set(why, known);
    if (keys.every(isFieldKey)) known.push(keys.length === 0 ? 'the elements' : keys.join('.'));
    else known.push('');
  }

  #visit(keys: readonly string[], column: Column, around: Pick<Leaf, 'symbol' | 'siblings'>): void {
    const kinds = countKinds(column.values);
    if (keys.length > MAX_KEYS) this.#leaveOut('deep', keys);
    else if (kinds.arrays > 0 && kinds.objects === 0 && kinds.numbers > 0) this.#addLeaf(keys, column, around);
    else if (kinds.arrays > 0 && kinds.arrays + kinds.nulls < column.values.length) this.#leaveOut('mixed', keys);
    else if (kinds.arrays > 0) this.#visitLists(keys, column, kinds);
    else if (kinds.objects > 0) this.#visitObjects(keys, column);
    else this.#addLeaf(keys, column, around);
  }

  #addLeaf(keys: readonly string[], column: Column, around: Pick<Leaf, 'symbol' | 'siblings'>): void {
    const { values } = column;
    const inner = keys.length > 0 && this.#decoded.length < MAX_DECODED ? decodeColumn(column) : undefined;
    if (inner !== undefined) {
      this.#decoded.push(keys);
      this.#visit(keys, inner, around);
      return;
    }
    this.#leaves.push({ keys, column, kinds: countKinds(values), texts: readTexts(values), ...around });
  }

  #visitObjects(keys: readonly string[], column: Column): void {
    const fields = readFields(column);
    const shape = findShape(fields, keys.at(-1));
    if (shape === 'texts') this.#visitTexts(keys, fields);
    else if (shape === 'map') this.#addMap(keys, column, fields);
    else this.#visitFields(keys, column, fields);
  }

  /** Texts by name, such as annotations: only those of Kubernetes that are documents are of interest. */
  #visitTexts(keys: readonly string[], { columns }: Fields): void {
    let isAnyLeft = false;
    for (const [key, column] of columns) {
      if (isKubernetesKey(key) && decodeColumn(column) !== undefined)
        this.#addLeaf([...keys, key], column, { symbol: undefined, siblings: new Set() });
      else isAnyLeft = true;
    }
    if (isAnyLeft) this.#leaveOut('texts', keys);
  }

  #visitFields(keys: readonly string[], column: Column, fields: Fields): void {
    const mixed = findMixed(fields);
    if (mixed !== undefined) this.#addMembers(keys, column, { fields, mixed });
    const consumed = new Set<string>(mixed?.members);
    const isOwn = (key: string) => keys.length > 0 || this.#spec.isOwn(key);
    for (const [key, column] of fields.columns) {
      if (consumed.has(key) || !isFieldKey(key) || !isOwn(key)) continue;
      const found = findDistribution({ key, keys, beside: fields, column });
      if (found === undefined) continue;
      consumed.add(key);
      for (const name of found.consumed) consumed.add(name);
      const isEverywhere = column.values.length === this.#spec.elements.length;
      this.#distributions.push({ ...found, keys: [...keys, key], isEverywhere });
    }
    if (this.#spec.kind === 'root') {
      const { names, lists } = findNamedLists(fields);
      if (names !== undefined)
        for (const list of lists) this.#namedBy.set(JSON.stringify([...keys, list]), [...keys, names]);
    }
    const siblings = new Set([...fields.columns.keys()].map((key) => joinWords(splitWords(key))));
    for (const [key, column] of fields.columns) {
      if (consumed.has(key) || !isOwn(key)) continue;
      if (!isFieldKey(key)) this.#leaveOut('data keys', [...keys, key]);
      else this.#visit([...keys, key], column, { siblings, symbol: this.#findSymbol(keys, key, fields) });
    }
  }

  /** `current_units: {temperature: "°C"}` beside `current`, or `unit` beside `value`. */
  #findSymbol(keys: readonly string[], key: string, { columns }: Fields): string | undefined {
    const [element] = this.#spec.elements;
    let holder: unknown = element;
    for (const each of keys.slice(0, -1)) holder = isFields(holder) ? holder[each] : undefined;
    const last = keys.at(-1);
    const units = last !== undefined && isFields(holder) ? holder[`${last}_units`] : undefined;
    const symbol = isFields(units) ? units[key] : undefined;
    if (typeof symbol === 'string') return symbol;
    if (!/^value$/i.test(key)) return undefined;
    const texts = readTexts(
      (columns.get('unit') ?? columns.get('units') ?? columns.get('unitOfMeasurement'))?.values ?? [],
    );
    return texts.distinct?.length === 1 ? texts.distinct[0] : undefined;
  }

  /** Each value of an object, its key an identity. */
  #addMap(keys: readonly string[], column: Column, { entries }: Fields): void {
    if (!this.#areContainers(keys, column)) return;
    const isPartial = column.values.length < this.#spec.elements.length;
    this.#addChild({
      kind: 'map',
      keys,
      tail: '.*',
      elements: entries.values,
      owners: entries.owners,
      isPartial,
      needsQuery: column.values.includes(null),
      names: entries.keys,
      isOwn: () => true,
    });
  }

  /** The values of an object that are alike, reached by a path that finds the others too. */
  #addMembers(
    keys: readonly string[],
    column: Column,
    { fields: { entries }, mixed }: { readonly fields: Fields; readonly mixed: Mixed },
  ): void {
    if (!this.#areContainers(keys, column)) return;
    const chosen = entries.keys.flatMap((key, i) => (mixed.members.has(key) ? [i] : []));
    this.#addChild({
      kind: 'map',
      keys,
      tail: '.*',
      elements: chosen.map((i) => entries.values[i]),
      owners: chosen.map((i) => entries.owners[i] ?? 0),
      isPartial: true,
      isMixed: true,
      needsQuery: column.values.includes(null),
      names: chosen.map((i) => entries.keys[i] ?? ''),
      isOwn: mixed.isOwn,
      noun: mixed.prefix === '' ? undefined : mixed.prefix,
    });
  }

  /** A step fails on what is no array or object; null is none, to a query. */
  #areContainers(keys: readonly string[], { values }: Column): boolean {
    const isFine =
      values.every((value) => value === null || isFields(value)) && !(keys.length === 0 && this.#spec.isMixed);
    if (!isFine) this.#leaveOut('mixed', keys);
    return isFine;
  }

  #visitLists(keys: readonly string[], column: Column, kinds: Kinds): void {
    const elements: unknown[] = [];
    const owners: number[] = [];
    column.values.forEach((list, i) => {
      if (!Array.isArray(list)) return;
      for (const element of list) {
        elements.push(element);
        owners.push(column.owners[i] ?? 0);
      }
    });
    const inner = countKinds(elements);
    const hasNulls = kinds.nulls > 0;
    const isOther = keys.length === 0 && this.#spec.isMixed;
    if (isOther || (inner.arrays > 0 && inner.arrays + inner.nulls < elements.length)) {
      this.#leaveOut('mixed', keys);
      return;
    }
    const isTexts = hasOnly(inner, 'strings') && readTexts(elements).reading === undefined;
    const last = splitWords(keys.at(-1) ?? '').at(-1) ?? '';
    // A command line and the like is one thing, in parts.
    if (isTexts && !isPlural(last) && !isGeneric(last)) {
      this.#leaveOut('list', keys);
      return;
    }
    if (elements.length === inner.nulls || isTexts) {
      const arePaths = isTexts && !hasNulls && this.#spec.kind === 'root' && arePathTexts(elements);
      this.#lengths.push({ keys, column, hasNulls, arePaths });
      return;
    }
    const isPartial = column.values.length < this.#spec.elements.length || hasNulls;
    this.#addChild({
      kind: 'list',
      keys,
      tail: '[*]',
      elements,
      owners,
      isPartial,
      needsQuery: hasNulls,
      namedBy: this.#namedBy.get(JSON.stringify(keys)),
      names: [],
      isOwn: () => true,
    });
  }

  #addChild(
    spec: Omit<ScopeSpec, 'parent' | 'needsQuery' | 'isMixed'> & {
      readonly needsQuery?: boolean;
      readonly isMixed?: boolean;
    },
  ): void {
    if (this.#depth + 1 > MAX_SCOPES) this.#leaveOut('deep', spec.keys);
    else
      this.#children.push(new ScopeReader({ needsQuery: false, isMixed: false, ...spec, parent: this.#scope }).read());
  }
}

/** Of `{hosts: ["a", "b"], load: [1, 2]}`, the list that names and those that it names; no names where there is doubt. */
function findNamedLists({ columns }: Fields): {
  readonly names: string | undefined;
  readonly lists: readonly string[];
} {
  const all = [...columns].flatMap(([key, { values }]) => {
    const [list] = values;
    return Array.isArray(list) && isFieldKey(key) ? [{ key, list, kinds: countKinds(list) }] : [];
  });
  const texts = all.filter(({ list, kinds }) => list.length > 1 && kinds.strings === list.length);
  const named = texts.filter(({ list }) => areNames(list));
  const [names] = named;
  if (names === undefined || named.length > 1) return { names: undefined, lists: [] };
  const lists = all.filter(
    ({ list, kinds }) =>
      list.length === names.list.length && kinds.numbers > 0 && kinds.numbers + kinds.nulls === list.length,
  );
  return { names: names.key, lists: lists.map(({ key }) => key) };
}

/** Whether texts are short, different and no numbers or dates. */
function areNames(list: readonly unknown[]): boolean {
  const { empties, reading, maxLength } = readTexts(list);
  return empties === 0 && reading === undefined && maxLength <= 128 && new Set(list).size === list.length;
}

/** Whether texts are paths such as `team/app`, of which several begin alike. */
function arePathTexts(texts: readonly unknown[]): boolean {
  const firsts = texts.flatMap((text) =>
    typeof text === 'string' && /^[^/\s]+\/\S/.test(text) ? [text.split('/')[0] ?? ''] : [],
  );
  return (
    firsts.length * 2 >= texts.length &&
    new Set(firsts).size < firsts.length &&
    new Set(firsts).size <= 100 &&
    firsts.every((first) => first.length <= 128)
  );
}

/** The path of one step of the iteration. */
export function renderStep({ keys, tail, needsQuery }: Pick<Scope, 'keys' | 'tail' | 'needsQuery'>): string {
  return renderPath(keys, tail, needsQuery);
}
