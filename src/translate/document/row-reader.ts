import { areSame, type Bytes, countBytes, joinBytes, skipByteOrderMark } from '../../model/bytes.js';
import type { DocumentLimits } from '../../model/limits.js';
import type { RowPlaces } from '../../model/placed-rows.js';
import type { TranslationContext } from '../../model/ports.js';

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

/**
 * Reads arrays of objects without making objects of them. It takes plain documents alone: all elements are objects that have
 * all wanted fields, each once; labels are printable ASCII without escapes, whole numbers, or booleans; values are numbers
 * without an exponent, such numbers as texts, or booleans. Whatever else there is has to be JSON, and is skipped.
 *
 * What it gives is good until it reads the next time.
 */
export class RowReader {
  readonly #root: Entry;
  readonly #arrays: readonly ArrayEntry[];
  readonly #memory: Memory;

  /** Each array once, and none of them below another one; `others` are the keys that lead to values which are given as they are. */
  constructor(layouts: readonly ArrayLayout[], others: readonly (readonly string[])[] = []) {
    this.#memory = new Memory(layouts.length);
    this.#arrays = layouts.map(buildArray);
    this.#root = buildWay([
      ...this.#arrays.map((entry, i) => ({ keys: layouts[i]?.array ?? [], entry })),
      ...others.map((keys, index): Placed => ({ keys, entry: { key: NO_KEY, kind: 'other', index } })),
    ]);
  }

  /**
   * The rows of each array of a document that is in one piece, in the order of the layouts. Undefined where the document is not
   * plain, has one of the arrays or others twice or not at all, an array without elements, or is beyond the limits: a parser
   * finds out what to make of that.
   */
  readDocument(bytes: Uint8Array, limits: DocumentLimits): DocumentRows | undefined {
    this.#memory.trim();
    const reading = new Reading(bytes, { limits, arrays: this.#arrays, memory: this.#memory });
    const start = reading.skipBlanks(0);
    const end = reading.read(this.#root, start);
    return end !== NONE && reading.skipBlanks(end) === bytes.length ? reading.finish() : undefined;
  }

  /** The same of some elements of one of the arrays, one behind the other with commas between them. */
  readElements(bytes: Uint8Array, array: number, ...[limits]: [limits: DocumentLimits]): RowPlaces | undefined {
    const entry = this.#arrays[array];
    if (entry === undefined) return undefined;
    this.#memory.trim();
    const reading = new Reading(bytes, { limits, arrays: this.#arrays, memory: this.#memory });
    const start = reading.skipBlanks(0);
    return reading.readElements(entry, start) === bytes.length ? reading.finish().arrays[array] : undefined;
  }
}

/** What was found in a document. */
export interface DocumentRows {
  readonly arrays: readonly RowPlaces[];
  /** The JSON of the others. */
  readonly others: readonly Uint8Array[];
}

/** Beyond this a document is read in parts: what comes of one in one piece is in memory twice. */
const MAX_BYTES = 2 * 1024 * 1024;

/** The rows of a document of which a sink may take all; undefined for a document that is read in another way. */
export function readPlainDocument(
  body: Bytes,
  { limits, sink, prepare, chunkBytes = MAX_BYTES }: TranslationContext,
  ...[reader]: [reader: RowReader | undefined]
): DocumentRows | undefined {
  if (reader === undefined || sink === undefined || prepare !== undefined || countBytes(body) > chunkBytes)
    return undefined;
  return reader.readDocument(skipByteOrderMark(joinBytes(body)), limits);
}

/** What is under a key. */
type Entry = FieldEntry | ObjectEntry | ArrayEntry | OtherEntry;

interface OtherEntry extends KeyedEntry {
  readonly kind: 'other';
  /** Which of the others. */
  readonly index: number;
}

interface KeyedEntry {
  /** The key in its quotes. */
  readonly key: Uint8Array;
}

interface FieldEntry extends KeyedEntry {
  readonly kind: FieldLayout['kind'];
  readonly mayBeEmpty: boolean;
  readonly wholeDigits: number;
  /** Which of the fields. */
  readonly index: number;
  /** How deep it is in its element. */
  readonly depth: number;
}

interface ObjectEntry extends KeyedEntry {
  readonly kind: 'object';
  /** What is wanted of it: all of that has to be there. */
  readonly entries: readonly Entry[];
}

interface ArrayEntry extends KeyedEntry {
  readonly kind: 'array';
  /** Which of the arrays. */
  readonly index: number;
  readonly element: ObjectEntry;
  readonly fieldCount: number;
  /** How deep its elements are, the root being 0. */
  readonly depth: number;
}

/** Where something is, from the object at hand on. */
interface Placed {
  readonly keys: readonly string[];
  readonly entry: Entry;
}

const NO_KEY = new Uint8Array(0);

function buildArray({ array, fields }: ArrayLayout, index: number): ArrayEntry {
  const placed = fields.map(
    ({ keys, ...field }, i): Placed => ({
      keys,
      entry: { ...field, key: NO_KEY, index: i, depth: keys.length },
    }),
  );
  const element: ObjectEntry = { key: NO_KEY, kind: 'object', entries: buildEntries(placed) };
  return { key: NO_KEY, kind: 'array', index, element, fieldCount: fields.length, depth: array.length + 1 };
}

function buildWay(arrays: readonly Placed[]): Entry {
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

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SINGLE_QUOTE = 0x27;
const BLANK = 0x20;
const BLANKS: ReadonlySet<number> = new Set([BLANK, 0x09, 0x0a, 0x0d]);

const LABEL_LITERALS = [Buffer.from('true'), Buffer.from('false')];
const NULL = [Buffer.from('null')];
const LITERALS = [...LABEL_LITERALS, ...NULL];
const FIRST_LETTER = 0x41;
const CAPITAL_E = 0x45;
const SMALL_E = 0x65;
const PLUS = 0x2b;

/** In place of where something ends: there is no reading for it. */
const NONE = -1;
/** Every decimal of so many digits is the shortest text of a number. */
const MAX_EXACT_DIGITS = 15;
/** Beyond the range of a double there are no numbers; that begins much later. */
const MAX_DIGITS = 100;
/** What is below 10^-6 has an exponent in its shortest text. */
const MAX_ZEROS = 5;
/** Well within the stack. */
const MAX_DEPTH = 100;
/** Of 4 bytes each. */
const MIN_PLACES = 256;
const MAX_KEPT_PLACES = 256 * 1024;

/** Which bytes stand for themselves in a label: printable ASCII. */
const IN_LABEL = Uint8Array.from({ length: 256 }, (_, byte) => Number(standsForItself(byte) && byte < 0x7f));
/** The same in a text that is skipped. */
const IN_TEXT = Uint8Array.from({ length: 256 }, (_, byte) => Number(standsForItself(byte)));

const HEX_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => Number(/^[\da-f]$/i.test(String.fromCharCode(byte))));
/** How many bytes an escape takes, by the one behind the backslash; 0 where there is no such escape. */
const ESCAPE_LENGTHS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (character === 'u') return 6;
  return '"\\/bfnrt'.includes(character) ? 2 : 0;
});

function standsForItself(byte: number): boolean {
  return byte >= BLANK && byte !== QUOTE && byte !== BACKSLASH;
}

/**
 * What a number is written like: a whole number or another one as it is written shortest, one that could be written shorter,
 * or one with an exponent or with very many digits.
 */
type NumberForm = 'whole' | 'shortest' | 'long' | 'other';

/** What is around the fields of an element. */
class RowPattern {
  readonly fieldCount: number;
  /** In the order in which they come. */
  readonly fields: FieldEntry[] = [];
  /** Where that begins and ends which is in front of each of them, and behind the last one. */
  readonly gaps: Int32Array;
  /** Arrays and objects in it, without lists that are fields. */
  nodes = 0;
  #count = 0;
  #passed = 0;

  constructor(fieldCount: number) {
    this.fieldCount = fieldCount;
    this.gaps = new Int32Array((fieldCount + 1) * 2);
  }

  begin(start: number): void {
    this.#count = 0;
    this.#passed = start;
  }

  note(field: FieldEntry, start: number, ...[end]: [end: number]): void {
    this.fields[this.#count] = field;
    this.#close(start);
    this.#passed = end;
  }

  end(end: number, nodes: number): void {
    this.#close(end);
    this.nodes = nodes;
  }

  #close(end: number): void {
    this.gaps[this.#count * 2] = this.#passed;
    this.gaps[this.#count * 2 + 1] = end;
    this.#count++;
  }
}

/** Places that one reading after the other fills: memory of its own for each would have the whole heap collected for it. */
class Places {
  values: Int32Array = new Int32Array(0);

  /** Lets go of what only a large document needs. */
  trim(): void {
    if (this.values.length > MAX_KEPT_PLACES) this.values = new Int32Array(0);
  }

  reserve(count: number): void {
    if (count <= this.values.length) return;
    const larger = new Int32Array(Math.max(MIN_PLACES, count, this.values.length * 2));
    larger.set(this.values);
    this.values = larger;
  }
}

/** The places that a reader fills. */
class Memory {
  readonly rows: readonly Places[];
  readonly texts = new Places();

  constructor(arrays: number) {
    this.rows = Array.from({ length: arrays }, () => new Places());
  }

  trim(): void {
    for (const places of [...this.rows, this.texts]) places.trim();
  }
}

/** The rows of one array. */
class Rows {
  readonly #stride: number;
  readonly #places: Places;
  count = 0;

  constructor(fieldCount: number, places: Places) {
    this.#stride = fieldCount * 2;
    this.#places = places;
  }

  get places(): Int32Array {
    return this.#places.values;
  }

  /** Makes room for another row. Gives where its places begin. */
  begin(): number {
    const start = this.count++ * this.#stride;
    this.#places.reserve(start + this.#stride);
    return start;
  }
}

/**
 * One pass over a document. Each method goes on from a place, and gives where what it has read ends, or NONE. Written for
 * speed: it is most of what a scrape of a plain document does.
 */
class Reading {
  readonly #bytes: Uint8Array;
  readonly #rows: (Rows | undefined)[];
  readonly #arrays: readonly ArrayEntry[];
  readonly #maxDepth: number;
  #nodesLeft: number;
  #depth = 0;
  /** Of the row that is being read: 0 where a field was not there so far, since nothing but the root begins there. */
  #places: Int32Array = new Int32Array(0);
  #row = 0;
  /** Whether the row has the fields of the one before, so that none can be there twice. */
  #isAlike = false;
  #form: NumberForm = 'other';
  readonly #memory: Memory;
  #textCount = 0;
  /** Lists that were read. */
  #lists = 0;
  #pattern = new RowPattern(0);
  readonly #view: DataView;
  readonly #others: Uint8Array[] = [];

  constructor(
    bytes: Uint8Array,
    {
      limits,
      arrays,
      memory,
    }: { readonly limits: DocumentLimits; readonly arrays: readonly ArrayEntry[]; readonly memory: Memory },
  ) {
    this.#memory = memory;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#arrays = arrays;
    this.#rows = arrays.map(() => undefined);
    this.#maxDepth = Math.min(limits.depth, MAX_DEPTH);
    this.#nodesLeft = limits.nodes;
  }

  finish(): DocumentRows {
    const bytes = this.#bytes;
    const { values: texts } = this.#memory.texts;
    const arrays = this.#rows.map((rows, i) => {
      const { count = 0, places = this.#places } = rows ?? {};
      return { bytes, rows: count, places, fieldCount: this.#arrays[i]?.fieldCount ?? 0, texts };
    });
    return { arrays, others: this.#others };
  }

  read(entry: Entry, at: number): number {
    switch (entry.kind) {
      case 'object':
        return this.#bytes[at] === OPEN_BRACE ? this.#readObject(entry, at) : NONE;
      case 'array':
        return this.#bytes[at] === OPEN_BRACKET ? this.#readArray(entry, at) : NONE;
      case 'other':
        return this.#readOther(entry, at);
      default: {
        const end = this.#readField(entry, at);
        this.#pattern.note(entry, at, ...[end]);
        return end;
      }
    }
  }

  #readField(entry: FieldEntry, at: number): number {
    switch (entry.kind) {
      case 'label':
        return this.#readLabel(entry, at);
      case 'value':
        return this.#readValue(entry, at);
      case 'text':
        return this.#bytes[at] === QUOTE ? this.#readLabel(entry, at) : NONE;
      case 'number':
        return this.#readNumber(entry, at);
      default:
        return this.#readTexts(entry, at);
    }
  }

  readElements(entry: ArrayEntry, start: number): number {
    const bytes = this.#bytes;
    const places = this.#memory.rows[entry.index];
    if (places === undefined) return NONE;
    const rows = new Rows(entry.fieldCount, places);
    this.#rows[entry.index] = rows;
    this.#depth = entry.depth;
    this.#pattern = new RowPattern(entry.fieldCount);
    let at = start;
    for (;;) {
      if (bytes[at] !== OPEN_BRACE) return NONE;
      this.#row = rows.begin();
      this.#places = rows.places;
      let end = rows.count > 1 ? this.#readAlike(at) : NONE;
      if (end === NONE) end = this.#readRow(entry.element, at);
      if (end === NONE) return NONE;
      at = this.skipBlanks(end);
      if (bytes[at] !== COMMA) return at;
      at = this.skipBlanks(at + 1);
    }
  }

  /** An element of whatever form: the next one may have the same. */
  #readRow(element: ObjectEntry, start: number): number {
    const pattern = this.#pattern;
    const nodes = this.#nodesLeft + this.#lists;
    this.#places.fill(0, this.#row, this.#row + pattern.fieldCount * 2);
    pattern.begin(start);
    const end = this.#readObject(element, start);
    pattern.end(end, nodes - this.#nodesLeft - this.#lists);
    return end;
  }

  /**
   * Reads an element whose bytes are those of one before it but for its fields. Gives NONE, and has read nothing, where it is
   * another one.
   */
  #readAlike(start: number): number {
    const { fieldCount, fields, gaps, nodes } = this.#pattern;
    const { length } = this.#bytes;
    const view = this.#view;
    const depth = this.#depth;
    const nodesLeft = this.#nodesLeft;
    const textCount = this.#textCount;
    let at = start;
    this.#isAlike = true;
    for (let i = 0; at !== NONE; i++) {
      const gap = gaps[i * 2] ?? 0;
      const gapLength = (gaps[i * 2 + 1] ?? 0) - gap;
      const isAlike = at + gapLength <= length && areSame(view, gap, ...[at, gapLength]);
      at = isAlike ? at + gapLength : NONE;
      const field = fields[i];
      if (i === fieldCount || field === undefined) break;
      if (at !== NONE) {
        this.#depth = depth + field.depth;
        at = this.#readField(field, at);
      }
    }
    this.#isAlike = false;
    this.#depth = depth;
    this.#nodesLeft -= nodes;
    if (at !== NONE && this.#nodesLeft >= 0) return at;
    this.#nodesLeft = nodesLeft;
    this.#textCount = textCount;
    return NONE;
  }

  skipBlanks(start: number): number {
    const bytes = this.#bytes;
    if ((bytes[start] ?? BLANK) > BLANK) return start;
    let at = start;
    while (at < bytes.length && BLANKS.has(bytes[at] ?? 0)) at++;
    return at;
  }

  #open(): boolean {
    return ++this.#depth <= this.#maxDepth && --this.#nodesLeft >= 0;
  }

  #readArray(entry: ArrayEntry, start: number): number {
    if (this.#rows[entry.index] !== undefined || !this.#open()) return NONE;
    const depth = this.#depth;
    const end = this.readElements(entry, this.skipBlanks(start + 1));
    this.#depth = depth - 1;
    return end !== NONE && this.#bytes[end] === CLOSE_BRACKET ? end + 1 : NONE;
  }

  /** Each entry has to be there, once: another time finds its fields there already, or does not have them. */
  #readObject({ entries }: ObjectEntry, start: number): number {
    if (!this.#open()) return NONE;
    const bytes = this.#bytes;
    let missing = entries.length;
    // Keys mostly come in the order of the layout.
    let next = 0;
    let at = this.skipBlanks(start + 1);
    for (;;) {
      let entry = entries[next];
      let end = entry === undefined ? NONE : this.#passKey(entry.key, at);
      for (let i = 0; end === NONE && i < entries.length; i++) {
        entry = entries[i];
        if (entry !== undefined) end = this.#passKey(entry.key, at);
        if (end !== NONE) next = i;
      }
      const isWanted = end !== NONE;
      if (isWanted) next++;
      else end = this.#skipPlainText(at);
      if (end === NONE) return NONE;
      at = this.skipBlanks(end);
      if (bytes[at] !== COLON) return NONE;
      at = this.skipBlanks(at + 1);
      if (isWanted && entry !== undefined) {
        missing--;
        at = this.read(entry, at);
      } else {
        at = this.#skip(at);
      }
      if (at === NONE) return NONE;
      at = this.skipBlanks(at);
      const byte = bytes[at];
      if (byte === COMMA) {
        at = this.skipBlanks(at + 1);
      } else {
        this.#depth--;
        return byte === CLOSE_BRACE && missing === 0 ? at + 1 : NONE;
      }
    }
  }

  #passKey(key: Uint8Array, start: number): number {
    const bytes = this.#bytes;
    for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return NONE;
    return start + key.length;
  }

  #readLabel({ index, mayBeEmpty, wholeDigits }: FieldEntry, start: number): number {
    const bytes = this.#bytes;
    if (bytes[start] !== QUOTE) {
      const literal = this.#passLiteral(start, LABEL_LITERALS);
      const end = literal === NONE ? this.#passNumber(start) : literal;
      const isText = literal !== NONE || (this.#form === 'whole' && end - start <= wholeDigits);
      return isText ? this.#place(index, start, ...[end, end]) : NONE;
    }
    let at = start + 1;
    // Quotes around a text may not belong to it.
    if (bytes[at] === SINGLE_QUOTE || (bytes[at] === QUOTE && !mayBeEmpty)) return NONE;
    while (IN_LABEL[bytes[at] ?? 0] === 1) at++;
    return bytes[at] === QUOTE ? this.#place(index, start + 1, ...[at, at + 1]) : NONE;
  }

  #readValue({ index }: FieldEntry, start: number): number {
    const bytes = this.#bytes;
    const isText = bytes[start] === QUOTE;
    const first = isText ? start + 1 : start;
    const literal = isText ? NONE : this.#passLiteral(start, LABEL_LITERALS);
    if (literal !== NONE) return this.#place(index, start, ...[~literal, literal]);
    const end = this.#passNumber(first);
    if (end === NONE || this.#form === 'other' || (isText && bytes[end] !== QUOTE)) return NONE;
    return this.#place(index, first, ...[this.#form === 'long' ? ~end : end, isText ? end + 1 : end]);
  }

  #readNumber({ index }: FieldEntry, start: number): number {
    const end = this.#passNumber(start);
    if (end === NONE || this.#form === 'other') return NONE;
    return this.#place(index, start, ...[this.#form === 'long' ? ~end : end, end]);
  }

  #readTexts({ index }: FieldEntry, start: number): number {
    const bytes = this.#bytes;
    const first = this.#textCount;
    if (bytes[start] !== OPEN_BRACKET) {
      const end = this.#passLiteral(start, NULL);
      return this.#place(index, first + 1, ...[0, end]);
    }
    if (!this.#open()) return NONE;
    this.#lists++;
    let at = this.skipBlanks(start + 1);
    for (let isEmpty = bytes[at] === CLOSE_BRACKET; !isEmpty; at = this.skipBlanks(at + 1)) {
      if (bytes[at] !== QUOTE) return NONE;
      const textStart = at + 1;
      at = textStart;
      while (IN_LABEL[bytes[at] ?? 0] === 1) at++;
      if (bytes[at] !== QUOTE) return NONE;
      this.#addText(textStart, at);
      at = this.skipBlanks(at + 1);
      if (bytes[at] === CLOSE_BRACKET) break;
      if (bytes[at] !== COMMA) return NONE;
    }
    this.#depth--;
    return this.#place(index, first + 1, ...[this.#textCount - first, at + 1]);
  }

  #addText(start: number, end: number): void {
    const { texts } = this.#memory;
    const at = this.#textCount++ * 2;
    texts.reserve(at + 2);
    texts.values[at] = start;
    texts.values[at + 1] = end;
  }

  #readOther({ index }: OtherEntry, start: number): number {
    const end = this.#skip(start);
    if (end === NONE || this.#others[index] !== undefined) return NONE;
    this.#others[index] = this.#bytes.subarray(start, end);
    return end;
  }

  /** Notes where a field is. Gives `next`, unless the field was there already. */
  #place(index: number, start: number, ...[end, next]: [end: number, next: number]): number {
    const at = this.#row + index * 2;
    if (next === NONE || (this.#places[at] !== 0 && !this.#isAlike)) return NONE;
    this.#places[at] = start;
    this.#places[at + 1] = end;
    return next;
  }

  /** Over a value that is not wanted. */
  #skip(start: number): number {
    switch (this.#bytes[start]) {
      case QUOTE:
        return this.#skipText(start);
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#skipContainer(start);
      default: {
        const literal = this.#passLiteral(start, LITERALS);
        return literal === NONE ? this.#passNumber(start) : literal;
      }
    }
  }

  #skipContainer(start: number): number {
    if (!this.#open()) return NONE;
    const bytes = this.#bytes;
    const isObject = bytes[start] === OPEN_BRACE;
    const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
    let at = this.skipBlanks(start + 1);
    for (let isEmpty = bytes[at] === close; !isEmpty; at = this.skipBlanks(at + 1)) {
      if (isObject) {
        at = bytes[at] === QUOTE ? this.#skipText(at) : NONE;
        if (at !== NONE) at = this.skipBlanks(at);
        if (at === NONE || bytes[at] !== COLON) return NONE;
        at = this.skipBlanks(at + 1);
      }
      at = this.#skip(at);
      if (at === NONE) return NONE;
      at = this.skipBlanks(at);
      isEmpty = bytes[at] === close;
      if (isEmpty) break;
      if (bytes[at] !== COMMA) return NONE;
    }
    this.#depth--;
    return at + 1;
  }

  /** A key that is not wanted: one with escapes could be any. */
  #skipPlainText(start: number): number {
    const bytes = this.#bytes;
    if (bytes[start] !== QUOTE) return NONE;
    let at = start + 1;
    while (IN_TEXT[bytes[at] ?? 0] === 1) at++;
    return bytes[at] === QUOTE ? at + 1 : NONE;
  }

  #skipText(start: number): number {
    const bytes = this.#bytes;
    let at = start + 1;
    for (;;) {
      while (IN_TEXT[bytes[at] ?? 0] === 1) at++;
      if (bytes[at] === QUOTE) return at + 1;
      if (bytes[at] !== BACKSLASH) return NONE;
      const length = ESCAPE_LENGTHS[bytes[at + 1] ?? 0] ?? 0;
      if (length === 0) return NONE;
      for (let i = 2; i < length; i++) if (HEX_DIGIT[bytes[at + i] ?? 0] !== 1) return NONE;
      at += length;
    }
  }

  #passLiteral(start: number, literals: readonly Uint8Array[]): number {
    const bytes = this.#bytes;
    if ((bytes[start] ?? 0) < FIRST_LETTER) return NONE;
    const literal = literals.find((each) => each[0] === bytes[start]);
    return literal === undefined ? NONE : this.#passKey(literal, start);
  }

  /** Any number of JSON; `#form` tells which. */
  #passNumber(start: number): number {
    const bytes = this.#bytes;
    const first = bytes[start] === MINUS ? start + 1 : start;
    let at = first;
    while (isDigit(bytes[at])) at++;
    const startsWithZero = bytes[first] === ZERO;
    if (at === first || (startsWithZero && at > first + 1)) return NONE;
    const point = at;
    // A zero that is negative is none of them.
    let isShortest = !startsWithZero || first === start || bytes[point] === POINT;
    if (bytes[point] === POINT) {
      at++;
      while (startsWithZero && bytes[at] === ZERO) at++;
      if (at - point > MAX_ZEROS + 1) isShortest = false;
      while (isDigit(bytes[at])) at++;
      if (at === point + 1) return NONE;
      if (bytes[at - 1] === ZERO) isShortest = false;
    }
    const digits = at - first;
    this.#form = !isShortest || digits > MAX_EXACT_DIGITS ? 'long' : at === point ? 'whole' : 'shortest';
    if (digits > MAX_DIGITS) this.#form = 'other';
    const byte = bytes[at] ?? 0;
    return byte === SMALL_E || byte === CAPITAL_E ? this.#passExponent(at) : at;
  }

  #passExponent(start: number): number {
    const bytes = this.#bytes;
    this.#form = 'other';
    const sign = bytes[start + 1];
    const first = sign === PLUS || sign === MINUS ? start + 2 : start + 1;
    let at = first;
    while (isDigit(bytes[at])) at++;
    return at === first ? NONE : at;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
