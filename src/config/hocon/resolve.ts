import { type Concatenation, type Entry, HoconError, type Position, parseHocon } from './syntax.js';

/** A value with its place. Text that is not quoted may be a number, `true`, `false` or `null`. */
export type HoconValue =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean; readonly at: Position }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, HoconValue>; readonly at: Position }
  | { readonly kind: 'array'; readonly items: readonly HoconValue[]; readonly at: Position };

export interface HoconSource {
  readonly text: string;
  /** What substitutions find that no key of the file has. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of an included file; undefined where there is none. */
  readonly include: (path: string) => string | undefined;
}

const MAX_INCLUDES = 16;
/** Values that substitutions may copy, and characters that they may join. */
const MAX_WORK = 200_000;
const MAX_TEXT = 1_000_000;
const MAX_NESTED = 256;

/**
 * Reads HOCON: parses it, merges objects whose key comes again, and resolves substitutions, first of the file, then of
 * the environment. Throws HoconError. Places of what an included file has are those of the include.
 */
export function readHocon(source: HoconSource): HoconValue & { readonly kind: 'object' } {
  return new Resolver(source).read();
}

/** All that is assigned to one key, in order. */
interface Slot {
  readonly assignments: { readonly value: Concatenation | Slots; readonly isAppend: boolean; readonly at: Position }[];
  /** How many of them are visible to a substitution that is resolved while this slot is. */
  visible: number | undefined;
}

type Slots = Map<string, Slot>;

/** A value whose objects are not resolved yet. */
type Lazy =
  | (HoconValue & { readonly kind: 'text' })
  | { readonly kind: 'object'; readonly slots: Slots; readonly at: Position }
  | { readonly kind: 'array'; readonly items: readonly Lazy[]; readonly at: Position };

class Resolver {
  readonly #source: HoconSource;
  readonly #root: Slots = new Map();
  #includes = 0;
  #work = 0;
  #length = 0;
  #nested = 0;

  constructor(source: HoconSource) {
    this.#source = source;
  }

  read(): HoconValue & { readonly kind: 'object' } {
    this.#collect(parseHocon(this.#source.text), this.#root);
    return this.#finishObject({ kind: 'object', slots: this.#root, at: { line: 1, column: 1 } }, 0);
  }

  #collect(entries: readonly Entry[], into: Slots): void {
    for (const entry of entries) {
      if ('include' in entry) {
        this.#include(entry, into);
        continue;
      }
      const { path, value, isAppend, at } = entry;
      let slots = into;
      for (const name of path.slice(0, -1)) {
        const inner: Slots = new Map();
        slotOf(slots, name).assignments.push({ value: inner, isAppend: false, at });
        slots = inner;
      }
      slotOf(slots, path.at(-1) ?? '').assignments.push({ value, isAppend, at });
    }
  }

  #include({ include, isRequired, at }: Extract<Entry, { readonly include: string }>, into: Slots): void {
    if (++this.#includes > MAX_INCLUDES) throw new HoconError(`has more than ${MAX_INCLUDES} includes`, at);
    const text = this.#source.include(include);
    if (text === undefined && isRequired) throw new HoconError(`the file ${include} is not there`, at);
    if (text === undefined) return;
    let entries: readonly Entry[];
    try {
      entries = parseHocon(text);
    } catch (thrown) {
      if (!(thrown instanceof HoconError)) throw thrown;
      throw new HoconError(`the file ${include}, line ${thrown.at.line}: ${thrown.message}`, at, thrown.hint);
    }
    this.#collect(moveTo(entries, at), into);
  }

  /** The value of a slot; undefined where nothing is left of it but optional substitutions of nothing. */
  #resolve(slot: Slot): Lazy | undefined {
    if (++this.#nested > MAX_NESTED) {
      throw new HoconError('substitutions nest too deep', slot.assignments[0]?.at ?? { line: 1, column: 1 });
    }
    const before = slot.visible;
    const end = before ?? slot.assignments.length;
    let value: Lazy | undefined;
    // A value that refers to its own key means the one before it.
    for (const [i, { value: assigned, isAppend, at }] of slot.assignments.slice(0, end).entries()) {
      this.#charge(at);
      slot.visible = i;
      const next: Lazy | undefined =
        assigned instanceof Map ? { kind: 'object', slots: assigned, at } : this.#join(assigned);
      slot.visible = before;
      if (next === undefined) continue;
      if (isAppend) value = appendTo(value, next, at);
      else if (value?.kind === 'object' && next.kind === 'object') value = this.#merge(value, next);
      else value = next;
    }
    this.#nested--;
    return value;
  }

  #join(pieces: Concatenation): Lazy | undefined {
    const values = pieces.flatMap((piece) => this.#read(piece) ?? []);
    const containers = values.filter((value) => value.kind !== 'text');
    if (containers.length === 0) return this.#joinTexts(values.filter((value) => value.kind === 'text'));
    return this.#joinContainers(values, containers);
  }

  #read(piece: Concatenation[number]): Lazy | undefined {
    const { at } = piece;
    this.#charge(at);
    if (piece.kind === 'text') return piece;
    if (piece.kind === 'substitution') return this.#substitute(piece);
    if (piece.kind === 'array')
      return { kind: 'array', items: piece.items.flatMap((item) => this.#join(item) ?? []), at };
    const slots: Slots = new Map();
    this.#collect(piece.entries, slots);
    return { kind: 'object', slots, at };
  }

  #joinTexts(texts: readonly (Lazy & { readonly kind: 'text' })[]): Lazy | undefined {
    const [first, ...more] = texts;
    if (first === undefined || more.length === 0) return first;
    const text = texts.map((each) => each.text).join('');
    this.#length += text.length;
    if (this.#length > MAX_TEXT) throw new HoconError('substitutions make too long a text', first.at);
    return { ...first, text, isQuoted: true };
  }

  #joinContainers(values: readonly Lazy[], containers: readonly Lazy[]): Lazy {
    const [first, ...more] = containers;
    const stray = values.find((value) => value.kind === 'text' && (value.isQuoted || value.text.trim() !== ''));
    if (first === undefined || stray !== undefined || more.some(({ kind }) => kind !== first.kind)) {
      throw new HoconError('joins values of different kinds', (stray ?? first ?? { at: { line: 1, column: 1 } }).at);
    }
    if (first.kind === 'array') {
      const items = containers.flatMap((each) => (each.kind === 'array' ? each.items : []));
      this.#work += items.length;
      this.#charge(first.at);
      return { ...first, items };
    }
    return more.reduce<Lazy>(
      (joined, next) => (joined.kind === 'object' && next.kind === 'object' ? this.#merge(joined, next) : next),
      first,
    );
  }

  #merge(one: Lazy & { readonly kind: 'object' }, other: Lazy & { readonly kind: 'object' }): Lazy {
    const slots: Slots = new Map();
    for (const part of [one.slots, other.slots]) {
      for (const [name, slot] of part) {
        this.#work += slot.assignments.length;
        this.#charge(other.at);
        slotOf(slots, name).assignments.push(...slot.assignments);
      }
    }
    return { kind: 'object', slots, at: one.at };
  }

  #substitute(piece: Concatenation[number] & { readonly kind: 'substitution' }): Lazy | undefined {
    const { path, isOptional, at } = piece;
    const found = this.#find(path);
    if (found !== undefined) return found;
    const text = this.#source.environment[path.join('.')];
    if (text !== undefined) return { kind: 'text', text, isQuoted: false, at };
    if (isOptional) return undefined;
    throw new HoconError(
      `\${${path.join('.')}} is neither a key of the file nor a variable that is set`,
      at,
      'set it, or put a ? in front of its name where it may be absent',
    );
  }

  #find(path: readonly string[]): Lazy | undefined {
    let value: Lazy | undefined = { kind: 'object', slots: this.#root, at: { line: 1, column: 1 } };
    for (const name of path) {
      const slot: Slot | undefined = value?.kind === 'object' ? value.slots.get(name) : undefined;
      value = slot === undefined ? undefined : this.#resolve(slot);
    }
    return value;
  }

  /** A key that its own value has as a part of it, as by `a.b = ${a}`, would go on for ever. */
  #finish(value: Lazy, depth: number): HoconValue {
    this.#charge(value.at);
    if (depth > MAX_NESTED) throw new HoconError('is nested too deep, or a part of itself', value.at);
    if (value.kind === 'object') return this.#finishObject(value, depth);
    if (value.kind === 'array') return { ...value, items: value.items.map((item) => this.#finish(item, depth + 1)) };
    return value;
  }

  #finishObject(
    { slots, at }: Lazy & { readonly kind: 'object' },
    depth: number,
  ): HoconValue & { readonly kind: 'object' } {
    const fields = new Map<string, HoconValue>();
    for (const [name, slot] of slots) {
      const value = this.#resolve(slot);
      if (value === undefined) continue;
      const place = slot.assignments.at(-1)?.at ?? at;
      fields.set(name, { ...this.#finish(value, depth + 1), at: place });
    }
    return { kind: 'object', fields, at };
  }

  #charge(at: Position): void {
    if (++this.#work > MAX_WORK) throw new HoconError('substitutions make too much of it', at);
  }
}

function slotOf(slots: Slots, name: string): Slot {
  const known = slots.get(name);
  if (known !== undefined) return known;
  const slot: Slot = { assignments: [], visible: undefined };
  slots.set(name, slot);
  return slot;
}

function appendTo(value: Lazy | undefined, item: Lazy, at: Position): Lazy {
  if (value !== undefined && value.kind !== 'array') throw new HoconError('+= needs a list', at);
  return { kind: 'array', items: [...(value?.items ?? []), item], at: value?.at ?? at };
}

/** The same entries, as if all of them stood at one place. */
function moveTo(entries: readonly Entry[], at: Position): readonly Entry[] {
  return entries.map((entry) =>
    'include' in entry ? { ...entry, at } : { ...entry, at, value: entry.value.map((piece) => movePiece(piece, at)) },
  );
}

function movePiece(piece: Concatenation[number], at: Position): Concatenation[number] {
  switch (piece.kind) {
    case 'object':
      return { ...piece, at, entries: moveTo(piece.entries, at) };
    case 'array':
      return { ...piece, at, items: piece.items.map((item) => item.map((each) => movePiece(each, at))) };
    default:
      return { ...piece, at };
  }
}
