import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  visit,
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
const MAX_ENTRIES = 200_000;

/** What all cursors of one file share. */
interface Source {
  readonly name: string;
  readonly lines: LineCounter;
  /** What each alias stands for. */
  readonly anchored: ReadonlyMap<Alias, Node>;
  readonly faults: Faults;
}

/**
 * What is wrong with a file as YAML goes, found while it is read, each told once; and the count of entries handed out,
 * by which aliases of aliases come to an end.
 */
class Faults {
  readonly #findings: Findings;
  readonly #told = new Set<unknown>();
  #entriesLeft = MAX_ENTRIES;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  tell(cause: unknown, problem: Problem): void {
    if (!this.#told.has(cause)) this.#findings.problems.push(problem);
    this.#told.add(cause);
  }

  /** Whether so many entries may be handed out at this depth. */
  allows(entries: number, depth: number, cursor: YamlCursor): boolean {
    this.#entriesLeft -= entries;
    if (this.#entriesLeft >= 0 && depth <= MAX_DEPTH) return true;
    const message =
      depth > MAX_DEPTH ? `nests deeper than ${MAX_DEPTH} levels` : `is beyond ${MAX_ENTRIES} entries in one file`;
    const hint = 'an alias counts each time that it is used';
    this.tell('too much', { where: cursor.where, message, hint });
    return false;
  }
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
    this.#node = resolveAlias(source, place.node);
    this.#line = place.line;
    this.path = place.path;
    this.#depth = place.depth;
  }

  /** Opens the first document of a text. Undefined, with the problems noted, where it does not parse. */
  static open(name: string, text: string, findings: Findings): YamlCursor | undefined {
    const lines = new LineCounter();
    try {
      const document = parseFirst(text, lines);
      if (document === undefined) return undefined;
      for (const error of document.errors) {
        const where = `${name}:${lines.linePos(error.pos[0]).line}`;
        findings.problems.push({ where, message: error.message.split('\n', 1)[0] ?? '' });
      }
      if (document.errors.length > 0) return undefined;
      const { anchored, unknown } = findAnchored(document);
      for (const alias of unknown) {
        const where = `${name}:${lines.linePos(alias.range?.[0] ?? 0).line}`;
        findings.problems.push({ where, message: `has no anchor &${alias.source} before *${alias.source}` });
      }
      if (unknown.length > 0) return undefined;
      const source = { name, lines, anchored, faults: new Faults(findings) };
      return new YamlCursor(source, { node: document.contents, line: 1, path: '', depth: 0 });
    } catch (thrown) {
      // The parser goes as deep as its input, and so does the stack.
      if (!(thrown instanceof RangeError)) throw thrown;
      findings.problems.push({ where: name, message: 'nests too deep to be read' });
      return undefined;
    }
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
    const { items } = this.#node;
    if (!this.#source.faults.allows(items.length, this.#depth, this)) return [];
    return items.flatMap(({ key, value }) => {
      const name = this.#nameOf(key);
      const isMerge = isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<';
      const path = this.path === '' ? name : `${this.path}.${name}`;
      const cursor = this.#child({ node: value, line: this.#lineOf(key), path: isMerge ? this.path : path });
      return isMerge ? cursor.#mergedFields : [{ key: name, cursor }];
    });
  }

  /** The entries whose key stands in this very map already, not counting what `<<` brings. */
  get repeatedKeys(): readonly Field[] {
    if (!isMap(this.#node)) return [];
    const { items } = this.#node;
    if (!this.#source.faults.allows(items.length, this.#depth, this)) return [];
    const seen = new Set<string>();
    return items.flatMap(({ key, value }) => {
      const name = this.#nameOf(key);
      const isRepeated = seen.has(name);
      seen.add(name);
      if (!isRepeated) return [];
      return [{ key: name, cursor: this.#child({ node: value, line: this.#lineOf(key), path: this.path }) }];
    });
  }

  /** The elements of a list; undefined for anything else. */
  get items(): readonly YamlCursor[] | undefined {
    if (!isSeq(this.#node)) return undefined;
    const { items } = this.#node;
    if (!this.#source.faults.allows(items.length, this.#depth, this)) return [];
    return items.map((node, i) => this.#child({ node, line: this.#lineOf(node), path: `${this.path}[${i}]` }));
  }

  /** What it is, for messages: `a map`, `a list`, `text`, `a number`, `true or false`, `nothing`. */
  get kind(): string {
    if (this.isMap) return 'a map';
    if (this.isList) return 'a list';
    const { value } = this;
    if (value === null) return 'nothing';
    return typeof value === 'number' ? 'a number' : typeof value === 'boolean' ? 'true or false' : 'text';
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

  /** What `<<` brings in: the fields of a map, or of several, of which the first ones win. */
  get #mergedFields(): readonly Field[] {
    const sources = this.items ?? [this];
    for (const source of sources) {
      if (source.isMap) continue;
      const problem = { where: source.where, message: 'has << with what is neither a map nor a list of maps' };
      this.#source.faults.tell(source.#node, problem);
    }
    return [...sources].reverse().flatMap((source) => source.fields ?? []);
  }

  #child(place: { readonly node: unknown; readonly line: number; readonly path: string }): YamlCursor {
    return new YamlCursor(this.#source, { ...place, depth: this.#depth + 1 });
  }

  /** The text of a key; no key that means anything is a map or a list. */
  #nameOf(key: unknown): string {
    const node = resolveAlias(this.#source, key);
    return isScalar(node) ? sourceOf(node) : '?';
  }

  /** Where a node begins; the line of what holds it where that is not known. */
  #lineOf(node: unknown): number {
    const [offset] = isNode(node) || isAlias(node) ? (node.range ?? []) : [];
    return offset === undefined ? this.#line : this.#source.lines.linePos(offset).line;
  }
}

function parseFirst(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false, merge: false, strict: true };
  const documents = parseAllDocuments(text.replace(/^\uFEFF/, ''), options);
  return Array.isArray(documents) ? documents[0] : undefined;
}

/** The node that each alias stands for: the last one before it that has the anchor. And those that stand for none. */
function findAnchored(document: Document.Parsed) {
  const anchors = new Map<string, Node>();
  const anchored = new Map<Alias, Node>();
  const unknown: Alias[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      const node = anchors.get(alias.source);
      if (node === undefined) unknown.push(alias);
      else anchored.set(alias, node);
    },
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return { anchored, unknown };
}

function resolveAlias({ anchored }: Source, node: unknown): Node | null {
  if (isAlias(node)) return anchored.get(node) ?? null;
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
