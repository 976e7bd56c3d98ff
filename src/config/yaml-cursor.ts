import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
} from 'yaml';
import type { Problem } from '../model/errors.js';

/** What reading a file finds: `problems` refuse the file, `warnings` do not. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** One entry of a map, in the order of the file. */
export interface Field {
  readonly key: string;
  /** `file.yml:12: modules.stock`. */
  readonly cursor: YamlCursor;
}

const MAX_DEPTH = 64;
const MAX_FIELDS = 200_000;

/** What all cursors of one file share. */
interface Source {
  readonly name: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  /** Counts the fields handed out, so that aliases of aliases come to an end. */
  readonly budget: { fieldsLeft: number };
}

/**
 * A place in a YAML file: a node that knows its path and its line, and how to read itself. Aliases are followed, `<<`
 * is expanded where it stands, and a key given twice is there twice: what that means is the reader's to say.
 */
export class YamlCursor {
  readonly #source: Source;
  readonly #node: Node | null;
  readonly #line: number;
  readonly path: string;
  readonly #depth: number;

  private constructor(source: Source, place: { node: unknown; line: number; path: string; depth: number }) {
    this.#source = source;
    this.#node = resolveAlias(source.document, place.node);
    this.#line = place.line;
    this.path = place.path;
    this.#depth = place.depth;
  }

  /** Opens the first document of a text. Undefined, with the problems noted, where it does not parse. */
  static open(name: string, text: string, findings: Findings): YamlCursor | undefined {
    const lines = new LineCounter();
    const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false, strict: true };
    const documents = parseAllDocuments(text.replace(/^\uFEFF/, ''), options);
    const document = Array.isArray(documents) ? documents[0] : undefined;
    if (document === undefined) return undefined;
    for (const error of document.errors) {
      const where = `${name}:${lines.linePos(error.pos[0]).line}`;
      findings.problems.push({ where, message: error.message.split('\n', 1)[0] ?? '' });
    }
    if (document.errors.length > 0) return undefined;
    const source = { name, document, lines, budget: { fieldsLeft: MAX_FIELDS } };
    return new YamlCursor(source, { node: document.contents, line: 1, path: '', depth: 0 });
  }

  /** `file.yml:12: modules.stock.metrics[0]`. */
  get where(): string {
    const place = `${this.#source.name}:${this.#line}`;
    return this.path === '' ? place : `${place}: ${this.path}`;
  }

  get isNull(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  /** The entries of a map, `<<` expanded; undefined for anything else. */
  get fields(): readonly Field[] | undefined {
    if (!isMap(this.#node)) return undefined;
    if (this.#depth > MAX_DEPTH) return [];
    return this.#node.items.flatMap(({ key, value }) => {
      if (--this.#source.budget.fieldsLeft < 0) return [];
      const name = isScalar(key) ? sourceOf(key) : '?';
      const line = isScalar(key) && key.range ? this.#source.lines.linePos(key.range[0]).line : this.#line;
      const path = this.path === '' ? name : `${this.path}.${name}`;
      const isMerge = isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<';
      const cursor = this.#child(value, line, isMerge ? this.path : path);
      return isMerge ? cursor.#mergedFields : [{ key: name, cursor }];
    });
  }

  /** The entries whose key stands in this very map already, not counting what `<<` brings. */
  get repeatedKeys(): readonly Field[] {
    if (!isMap(this.#node)) return [];
    const seen = new Set<string>();
    return this.#node.items.flatMap(({ key, value }) => {
      const name = isScalar(key) ? sourceOf(key) : '?';
      const isRepeated = seen.has(name);
      seen.add(name);
      const line = isScalar(key) && key.range ? this.#source.lines.linePos(key.range[0]).line : this.#line;
      return isRepeated ? [{ key: name, cursor: this.#child(value, line, this.path) }] : [];
    });
  }

  /** The elements of a list; undefined for anything else. */
  get items(): readonly YamlCursor[] | undefined {
    if (!isSeq(this.#node) || this.#depth > MAX_DEPTH) return undefined;
    return this.#node.items.map((item, i) => this.#child(item, this.#line, `${this.path}[${i}]`));
  }

  /** A scalar as it is written, without quotes; null is empty. Undefined for maps and lists. */
  get text(): string | undefined {
    if (this.#node === null) return '';
    return isScalar(this.#node) ? sourceOf(this.#node) : undefined;
  }

  /** A scalar as YAML 1.2 reads it: text, number, boolean, null. Undefined for maps and lists. */
  get value(): unknown {
    if (this.#node === null) return null;
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  /** Whether a scalar stands without quotes, so that it can be a number or a boolean. */
  get isPlain(): boolean {
    return isScalar(this.#node) && this.#node.type === Scalar.PLAIN;
  }

  /** The value as plain JavaScript, maps as null-prototype objects in effect: keys are own properties. */
  get plain(): unknown {
    const { fields, items } = this;
    if (fields !== undefined) return Object.fromEntries(fields.map(({ key, cursor }) => [key, cursor.plain]));
    return items === undefined ? this.value : items.map((item) => item.plain);
  }

  /** What `<<` brings in: the fields of a map, or of several, of which the first ones win. */
  get #mergedFields(): readonly Field[] {
    if (this.items !== undefined) return [...this.items].reverse().flatMap((item) => item.fields ?? []);
    return this.fields ?? [];
  }

  #child(node: unknown, line: number, path: string): YamlCursor {
    const range =
      typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range : [];
    const [offset] = range;
    const ownLine = typeof offset === 'number' ? this.#source.lines.linePos(offset).line : line;
    return new YamlCursor(this.#source, { node, line: ownLine, path, depth: this.#depth + 1 });
  }
}

function resolveAlias(document: Document.Parsed, node: unknown): Node | null {
  if (isAlias(node)) return node.resolve(document) ?? null;
  return isNode(node) ? node : null;
}

function isNode(node: unknown): node is Node {
  return isMap(node) || isSeq(node) || isScalar(node);
}

/** The text of a scalar before YAML gave it a type: `1.10` stays `1.10`; null, however written, is empty. */
function sourceOf(scalar: Scalar): string {
  if (scalar.value === null) return '';
  if (scalar.type === Scalar.PLAIN && typeof scalar.source === 'string') return scalar.source;
  return String(scalar.value);
}
