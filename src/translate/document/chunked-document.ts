import { ZxpError } from '../../model/errors.js';
import type { DocumentLimits } from '../../model/limits.js';
import { decodeJson, explainSyntax, parseBytes, skipByteOrderMark } from './decode.js';
import { type ArrayPath, type Chunk, type Scan, scanDocument } from './scan.js';
import { replaceLoneSurrogates, toText } from './text.js';

/** Elements of a chunk together: larger ones leave the young generation of the heap, smaller ones cost calls. */
const CHUNK_BYTES = 64 * 1024;

/** Documents below this are parsed whole, in a millisecond or two: finding their elements would cost as much again. */
const WHOLE_BYTES = 256 * 1024;

/**
 * What JSON.parse makes of a byte and of an array or object, in bytes of heap, in the worst of documents: `[1,1,1` and
 * `{"3":1}`, over and over, in Node 20 and 24. Those of exporters take a third of it.
 */
const HEAP_PER_BYTE = 4.5;
const HEAP_PER_NODE = 190;

export interface ReadingOptions {
  readonly limits: DocumentLimits;
  /** Arrays that are wanted in chunks; none where the document is wanted whole. */
  readonly arrays: readonly ArrayPath[];
  readonly parse: (text: string) => unknown;
  /** What a document that is parsed whole may take of the heap; any where it is not given. */
  readonly heapBytes?: number | undefined;
  readonly chunkBytes?: number | undefined;
  /** Changes the document, which is parsed as a whole then. */
  readonly prepare?: ((document: unknown) => void) | undefined;
}

/** Some elements of a wanted array, in their order. */
export interface ElementBatch {
  /** Which of the wanted arrays. */
  readonly array: number;
  readonly elements: readonly unknown[];
  /** The index of the first one in the array. */
  readonly firstIndex: number;
}

/**
 * Reads a document: whole where it is small, or where no array is wanted in chunks, or where a wanted path is there
 * twice. Throws `limit` and `decode` as `decodeJson` does. Yields where the event loop may have its turn.
 */
export function* openDocument(
  body: Uint8Array,
  options: ReadingOptions,
): Generator<undefined, { readonly whole: unknown } | ChunkedDocument> {
  const { limits, arrays, parse, chunkBytes = CHUNK_BYTES, prepare } = options;
  if (prepare !== undefined) return { whole: yield* readWhole(body, options) };
  if (body.length < (options.chunkBytes ?? WHOLE_BYTES)) return { whole: decodeJson(body, limits, parse) };
  const document = skipByteOrderMark(body);
  const scan = yield* scanDocument(document, limits, { arrays, chunkBytes });
  if (!scan.isAmbiguous && scan.chunks.length > 0) return new ChunkedDocument(document, scan, options);
  checkHeap(document, scan, options.heapBytes);
  return { whole: parseBytes(document, parse) };
}

/** Reads a document as a whole, whatever its size. Throws as `openDocument` does. */
export function* readWhole(
  body: Uint8Array,
  { limits, parse, heapBytes, prepare }: Omit<ReadingOptions, 'arrays' | 'chunkBytes'>,
): Generator<undefined, unknown> {
  const document = skipByteOrderMark(body);
  const scan = yield* scanDocument(document, limits, { arrays: [], chunkBytes: CHUNK_BYTES });
  checkHeap(document, scan, heapBytes);
  const whole = parseBytes(document, parse);
  prepare?.(whole);
  return whole;
}

/**
 * Throws `limit` for a document that could take more than the heap: V8 ends the process where a parser runs out of it,
 * in a worker too.
 */
function checkHeap(document: Uint8Array, { nodes }: Scan, heapBytes: number | undefined): void {
  const needed = document.length * HEAP_PER_BYTE + nodes * HEAP_PER_NODE;
  if (heapBytes === undefined || needed <= heapBytes) return;
  const mebibytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
  throw new ZxpError('limit', `the document may need ${mebibytes(needed)} MiB of memory as a whole`, {
    hint: `there are ${mebibytes(heapBytes)} MiB: raise NODE_OPTIONS=--max-old-space-size, or read its arrays element by element, with a path that ends in [*]`,
  });
}

/** A document in parts: its large arrays in batches, and the rest of it with those arrays empty. */
export class ChunkedDocument {
  /** The document without the elements of its wanted arrays. */
  readonly skeleton: unknown;
  readonly #document: Uint8Array;
  readonly #chunks: readonly Chunk[];
  readonly #parse: (text: string) => unknown;
  readonly #lengths: number[];
  #read = 0;

  /** Throws `decode` where the rest is not JSON. */
  constructor(document: Uint8Array, { chunks }: Scan, { arrays, parse }: ReadingOptions) {
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
  *batches(): Generator<ElementBatch> {
    while (this.#read < this.#chunks.length) yield this.#readBatch();
  }

  /** Throws `decode` where a batch that was not read is not JSON: what else is wrong with a document comes after that. */
  *checkRest(): Generator<undefined> {
    while (this.#read < this.#chunks.length) {
      this.#readBatch();
      yield;
    }
  }

  #readBatch(): ElementBatch {
    const i = this.#read++;
    const { array, start, end } = this.#chunks[i] ?? { array: 0, start: 0, end: 0 };
    const elements = this.#parseChunk({ array, start, end });
    const isOnly = this.#chunks[i - 1]?.array !== array && this.#chunks[i + 1]?.array !== array;
    if (elements === undefined || (elements.length === 0 && !isOnly)) throw explainSyntax(this.#document);
    const firstIndex = this.lengthOf(array);
    this.#lengths[array] = firstIndex + elements.length;
    return { array, elements, firstIndex };
  }

  #parseChunk({ start, end }: Chunk): readonly unknown[] | undefined {
    try {
      const elements = this.#parse(`[${replaceLoneSurrogates(toText(this.#document.subarray(start, end)))}]`);
      return Array.isArray(elements) ? elements : undefined;
    } catch {
      return undefined;
    }
  }

  /** A comma between two chunks goes with them. */
  #parseSkeleton(): unknown {
    const pieces: string[] = [];
    let copied = 0;
    for (const [i, { start, end }] of this.#chunks.entries()) {
      pieces.push(toText(this.#document.subarray(copied, start)));
      copied = this.#chunks[i + 1]?.start === end + 1 && this.#document[end] === COMMA ? end + 1 : end;
    }
    pieces.push(toText(this.#document.subarray(copied)));
    try {
      return this.#parse(replaceLoneSurrogates(pieces.join('')));
    } catch {
      throw explainSyntax(this.#document);
    }
  }
}

const COMMA = 0x2c;
