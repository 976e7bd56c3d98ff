import { ZxpError } from '../../model/errors.js';
import type { DocumentLimits } from '../../model/limits.js';
import type { DocumentBytes } from './document-bytes.js';
import { KeyTally } from './key-tally.js';
import { replaceLoneSurrogates, toText } from './text.js';

/** The keys that lead from the root to an array; none of them for a document that is one itself. */
export type ArrayPath = readonly string[];

/** Complete elements of a wanted array, one behind the other, as places in the bytes. */
export interface Chunk {
  /** Which of the wanted arrays. */
  readonly array: number;
  readonly start: number;
  readonly end: number;
}

/** What a pass over the bytes of a document found. */
export interface Scan {
  /** In the order of the document. An array without elements has one chunk, which is blank. */
  readonly chunks: readonly Chunk[];
  /** Whether a wanted path is there twice, so that the bytes alone do not tell which one counts. */
  readonly isAmbiguous: boolean;
  /** What a parser makes of the document outside of the wanted arrays. */
  readonly rest: StructureCounts;
}

/** What costs a parser memory. */
export interface StructureCounts {
  /** Arrays and objects. */
  readonly nodes: number;
  /** Elements and fields, but for the first of each array and object. */
  readonly values: number;
  readonly keys: number;
  /** Whether the keys are a few that are there again and again. */
  readonly hasFewKeys: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const WORD_BYTES = 4;
const EACH_BYTE = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;
const QUOTES = EACH_BYTE * QUOTE;
const BACKSLASHES = EACH_BYTE * BACKSLASH;

/** A place on the way to wanted arrays. */
interface PathNode {
  readonly children: ReadonlyMap<string, PathNode>;
  /** Which wanted array ends here. */
  readonly array: number | undefined;
}

/**
 * Passes over a document once: strings are skipped, brackets counted, and the elements of wanted arrays found. Throws
 * `limit` where brackets nest deeper than `limits.depth`, or are more than `limits.nodes`: what a parser makes of them
 * costs a hundred times what they take on the wire. What is not JSON is left to the parser, which sees every byte.
 *
 * Yields between slices. Iterative; stops at the first bracket too many.
 */
export function* scanDocument(
  document: DocumentBytes,
  limits: DocumentLimits,
  { arrays, chunkBytes }: { readonly arrays: readonly ArrayPath[]; readonly chunkBytes: number },
): Generator<undefined, Scan> {
  const scanner = new Scanner({ limits, root: buildPaths(arrays), chunkBytes, keys: new KeyTally() });
  for (const slice of document.slices()) {
    if (scanner.at > 0) yield;
    scanner.pass(slice);
  }
  return scanner.finish();
}

/** Looks at the limits alone, in one go. */
export function checkStructure(body: Uint8Array, limits: DocumentLimits): void {
  new Scanner({ limits, root: buildPaths([]), chunkBytes: Number.POSITIVE_INFINITY }).pass(body);
}

function buildPaths(wanted: readonly ArrayPath[]): PathNode {
  const build = (depth: number, arrays: readonly number[]): PathNode => {
    const children = new Map<string, number[]>();
    let array: number | undefined;
    for (const each of arrays) {
      const key = wanted[each]?.[depth];
      if (key === undefined) array ??= each;
      else children.set(key, [...(children.get(key) ?? []), each]);
    }
    return { array, children: new Map([...children].map(([key, below]) => [key, build(depth + 1, below)])) };
  };
  return build(0, [...wanted.keys()]);
}

/** An array or object on the way, from the root inwards. */
interface Level {
  readonly node: PathNode;
  /** Keys of this object that lead on and were there already. */
  readonly seen: Set<PathNode>;
}

/** The fields of an object under a key that is not on any way. */
const ELSEWHERE: PathNode = { children: new Map(), array: undefined };

/**
 * The state of a scan. One loop over the bytes of every scrape: it is written for speed. Strings, which most of a
 * document is, are skipped four bytes at a time, and commas mean something in the innermost level that is tracked only.
 */
class Scanner {
  /** The bytes that are passed over now, and where they begin in the document. */
  #slice: Uint8Array = NOTHING;
  #view = NO_VIEW;
  #start = 0;
  readonly #limits: DocumentLimits;
  readonly #chunkBytes: number;
  readonly #levels: Level[] = [];
  readonly #chunks: Chunk[] = [];
  /** What the next value of the innermost tracked level is. */
  #next: PathNode;
  #expectsKey = false;
  /** The wanted array that the scan is in. */
  #array: number | undefined;
  #chunkStart = 0;
  #isAmbiguous = false;
  /** Where the scan is in a string that goes on in the next slice, if it is. */
  #string: 'none' | 'inside' | 'behind a backslash' = 'none';
  /** What there is of it, if it is a key. */
  #key: Uint8Array[] | undefined;
  #depth = 0;
  #nodes = 0;
  #values = 0;
  /** Of these, those in wanted arrays. */
  #nodesInArrays = 0;
  #valuesInArrays = 0;
  readonly #keys: KeyTally | undefined;
  /** The depth at which the innermost tracked array or object has its elements; 0 is that of the document itself. */
  #trackedDepth = 0;

  constructor(options: {
    readonly limits: DocumentLimits;
    readonly root: PathNode;
    readonly chunkBytes: number;
    readonly keys?: KeyTally;
  }) {
    this.#keys = options.keys;
    this.#limits = options.limits;
    this.#next = options.root;
    this.#chunkBytes = options.chunkBytes;
  }

  finish(): Scan {
    const rest = {
      nodes: this.#nodes - this.#nodesInArrays,
      values: this.#values - this.#valuesInArrays,
      keys: this.#keys?.keys ?? 0,
      hasFewKeys: this.#keys?.areFew ?? true,
    };
    return { chunks: this.#chunks, isAmbiguous: this.#isAmbiguous, rest };
  }

  /** How much of the document was passed. */
  get at(): number {
    return this.#start + this.#slice.length;
  }

  /** Passes over the next bytes of the document. */
  pass(slice: Uint8Array): void {
    this.#start = this.at;
    this.#slice = slice;
    this.#view = new DataView(slice.buffer, slice.byteOffset, slice.length);
    const { length } = slice;
    const start = this.#start;
    const { depth: maxDepth, nodes: maxNodes } = this.#limits;
    let depth = this.#depth;
    let nodes = this.#nodes;
    let values = this.#values;
    let tracked = this.#trackedDepth;
    // The last string, for a colon that follows it.
    let stringStart = 0;
    let stringEnd = 0;
    for (let at = this.#endString(); at < length; at++) {
      const byte = slice[at] ?? 0;
      if (byte === QUOTE) {
        const end = this.#skipString(at + 1);
        if (depth === tracked && this.#expectsKey) this.#takeKey([slice.subarray(at, end + 1)]);
        stringStart = at;
        stringEnd = end;
        at = end;
      } else if (byte === COMMA) {
        values++;
        if (depth === tracked) this.#separate(start + at);
      } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
        if (++nodes > maxNodes) throw tooMuch(`the document has more than ${maxNodes} arrays and objects`, 'nodes');
        if (++depth > maxDepth) throw tooMuch(`the document nests deeper than ${maxDepth} levels`, 'depth');
        if (depth === tracked + 1 && this.#next !== ELSEWHERE) {
          if (this.#open(byte, start + at)) tracked = depth;
          if (this.#array !== undefined) {
            this.#nodesInArrays -= nodes;
            this.#valuesInArrays -= values;
          }
        }
      } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
        if (depth === tracked && tracked > 0) {
          if (this.#array !== undefined) {
            this.#nodesInArrays += nodes;
            this.#valuesInArrays += values;
          }
          this.#close(start + at);
          tracked--;
        }
        depth--;
      } else if (byte === COLON) {
        if (this.#array === undefined) this.#keys?.add(slice, stringStart, stringEnd);
      }
    }
    this.#depth = depth;
    this.#nodes = nodes;
    this.#values = values;
    this.#trackedDepth = tracked;
  }

  /** Goes on with the string of the slice before, if there is one. Gives where it has ended. */
  #endString(): number {
    if (this.#string === 'none') return 0;
    const end = this.#skipString(this.#string === 'inside' ? 0 : 1);
    if (this.#key !== undefined) this.#takeKey([...this.#key, this.#slice.subarray(0, end + 1)]);
    return end + 1;
  }

  /** From a byte of a string to its closing quote, or the end of the slice. */
  #skipString(start: number): number {
    const slice = this.#slice;
    const { length } = slice;
    const lastWord = length - WORD_BYTES;
    let at = start;
    for (;;) {
      while (at <= lastWord && !mayEndString(this.#view.getInt32(at))) at += WORD_BYTES;
      while (at < length && slice[at] !== QUOTE && slice[at] !== BACKSLASH) at++;
      if (slice[at] !== BACKSLASH) break;
      at += 2;
    }
    if (at < length) this.#string = 'none';
    else this.#string = at === length ? 'inside' : 'behind a backslash';
    return at;
  }

  /** Whether the bracket opens a level that is tracked: a wanted array, or an object on the way to one. */
  #open(byte: number, at: number): boolean {
    const node = this.#next;
    if (byte === OPEN_BRACKET && node.array !== undefined) {
      this.#array = node.array;
      this.#chunkStart = at + 1;
      this.#expectsKey = false;
    } else if (byte === OPEN_BRACE && node.children.size > 0) {
      this.#expectsKey = true;
    } else {
      return false;
    }
    this.#levels.push({ node, seen: new Set() });
    this.#next = ELSEWHERE;
    return true;
  }

  #close(at: number): void {
    if (this.#array !== undefined) this.#cut(at);
    this.#array = undefined;
    this.#levels.pop();
    this.#next = ELSEWHERE;
    this.#expectsKey = false;
  }

  /** A comma between the entries of the innermost tracked level. */
  #separate(at: number): void {
    if (this.#array === undefined) {
      this.#expectsKey = this.#levels.length > 0;
      this.#next = ELSEWHERE;
    } else if (at - this.#chunkStart >= this.#chunkBytes) {
      this.#cut(at);
      this.#chunkStart = at + 1;
    }
  }

  #cut(end: number): void {
    this.#chunks.push({ array: this.#array ?? 0, start: this.#chunkStart, end });
  }

  /** Takes a key, whose parts may lie in several slices, once all of it is there. */
  #takeKey(quoted: Uint8Array[]): void {
    const isWhole = this.#string === 'none';
    this.#key = isWhole ? undefined : quoted;
    if (!isWhole) return;
    const [first = NOTHING] = quoted;
    const level = this.#levels.at(-1);
    this.#expectsKey = false;
    const child = level?.node.children.get(readKey(quoted.length === 1 ? first : Buffer.concat(quoted)));
    this.#next = child ?? ELSEWHERE;
    if (child === undefined || level === undefined) return;
    if (level.seen.has(child)) this.#isAmbiguous = true;
    level.seen.add(child);
  }
}

const NOTHING = new Uint8Array(0);
const NO_VIEW: DataView = new DataView(NOTHING.buffer);

/** The key as a parser reads it, escapes resolved. */
function readKey(quoted: Uint8Array): string {
  const text = toText(quoted);
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return String(JSON.parse(replaceLoneSurrogates(text)));
  } catch {
    return '';
  }
}

/** Whether one of four bytes is a quote or a backslash. It errs for some that are neither, never for one that is. */
function mayEndString(word: number): boolean {
  const quote = word ^ QUOTES;
  const backslash = word ^ BACKSLASHES;
  return ((((quote - EACH_BYTE) & ~quote) | ((backslash - EACH_BYTE) & ~backslash)) & HIGH_BITS) !== 0;
}

function tooMuch(message: string, limit: 'depth' | 'nodes'): ZxpError {
  return new ZxpError('limit', message, { hint: `raise limits.${limit} if the document is meant to be like that` });
}
