import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Problem } from '../model/errors.js';
import { formatPlace } from './place.js';
import { HIDDEN, isName } from './quotable.js';
import {
  findEncodingProblem,
  findSyntaxProblem,
  hintUnquoted,
  MAX_DEPTH,
  NestingError,
  parseYaml,
  type SyntaxProblem,
} from './yaml-syntax.js';

/** What reading a file finds: `problems` refuse the file, `warnings` do not. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** One entry of a map, in the order of the file. */
export interface Field {
  readonly key: string;
  /** `file.yml:12:5: modules.stock`. */
  readonly cursor: YamlCursor;
}

const MAX_ENTRIES = 200_000;

/** What all cursors of one file share. */
interface Source {
  readonly name: string;
  readonly text: string;
  readonly lines: LineCounter;
  /** The node of each alias. */
  readonly anchored: ReadonlyMap<Alias, Node>;
  readonly faults: Faults;
  /** Where a second document begins. */
  readonly secondDocument: number | undefined;
}

/**
 * What is wrong with a file as YAML goes, found while it is read, each reported once; and the count of entries handed
 * out, by which aliases of aliases come to an end.
 */
class Faults {
  readonly #findings: Findings;
  readonly #reported = new Set<unknown>();
  #entriesLeft = MAX_ENTRIES;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  report(cause: unknown, problem: Problem): void {
    if (!this.#reported.has(cause)) this.#findings.problems.push(problem);
    this.#reported.add(cause);
  }

  /** Whether so many entries may be handed out at this depth. */
  allows(entries: number, depth: number, cursor: YamlCursor): boolean {
    this.#entriesLeft -= entries;
    if (this.#entriesLeft >= 0 && depth <= MAX_DEPTH) return true;
    const message =
      depth > MAX_DEPTH ? `nested deeper than ${MAX_DEPTH} levels` : `more than ${MAX_ENTRIES} entries in one file`;
    this.report('too much', { where: cursor.where, message, hint: 'an alias counts each time that it is used' });
    return false;
  }
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a cursor is: the node, as an alias or itself, and the way to it. */
interface NodePlace {
  readonly node: unknown;
  readonly position: Position;
  readonly path: string;
  readonly depth: number;
}

/**
 * A place in a YAML file: a node that knows its path, line and column, and how to read itself. Aliases are followed,
 * `<<` is expanded where it is, and a key given twice is there twice: what that means is up to the reader.
 */
export class YamlCursor {
  readonly #source: Source;
  readonly #node: Node | null;
  readonly #position: Position;
  readonly #depth: number;
  readonly #isAliased: boolean;
  readonly path: string;

  private constructor(source: Source, { node, position, path, depth }: NodePlace) {
    this.#source = source;
    this.#node = resolveAlias(source, node);
    this.#isAliased = isAlias(node);
    this.#position = position;
    this.#depth = depth;
    this.path = path;
  }

  /** Opens the first document of a text. Undefined, with one problem noted, where it does not parse. */
  static open(name: string, content: string, findings: Findings): YamlCursor | undefined {
    const text = content.replace(/^\uFEFF/, '');
    const lines = new LineCounter();
    const at = (offset: number) => {
      const { line, col } = lines.linePos(offset);
      return formatPlace({ file: name, line, column: col, path: '' });
    };
    const refuse = ({ offset, message, hint }: SyntaxProblem) => {
      findings.problems.push({ where: at(offset), message, ...(hint === undefined ? {} : { hint }) });
      return undefined;
    };
    try {
      const [document, second] = parseYaml(text, { lineCounter: lines });
      const encoding = findEncodingProblem(text);
      if (encoding !== undefined) return refuse(encoding);
      if (document === undefined) return undefined;
      const syntax = findSyntaxProblem(document, text);
      if (syntax !== undefined) return refuse(syntax);
      const { anchored, unknown } = findAnchored(document);
      if (unknown !== undefined) return refuse({ offset: unknown.range?.[0] ?? 0, ...UNKNOWN_ALIAS });
      for (const { code, pos } of document.warnings)
        if (code === 'TAG_RESOLVE_FAILED') findings.warnings.push({ where: at(pos[0]), ...IGNORED_TAG });
      const secondDocument = second?.range[0];
      const source = { name, text, lines, anchored, faults: new Faults(findings), secondDocument };
      return new YamlCursor(source, { node: document.contents, position: START, path: '', depth: 0 });
    } catch (thrown) {
      if (!(thrown instanceof NestingError)) throw thrown;
      return refuse(thrown);
    }
  }

  /** `file.yml:12:9: modules.stock.metrics[0]`. */
  get where(): string {
    return formatPlace({ file: this.#source.name, ...this.#position, path: this.path });
  }

  /** The same place, its path ending with a key that the reader knows and that may be shown for that reason. */
  named(key: string): YamlCursor {
    if (!this.path.endsWith(HIDDEN)) return this;
    const path = this.path.slice(0, -HIDDEN.length) + key;
    return new YamlCursor(this.#source, {
      node: this.#node,
      position: this.#position,
      path,
      depth: this.#depth,
    });
  }

  /** Where the file has a second document, which nobody reads; undefined where it has one. */
  get secondDocument(): string | undefined {
    const { name, lines, secondDocument } = this.#source;
    if (secondDocument === undefined) return undefined;
    const { line, col } = lines.linePos(secondDocument);
    return formatPlace({ file: name, line, column: col, path: '' });
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
    const map = this.#node;
    if (!isMap(map)) return undefined;
    if (!this.#source.faults.allows(map.items.length, this.#depth, this)) return [];
    return map.items.flatMap((pair) => {
      const { key } = pair;
      if (isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<') {
        return this.#child({ node: pair.value, at: key, path: this.path }).#mergedFields;
      }
      return [this.#field(pair, map)];
    });
  }

  /** The entries whose key is in this very map already, not counting what `<<` brings. */
  get repeatedKeys(): readonly Field[] {
    const map = this.#node;
    if (!isMap(map) || !this.#source.faults.allows(map.items.length, this.#depth, this)) return [];
    const seen = new Set<string>();
    return map.items.flatMap((pair) => {
      const field = this.#field(pair, map);
      const isRepeated = seen.has(field.key);
      seen.add(field.key);
      return isRepeated ? [field] : [];
    });
  }

  /** The elements of a list; undefined for anything else. */
  get items(): readonly YamlCursor[] | undefined {
    if (!isSeq(this.#node)) return undefined;
    const { items } = this.#node;
    if (!this.#source.faults.allows(items.length, this.#depth, this)) return [];
    return items.map((node, i) => this.#child({ node, at: node, path: `${this.path}[${i}]` }));
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

  /** Whether a scalar is without quotes, so that it can be a number or a boolean. */
  get isPlain(): boolean {
    return isScalar(this.#node) && this.#node.type === Scalar.PLAIN;
  }

  /**
   * What a message may say that it found: a word in quotes where it is the value of a key that holds no secret, else what
   * kind of thing it is. Through an alias any text of the file could come here, so that none of it is repeated.
   */
  get found(): string {
    const { text } = this;
    if (text === '') return this.isNull ? 'nothing' : 'empty';
    return text === undefined || this.#isAliased || !isName(text) ? this.kind : JSON.stringify(text);
  }

  /** What to do about a map or list that was meant as text: `{.name}` without quotes. */
  get quoteHint(): string | undefined {
    if (!isMap(this.#node) && !isSeq(this.#node)) return undefined;
    const [start, end] = this.#node.range ?? [0, 0];
    return hintUnquoted(this.#source.text.slice(start, end));
  }

  /** What `<<` brings in: the fields of a map, or of several, of which the first ones win. */
  get #mergedFields(): readonly Field[] {
    const sources = this.items ?? [this];
    for (const source of sources) {
      if (source.isMap) continue;
      const problem = { where: source.where, message: '<< needs a map or a list of maps' };
      this.#source.faults.report(source.#node, problem);
    }
    return [...sources].reverse().flatMap((source) => source.fields ?? []);
  }

  #field(pair: Pair, map: YAMLMap): Field {
    const name = this.#nameOf(pair.key);
    const shown = isName(name) && this.#mayShow(pair, map) ? name : HIDDEN;
    const path = this.path === '' ? shown : `${this.path}.${shown}`;
    return { key: name, cursor: this.#child({ node: pair.value, at: pair.key, path }) };
  }

  /**
   * Whether a key may be repeated in a message. A secret can become a key by one wrong character: `{password, s3cr3t}`,
   * `[s3cr3t: other]`, `- s3cr3t:`. It has no value of its own then, or no braces.
   */
  #mayShow({ key, value }: Pair, map: YAMLMap): boolean {
    if (isAlias(key)) return false;
    const hasValue = value !== null && !(isScalar(value) && value.value === null && value.source === '');
    if (map.flow !== true) return hasValue || !this.path.endsWith(']');
    return hasValue && this.#source.text[map.range?.[0] ?? 0] === '{';
  }

  #child({ node, at, path }: { readonly node: unknown; readonly at: unknown; readonly path: string }): YamlCursor {
    return new YamlCursor(this.#source, { node, position: this.#positionOf(at), path, depth: this.#depth + 1 });
  }

  /** The text of a key; no key that means anything is a map or a list. */
  #nameOf(key: unknown): string {
    const node = resolveAlias(this.#source, key);
    return isScalar(node) ? sourceOf(node) : '?';
  }

  /** Where a node begins; the place of what holds it where that is not known. */
  #positionOf(node: unknown): Position {
    const [offset] = isNode(node) || isAlias(node) ? (node.range ?? []) : [];
    if (offset === undefined) return this.#position;
    const { line, col } = this.#source.lines.linePos(offset);
    return { line, column: col };
  }
}

const START: Position = { line: 1, column: 1 };
const UNKNOWN_ALIAS = { message: 'alias without an anchor before it', hint: 'put text that starts with * in quotes' };
const IGNORED_TAG = { message: 'unknown tag, ignored', hint: 'put text that starts with ! in quotes' };

/** The node of each alias: the last one before it that has the anchor. And the first alias that has none. */
function findAnchored(document: Document.Parsed) {
  const anchors = new Map<string, Node>();
  const anchored = new Map<Alias, Node>();
  let unknown: Alias | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      const node = anchors.get(alias.source);
      if (node === undefined) unknown ??= alias;
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
