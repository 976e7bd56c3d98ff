import { areSame, type Bytes, countBytes, joinBytes, skipByteOrderMark } from '../../model/bytes.js';
import type { DocumentLimits } from '../../model/limits.js';
import type { RowPlaces } from '../../model/placed-rows.js';
import type { TranslationContext } from '../../model/ports.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  IN_LABEL,
  JsonReader,
  LABEL_LITERALS,
  NONE,
  NULL,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SINGLE_QUOTE,
} from './json-reader.js';
import {
  type ArrayEntry,
  type ArrayLayout,
  buildArray,
  buildWay,
  type Entry,
  type FieldEntry,
  NO_KEY,
  type ObjectEntry,
  type OtherEntry,
  type Placed,
} from './row-layout.js';
import { PlaceMemory, RowPattern, Rows } from './row-places.js';

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
  readonly #memory: PlaceMemory;

  /** Each array once, and none of them below another one; `others` are the keys that lead to values which are given as they are. */
  constructor(layouts: readonly ArrayLayout[], others: readonly (readonly string[])[] = []) {
    this.#memory = new PlaceMemory(layouts.length);
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
  const isWanted = reader !== undefined && sink?.takesPlaced === true && prepare === undefined;
  if (!isWanted || countBytes(body) > chunkBytes) return undefined;
  return reader.readDocument(skipByteOrderMark(joinBytes(body)), limits);
}

/** One pass over a document. */
class Reading extends JsonReader {
  readonly #rows: (Rows | undefined)[];
  readonly #arrays: readonly ArrayEntry[];
  /** Of the row that is being read: 0 where a field was not there so far, since nothing but the root begins there. */
  #places: Int32Array = new Int32Array(0);
  #row = 0;
  /** Whether the row has the fields of the one before, so that none can be there twice. */
  #isAlike = false;
  readonly #memory: PlaceMemory;
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
    }: { readonly limits: DocumentLimits; readonly arrays: readonly ArrayEntry[]; readonly memory: PlaceMemory },
  ) {
    super(bytes, limits);
    this.#memory = memory;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#arrays = arrays;
    this.#rows = arrays.map(() => undefined);
  }

  finish(): DocumentRows {
    const bytes = this.bytes;
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
        return this.bytes[at] === OPEN_BRACE ? this.#readObject(entry, at) : NONE;
      case 'array':
        return this.bytes[at] === OPEN_BRACKET ? this.#readArray(entry, at) : NONE;
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
        return this.bytes[at] === QUOTE ? this.#readLabel(entry, at) : NONE;
      case 'number':
        return this.#readNumber(entry, at);
      default:
        return this.#readTexts(entry, at);
    }
  }

  readElements(entry: ArrayEntry, start: number): number {
    const bytes = this.bytes;
    const places = this.#memory.rows[entry.index];
    if (places === undefined) return NONE;
    const rows = new Rows(entry.fieldCount, places);
    this.#rows[entry.index] = rows;
    this.depth = entry.depth;
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
    const nodes = this.nodesLeft + this.#lists;
    this.#places.fill(0, this.#row, this.#row + pattern.fieldCount * 2);
    pattern.begin(start);
    const end = this.#readObject(element, start);
    pattern.end(end, nodes - this.nodesLeft - this.#lists);
    return end;
  }

  /**
   * Reads an element whose bytes are those of one before it but for its fields. Gives NONE, and has read nothing, where it is
   * another one.
   */
  #readAlike(start: number): number {
    const { fieldCount, fields, gaps, nodes } = this.#pattern;
    const { length } = this.bytes;
    const view = this.#view;
    const depth = this.depth;
    const nodesLeft = this.nodesLeft;
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
        this.depth = depth + field.depth;
        at = this.#readField(field, at);
      }
    }
    this.#isAlike = false;
    this.depth = depth;
    this.nodesLeft -= nodes;
    if (at !== NONE && this.nodesLeft >= 0) return at;
    this.nodesLeft = nodesLeft;
    this.#textCount = textCount;
    return NONE;
  }

  #readArray(entry: ArrayEntry, start: number): number {
    if (this.#rows[entry.index] !== undefined || !this.open()) return NONE;
    const depth = this.depth;
    const end = this.readElements(entry, this.skipBlanks(start + 1));
    this.depth = depth - 1;
    return end !== NONE && this.bytes[end] === CLOSE_BRACKET ? end + 1 : NONE;
  }

  /** Each entry has to be there, once: another time finds its fields there already, or does not have them. */
  #readObject({ entries }: ObjectEntry, start: number): number {
    if (!this.open()) return NONE;
    const bytes = this.bytes;
    let missing = entries.length;
    // Keys mostly come in the order of the layout.
    let next = 0;
    let at = this.skipBlanks(start + 1);
    for (;;) {
      let entry = entries[next];
      let end = entry === undefined ? NONE : this.passKey(entry.key, at);
      for (let i = 0; end === NONE && i < entries.length; i++) {
        entry = entries[i];
        if (entry !== undefined) end = this.passKey(entry.key, at);
        if (end !== NONE) next = i;
      }
      const isWanted = end !== NONE;
      if (isWanted) next++;
      else end = this.skipPlainText(at);
      if (end === NONE) return NONE;
      at = this.skipBlanks(end);
      if (bytes[at] !== COLON) return NONE;
      at = this.skipBlanks(at + 1);
      if (isWanted && entry !== undefined) {
        missing--;
        at = this.read(entry, at);
      } else {
        at = this.skip(at);
      }
      if (at === NONE) return NONE;
      at = this.skipBlanks(at);
      const byte = bytes[at];
      if (byte === COMMA) {
        at = this.skipBlanks(at + 1);
      } else {
        this.depth--;
        return byte === CLOSE_BRACE && missing === 0 ? at + 1 : NONE;
      }
    }
  }

  #readLabel({ index, mayBeEmpty, wholeDigits }: FieldEntry, start: number): number {
    const bytes = this.bytes;
    if (bytes[start] !== QUOTE) {
      const literal = this.passLiteral(start, LABEL_LITERALS);
      const end = literal === NONE ? this.passNumber(start) : literal;
      const isText = literal !== NONE || (this.form === 'whole' && end - start <= wholeDigits);
      return isText ? this.#place(index, start, ...[end, end]) : NONE;
    }
    let at = start + 1;
    // Quotes around a text may not belong to it.
    if (bytes[at] === SINGLE_QUOTE || (bytes[at] === QUOTE && !mayBeEmpty)) return NONE;
    while (IN_LABEL[bytes[at] ?? 0] === 1) at++;
    return bytes[at] === QUOTE ? this.#place(index, start + 1, ...[at, at + 1]) : NONE;
  }

  #readValue({ index }: FieldEntry, start: number): number {
    const bytes = this.bytes;
    const isText = bytes[start] === QUOTE;
    const first = isText ? start + 1 : start;
    const literal = isText ? NONE : this.passLiteral(start, LABEL_LITERALS);
    if (literal !== NONE) return this.#place(index, start, ...[~literal, literal]);
    const end = this.passNumber(first);
    if (end === NONE || this.form === 'other' || (isText && bytes[end] !== QUOTE)) return NONE;
    return this.#place(index, first, ...[this.form === 'long' ? ~end : end, isText ? end + 1 : end]);
  }

  #readNumber({ index }: FieldEntry, start: number): number {
    const end = this.passNumber(start);
    if (end === NONE || this.form === 'other') return NONE;
    return this.#place(index, start, ...[this.form === 'long' ? ~end : end, end]);
  }

  #readTexts({ index }: FieldEntry, start: number): number {
    const bytes = this.bytes;
    const first = this.#textCount;
    if (bytes[start] !== OPEN_BRACKET) {
      const end = this.passLiteral(start, NULL);
      return this.#place(index, first + 1, ...[0, end]);
    }
    if (!this.open()) return NONE;
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
    this.depth--;
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
    const end = this.skip(start);
    if (end === NONE || this.#others[index] !== undefined) return NONE;
    this.#others[index] = this.bytes.subarray(start, end);
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
}
