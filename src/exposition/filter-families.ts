/** Whether a family is kept that goes by any of these names. */
export type FamilyPredicate = (names: readonly string[]) => boolean;

const NEW_LINE = 0x0a;
const HASH = 0x23;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const EQUALS = 0x3d;

/** No pattern that is meant matches a longer name. */
const MAX_NAME_BYTES = 1024;
const NAMELESS = '';

/** By the type of a family the suffixes that its samples may have. */
const SUFFIXES: ReadonlyMap<string, readonly string[]> = new Map([
  ['counter', ['_total', '_created']],
  ['histogram', ['_bucket', '_sum', '_count', '_created']],
  ['gaugehistogram', ['_bucket', '_gsum', '_gcount']],
  ['summary', ['_sum', '_count', '_created']],
  ['info', ['_info']],
]);

/** What a counter and an info of OpenMetrics are called in the text format. */
const TEXT_SUFFIX: ReadonlyMap<string | undefined, string> = new Map([
  ['counter', '_total'],
  ['info', '_info'],
]);

/**
 * Leaves whole families out of an exposition in the text format or in OpenMetrics: the samples of a family, and its HELP,
 * TYPE and UNIT with them. Bytes that stay are not changed. A counter or info of OpenMetrics goes by its own name and by
 * that of its samples, so that one pattern fits both formats. A line without a readable name goes by an empty one.
 */
export function filterFamilies(body: Buffer, keeps: FamilyPredicate): Buffer {
  const types = new Map<string, string>();
  const blocks = new Blocks(body, (name) => {
    const suffix = TEXT_SUFFIX.get(types.get(name));
    return keeps(suffix === undefined ? [name] : [name, name + suffix]);
  });
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(NEW_LINE, start);
    const end = found < 0 ? body.length : found;
    const first = skipBlanks(body, start, end);
    if (body[first] === HASH) {
      const comment = readComment(body, first, end);
      if (comment.kind === 'TYPE') types.set(comment.name, comment.type);
      if ('name' in comment) blocks.begin(start, comment.name);
      else if (comment.kind === 'EOF') blocks.begin(start, undefined);
    } else if (first < end) {
      const nameEnd = findNameEnd(body, first, end);
      if (!blocks.isSameSample(first, nameEnd)) {
        blocks.begin(start, findFamily(readSampleName(body, { first, nameEnd, end }), types));
        blocks.remember(first, nameEnd);
      }
    }
    start = end + 1;
  }
  return blocks.finish();
}

/** The lines of one family that follow one another, again and again, and which of them are kept. */
class Blocks {
  readonly #body: Buffer;
  readonly #isKept: (name: string) => boolean;
  readonly #kept: { readonly start: number; end: number }[] = [];
  #start = 0;
  /** Undefined for what belongs to no family, which is kept. */
  #name: string | undefined;
  #sample = { first: 0, nameEnd: 0 };

  constructor(body: Buffer, isKept: (name: string) => boolean) {
    this.#body = body;
    this.#isKept = isKept;
  }

  /** The family of the line that starts here; whether the lines before it are kept is known only now. */
  begin(start: number, name: string | undefined): void {
    if (name === this.#name && name !== undefined) return;
    if (start > this.#start && (this.#name === undefined || this.#isKept(this.#name))) this.#keep(start);
    this.#start = start;
    this.#name = name;
    this.#sample = { first: 0, nameEnd: 0 };
  }

  /** Whether a sample has the very name of the one before it: most have. */
  isSameSample(first: number, nameEnd: number): boolean {
    const { first: before, nameEnd: beforeEnd } = this.#sample;
    return (
      nameEnd > first &&
      nameEnd - first === beforeEnd - before &&
      this.#body.compare(this.#body, before, beforeEnd, first, nameEnd) === 0
    );
  }

  remember(first: number, nameEnd: number): void {
    this.#sample = { first, nameEnd };
  }

  finish(): Buffer {
    this.begin(this.#body.length, undefined);
    const parts = this.#kept.map(({ start, end }) => this.#body.subarray(start, end));
    return parts[0]?.length === this.#body.length ? this.#body : Buffer.concat(parts);
  }

  /** The block up to here, which may go on where the last one ended. */
  #keep(end: number): void {
    const last = this.#kept.at(-1);
    if (last?.end === this.#start) last.end = end;
    else this.#kept.push({ start: this.#start, end });
  }
}

type Comment =
  | { readonly kind: 'HELP' | 'UNIT'; readonly name: string }
  | { readonly kind: 'TYPE'; readonly name: string; readonly type: string }
  | { readonly kind: 'EOF' | 'text' };

function readComment(body: Buffer, hash: number, end: number): Comment {
  const word = skipBlanks(body, hash + 1, end);
  const wordEnd = findBlank(body, word, end);
  if (wordEnd - word > 4) return { kind: 'text' };
  const kind = body.toString('latin1', word, wordEnd);
  if (kind === 'EOF') return { kind };
  if (kind !== 'HELP' && kind !== 'TYPE' && kind !== 'UNIT') return { kind: 'text' };
  const first = skipBlanks(body, wordEnd, end);
  const isQuoted = body[first] === QUOTE;
  const nameEnd = isQuoted ? findQuoteEnd(body, first, end) : findBlank(body, first, end);
  const name = isQuoted ? readQuoted(body, first, nameEnd) : readName(body, first, nameEnd);
  if (kind !== 'TYPE') return { kind, name };
  const typeStart = skipBlanks(body, nameEnd, end);
  return {
    kind,
    name,
    type: body.toString('latin1', typeStart, Math.min(findBlank(body, typeStart, end), typeStart + 20)),
  };
}

/** Its own family, or the one whose type lets its samples have this suffix. */
function findFamily(sample: string, types: ReadonlyMap<string, string>): string {
  if (types.has(sample)) return sample;
  const underscore = sample.lastIndexOf('_');
  if (underscore <= 0) return sample;
  const family = sample.slice(0, underscore);
  return SUFFIXES.get(types.get(family) ?? '')?.includes(sample.slice(underscore)) === true ? family : sample;
}

function readSampleName(
  body: Buffer,
  { first, nameEnd, end }: { readonly first: number; readonly nameEnd: number; readonly end: number },
): string {
  return body[first] === OPENING_BRACE ? readBracedName(body, first, end) : readName(body, first, nameEnd);
}

/** `{"name", label="value"} 1`: the quoted text without a value is the name. */
function readBracedName(body: Buffer, brace: number, end: number): string {
  let at = brace + 1;
  while (at < end && body[at] !== CLOSING_BRACE) {
    if (body[at] !== QUOTE) {
      at++;
      continue;
    }
    const quoteEnd = findQuoteEnd(body, at, end);
    const isValue = body[skipBlanksBack(body, at - 1, brace)] === EQUALS;
    const isLabel = body[skipBlanks(body, quoteEnd, end)] === EQUALS;
    if (!isValue && !isLabel) return readQuoted(body, at, quoteEnd);
    at = quoteEnd;
  }
  return NAMELESS;
}

/** Behind the quote that closes the one at `start`; the end of the line where none does. */
function findQuoteEnd(body: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    if (body[at] === BACKSLASH) at++;
    else if (body[at] === QUOTE) return at + 1;
  }
  return end;
}

function readQuoted(body: Buffer, start: number, quoteEnd: number): string {
  const text = readName(body, start + 1, quoteEnd - 1);
  return text.includes('\\') ? text.replace(/\\(.)/gs, (_, letter: string) => (letter === 'n' ? '\n' : letter)) : text;
}

function readName(body: Buffer, start: number, end: number): string {
  return end - start > MAX_NAME_BYTES ? NAMELESS : body.toString('utf8', start, Math.max(start, end));
}

/** Where the name of a sample ends: at a brace or a blank. */
function findNameEnd(body: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && body[at] !== OPENING_BRACE && !isBlank(body[at])) at++;
  return at;
}

function findBlank(body: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && !isBlank(body[at])) at++;
  return at;
}

function skipBlanks(body: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(body[at])) at++;
  return at;
}

function skipBlanksBack(body: Buffer, start: number, least: number): number {
  let at = start;
  while (at > least && isBlank(body[at])) at--;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
