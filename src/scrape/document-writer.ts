import { ZxpError } from '../model/errors.js';

/** Far beyond any document of an API, and well within the stack. */
const MAX_DEPTH = 2000;

/** A document without one of its arrays: what is written in front of the array, and what behind it. */
export interface SplitDocument {
  readonly before: Buffer;
  readonly after: Buffer;
}

/** The JSON of a value that `parseDocument` gave, with all digits of its integers. Throws `limit` where it nests too deep. */
export function writeDocument(value: unknown): string {
  return new DocumentWriter(undefined).write(value, 0);
}

/** A number that JSON.stringify would write in another form: beyond 2^53, with an exponent, a zero that is negative. */
const ODD_NUMBER = /(?:"\s*:|[[,])\s*(?:-0|-?(?:\d{16}|\d[\d.]*[eE]\+?\d))/;

/** Whether every number of a document is written by JSON.stringify as it is read, which is seven times as fast. */
export function hasPlainNumbers(body: Uint8Array): boolean {
  return !ODD_NUMBER.test(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'));
}

/**
 * The JSON of the elements of an array with commas between them, empty for none; `isPlain` is what `hasPlainNumbers` is
 * of their document. Throws `limit` as above.
 */
export function writeElements(elements: readonly unknown[], isPlain: boolean): Buffer {
  if (isPlain) return Buffer.from(JSON.stringify(elements).slice(1, -1));
  const writer = new DocumentWriter(undefined);
  return Buffer.from(elements.map((element) => writer.write(element, 1)).join(','));
}

/** The JSON of a document around one of its arrays, which is given as it stands in the document. */
export function splitDocument(document: unknown, array: readonly unknown[]): SplitDocument {
  const writer = new DocumentWriter(array);
  const rest = writer.write(document, 0);
  return { before: Buffer.from(writer.before), after: Buffer.from(rest) };
}

class DocumentWriter {
  readonly #cutOut: readonly unknown[] | undefined;
  /** What was written up to the array that is cut out; the rest begins behind it. */
  before = '';
  #written = '';

  constructor(cutOut: readonly unknown[] | undefined) {
    this.#cutOut = cutOut;
  }

  write(value: unknown, depth: number): string {
    this.#write(value, depth);
    const text = this.#written;
    this.#written = '';
    return text;
  }

  #write(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) throw tooDeep();
    if (value === this.#cutOut && value !== undefined) {
      this.before += this.#written;
      this.#written = '';
    } else if (Array.isArray(value)) {
      this.#writeArray(value, depth);
    } else if (typeof value === 'object' && value !== null) {
      this.#writeFields(value, depth);
    } else {
      this.#written += writeScalar(value);
    }
  }

  #writeArray(elements: readonly unknown[], depth: number): void {
    let separator = '[';
    for (const element of elements) {
      this.#written += separator;
      this.#write(element, depth + 1);
      separator = ',';
    }
    this.#written += elements.length === 0 ? '[]' : ']';
  }

  #writeFields(fields: object, depth: number): void {
    let separator = '{';
    for (const [key, value] of Object.entries(fields)) {
      this.#written += `${separator}${JSON.stringify(key)}:`;
      this.#write(value, depth + 1);
      separator = ',';
    }
    this.#written += separator === '{' ? '{}' : '}';
  }
}

/** A number reads back as the same one: the zero that is negative, and those beyond 2^53 or the range of a double, too. */
function writeScalar(value: unknown): string {
  if (typeof value !== 'number') return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  if (!Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999';
  if (Object.is(value, -0)) return '-0';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function tooDeep(): ZxpError {
  return new ZxpError('limit', `the document nests deeper than ${MAX_DEPTH} levels`, {
    hint: 'pages and follow join documents that nest less deep',
  });
}
