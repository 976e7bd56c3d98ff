import { type Bytes, countBytes, joinBytes } from '../../model/bytes.js';
import { ZxpError } from '../../model/errors.js';
import type { DocumentLimits } from '../../model/limits.js';
import { decodeJson, describeOther, describeProblem, parseBytes, RECOGNIZED_BYTES } from './decode.js';
import { DocumentBytes } from './document-bytes.js';
import { type ArrayPath, type Chunk, type Scan, scanDocument } from './scan.js';
import { findSyntaxFault, passText, type SyntaxFault, TEXT_START, type TextPlace } from './syntax-error.js';
import { replaceLoneSurrogates, toText } from './text.js';

/** Elements of a chunk together: larger ones leave the young generation of the heap, smaller ones cost calls. */
const CHUNK_BYTES = 64 * 1024;

/** Documents below this are parsed whole, in a millisecond or two: finding their elements would cost as much again. */
const WHOLE_BYTES = 256 * 1024;

/**
 * What JSON.parse takes of the heap, in bytes, for each byte (the text and its strings, both in two bytes a character), value, array
 * or object, and key that is not one of a few: more than the worst of documents take in Node 20 and 24 (`[{},{},`, `[[[1]]],`,
 * `"k1":1,"k2":1,`, `0.5,`). Those of exporters take half of it.
 */
const HEAP_PER_BYTE = 4;
const HEAP_PER_VALUE = 16;
const HEAP_PER_NODE = 60;
const HEAP_PER_KEY = 140;

/** How a document is read; a translator's context has all of it. */
export interface ReadingContext {
  readonly limits: DocumentLimits;
  /** What a document that is parsed whole may take of the heap; any where it is not given. */
  readonly heapBytes?: number | undefined;
  readonly chunkBytes?: number | undefined;
  /** Whether nobody reads the body afterwards, so that its memory is given back. */
  readonly freesBody?: boolean | undefined;
  /** The place of the first byte, for errors; the start of a text where it is not given. */
  readonly textStart?: TextPlace | undefined;
  /** Changes the document, which is parsed as a whole then. */
  readonly prepare?: ((document: unknown) => void) | undefined;
}

type Parse = (text: string) => unknown;

/** What is wanted of a document. */
export interface Wanted {
  /** Arrays that are wanted in chunks; none where the document is wanted whole. */
  readonly arrays: readonly ArrayPath[];
  readonly parse: Parse;
}

/** Some elements of a wanted array, in their order. */
export interface ElementBatch {
  /** Which of the wanted arrays. */
  readonly array: number;
  /** Undefined for elements that were taken as they stand in the bytes. */
  readonly elements: readonly unknown[] | undefined;
  /** The index of the first one in the array. */
  readonly firstIndex: number;
}

export type ParsedBatch = ElementBatch & { readonly elements: readonly unknown[] };

/** Takes elements of a wanted array, with commas between them. Gives how many there are, or undefined for those that it does not take. */
export type ElementTaker = (bytes: Uint8Array, array: number) => number | undefined;

/**
 * Reads a document: whole where it is small, or where no array is wanted in chunks, or where a wanted path is there
 * twice. Throws `limit` and `decode` as `decodeJson` does. Yields where the event loop may have its turn.
 */
export function* openDocument(
  body: Bytes,
  context: ReadingContext,
  wanted: Wanted,
): Generator<undefined, { readonly whole: unknown } | ChunkedDocument> {
  const { limits, heapBytes, chunkBytes, freesBody = false, prepare, textStart: start } = context;
  const { arrays, parse } = wanted;
  if (prepare !== undefined) return { whole: yield* readWhole(body, context, parse) };
  if (countBytes(body) < (chunkBytes ?? WHOLE_BYTES)) {
    return { whole: decodeJson(joinBytes(body), limits, { parse, start }) };
  }
  const document = new DocumentBytes(body, freesBody);
  const scan = yield* scanDocument(document, limits, { arrays, chunkBytes: chunkBytes ?? CHUNK_BYTES });
  if (scan.isAmbiguous) return { whole: yield* parseWhole(document, context, parse) };
  checkHeap(document, scan, heapBytes);
  if (scan.chunks.length > 0) return new ChunkedDocument(document, scan, { ...wanted, start });
  return { whole: parseBytes(document.join(), { parse, start }) };
}

/** Reads a document as a whole, whatever its size. Throws as `openDocument` does. */
export function* readWhole(body: Bytes, context: ReadingContext, parse: Parse): Generator<undefined, unknown> {
  const { freesBody = false, prepare } = context;
  const whole = yield* parseWhole(new DocumentBytes(body, freesBody), context, parse);
  prepare?.(whole);
  return whole;
}

function* parseWhole(
  document: DocumentBytes,
  { limits, heapBytes, textStart: start }: ReadingContext,
  parse: Parse,
): Generator<undefined, unknown> {
  const scan = yield* scanDocument(document, limits, { arrays: [], chunkBytes: CHUNK_BYTES });
  checkHeap(document, scan, heapBytes);
  return parseBytes(document.join(), { parse, start });
}

/**
 * Throws `limit` for a document of which the rest beside its chunks could take more than the heap: V8 ends the process where a
 * parser runs out of it, in a worker too.
 */
function checkHeap(document: DocumentBytes, { chunks, rest }: Scan, heapBytes: number | undefined): void {
  const bytes = chunks.reduce((left, { start, end }) => left - (end - start), document.length);
  const keys = rest.hasFewKeys ? 0 : rest.keys;
  const needed =
    bytes * HEAP_PER_BYTE + rest.values * HEAP_PER_VALUE + rest.nodes * HEAP_PER_NODE + keys * HEAP_PER_KEY;
  if (heapBytes === undefined || needed <= heapBytes) return;
  const mebibytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
  throw new ZxpError('limit', `the document may need ${mebibytes(needed)} MiB of memory as a whole`, {
    hint: `there are ${mebibytes(heapBytes)} MiB: raise NODE_OPTIONS=--max-old-space-size, or read its arrays element by element, with a path that ends in [*]`,
  });
}

/** How much behind a chunk tells what is wrong at its end. */
const CONTEXT_BYTES = 64;

/** A document in parts: its large arrays in batches, and the rest of it with those arrays empty. */
export class ChunkedDocument {
  /** The document without the elements of its wanted arrays. */
  readonly skeleton: unknown;
  readonly #document: DocumentBytes;
  readonly #chunks: readonly Chunk[];
  readonly #parse: (text: string) => unknown;
  readonly #lengths: number[];
  #read = 0;
  /** How much of the bytes was read, and where that is in the text. */
  #passed = 0;
  #place: TextPlace;

  /** Throws `decode` where the rest is not JSON. */
  constructor(
    document: DocumentBytes,
    { chunks }: Scan,
    { arrays, parse, start = TEXT_START }: Wanted & { readonly start?: TextPlace | undefined },
  ) {
    this.#place = start;
    this.#document = document;
    this.#chunks = chunks;
    this.#parse = parse;
    this.#lengths = arrays.map(() => 0);
    this.skeleton = this.#parseSkeleton();
  }

  /** Whether the document has this one of the wanted arrays. */
  has(array: number): boolean {
    return this.#chunks.some((chunk) => chunk.array === array);
  }

  /** Elements of a wanted array so far; all of them after the last batch. */
  lengthOf(array: number): number {
    return this.#lengths[array] ?? 0;
  }

  /** The batches that were not read, in the order of the document. Throws `decode` where one is not JSON. */
  batches(): Generator<ParsedBatch>;
  batches(take: ElementTaker): Generator<ElementBatch>;
  *batches(take?: ElementTaker): Generator<ElementBatch> {
    while (this.#read < this.#chunks.length) yield this.#takeBatch(take) ?? this.#readBatch();
  }

  /** Throws `decode` where a batch that was not read is not JSON: what else is wrong with a document comes after that. */
  *checkRest(): Generator<undefined> {
    while (this.#read < this.#chunks.length) {
      this.#readBatch();
      yield;
    }
  }

  #takeBatch(take: ElementTaker | undefined): ElementBatch | undefined {
    const chunk = this.#chunks[this.#read];
    if (take === undefined || chunk === undefined) return undefined;
    const { array, start, end } = chunk;
    const taken = take(this.#document.slice(start, end), array);
    if (taken === undefined) return undefined;
    this.#read++;
    this.#pass(end);
    return { array, elements: undefined, firstIndex: this.#count(array, taken) };
  }

  #readBatch(): ParsedBatch {
    const i = this.#read++;
    const chunk = this.#chunks[i] ?? { array: 0, start: 0, end: 0 };
    const { array, start, end } = chunk;
    const isFirst = this.#chunks[i - 1]?.array !== array;
    const isOnly = isFirst && this.#chunks[i + 1]?.array !== array;
    // The bracket or comma in front of the chunk tells what is wrong at its start.
    this.#pass(start - 1);
    const text = toText(this.#document.slice(start - 1, end));
    const elements = this.#parseElements(text.slice(1));
    if (elements === undefined || (elements.length === 0 && !isOnly)) {
      this.#read = this.#chunks.length;
      throw this.#explain(chunk, isFirst);
    }
    this.#pass(end, text);
    return { array, elements, firstIndex: this.#count(array, elements.length) };
  }

  /** Gives how many elements there were before. */
  #count(array: number, elements: number): number {
    const before = this.lengthOf(array);
    this.#lengths[array] = before + elements;
    return before;
  }

  #parseElements(text: string): readonly unknown[] | undefined {
    try {
      const elements = this.#parse(`[${replaceLoneSurrogates(text)}]`);
      return Array.isArray(elements) ? elements : undefined;
    } catch {
      return undefined;
    }
  }

  /** Lets go of the bytes up to a place, whose text that is. */
  #pass(end: number, text = toText(this.#document.slice(this.#passed, end))): void {
    this.#place = passText(this.#place, text, end - this.#passed);
    this.#passed = end;
    this.#document.free(end);
  }

  /**
   * Why a chunk is not JSON. What is in front of it is: elements of its array, unless it is the first chunk, behind what
   * the rest of the document has.
   */
  #explain({ start, end }: Chunk, isFirst: boolean): ZxpError {
    const before = isFirst ? '' : '[0';
    const text = before + toText(this.#document.slice(start - 1, end + CONTEXT_BYTES));
    return this.#describe(findSyntaxFault(text), text.slice(before.length), before.length);
  }

  /** The error at a place in a text that is `offset` longer than what is passed next. */
  #describe({ at, message, hint }: SyntaxFault, text: string, offset: number): ZxpError {
    return describeProblem({ ...passText(this.#place, text.slice(0, at - offset)), message, hint });
  }

  /** A comma between two chunks goes with them. */
  #parseSkeleton(): unknown {
    const pieces: string[] = [];
    let copied = 0;
    for (const [i, { start, end }] of this.#chunks.entries()) {
      pieces.push(toText(this.#document.slice(copied, start)));
      copied =
        this.#chunks[i + 1]?.start === end + 1 && this.#document.slice(end, end + 1)[0] === COMMA ? end + 1 : end;
    }
    pieces.push(toText(this.#document.slice(copied, this.#document.length)));
    try {
      return this.#parse(replaceLoneSurrogates(pieces.join('')));
    } catch {
      throw this.#explainRest();
    }
  }

  /** Why the rest of the document is not JSON, or a chunk in front of that. */
  #explainRest(): ZxpError {
    const other = describeOther(this.#document.slice(0, RECOGNIZED_BYTES));
    if (other !== undefined) return other;
    const starts = [...this.#chunks.map(({ start }) => start), this.#document.length];
    const rests = starts.map((start, i) => toText(this.#document.slice(this.#chunks[i - 1]?.end ?? 0, start)));
    // A long chunk that is JSON is as good as any element.
    const elements = this.#chunks.map(({ start, end }) =>
      end - start > CONTEXT_BYTES ? '0' : toText(this.#document.slice(start, end)),
    );
    const fault = findSyntaxFault(rests.map((rest, i) => rest + (elements[i] ?? '')).join(''));
    let passed = 0;
    for (const [i, element] of elements.entries()) {
      const rest = rests[i] ?? '';
      if (fault.at < passed + rest.length) return this.#describe(fault, rest, passed);
      this.#readBatch();
      passed += rest.length + element.length;
    }
    return this.#describe(fault, rests.at(-1) ?? '', passed);
  }
}

const COMMA = 0x2c;
