import type { NumberText } from '../golang/number.js';
import { ZxpError } from '../model/errors.js';
import type { Work } from '../model/work.js';

/** How one path is read and what its failures mean. */
export interface PathOptions {
  /**
   * Whether a field may be absent. Then it counts as nothing: `x-{.nope}` is `x-`, `select` gives no nodes, and a text
   * that ends up empty is `missing`. Otherwise the whole path is `missing`.
   */
  readonly allowMissingKey: boolean;
  /**
   * Whether numbers behave as in json_exporter: a filter cannot compare a number of the document with an integer
   * literal, and integers beyond 2^53 are doubles. Otherwise every number compares with every other.
   */
  readonly strictNumbers: boolean;
  /** How numbers print; as in Go where `strictNumbers` is set, as decimals otherwise, unless it is given here. */
  readonly numberText?: NumberText;
  /**
   * Whether a default replaces what is not there. Then null is `missing`, and so is text around a block that finds
   * nothing, unless `allowMissingKey` is set.
   */
  readonly hasDefault?: boolean;
  /** Whether a pair of single quotes around the text belongs to it. A pair of double quotes never does. */
  readonly keepsSingleQuotes?: boolean;
}

/** How the numbers of a path print. */
export function numberTextOf({ numberText, strictNumbers }: PathOptions): NumberText {
  return numberText ?? (strictNumbers ? 'go' : 'decimal');
}

/** Where one part of a path leads: first by keys alone, then further. */
export interface PathShape {
  /** Names of fields and indices of arrays that are walked one by one. */
  readonly keys: readonly (string | number)[];
  /**
   * What follows the keys. `nothing`; `wildcard`, and nothing behind it; `each`, of which what is found below an array is
   * what is found below each of its elements, one after the other; `filter`, the same but that it may fail as a whole;
   * or `other`.
   */
  readonly rest: 'nothing' | 'wildcard' | 'each' | 'filter' | 'other';
}

/**
 * A path that is compiled once and applied to every document. Nothing here throws, whatever the document holds, but what
 * the work throws that is spent: a failure is a value. A document is what JSON.parse or `parseDocument` gives.
 */
export interface CompiledPath {
  readonly source: string;
  /** Whether it leads to one place at most, whatever the document is. */
  readonly isSingular: boolean;
  /** Its parts that look something up. */
  readonly shapes: readonly PathShape[];
  /** The matches as text, several of them joined by a blank, with one pair of outer quotes taken off. */
  text(document: unknown, work: Work): string | PathFailure;
  /** The same text as a number, by the rules of `parseSampleValue`, without the detour over text where one number matches. */
  number(document: unknown, work: Work): number | PathFailure;
  /** The matches themselves, as the `path` of a `type: object` metric wants them. */
  select(document: unknown, work: Work): readonly unknown[] | PathFailure;
}

/**
 * `missing`: nothing is where the path points, which is a failure unless `allowMissingKey` says otherwise. `error`:
 * something is there that does not fit, allowed or not.
 */
export type PathFailureKind = 'missing' | 'error';

/** Why a path gave nothing for a document. The message quotes the path and never the document, which may hold secrets. */
export class PathFailure {
  readonly kind: PathFailureKind;
  readonly message: string;
  /** Whether nothing is where the path points, which a default replaces: an index out of range is an error, and absent. */
  readonly isAbsent: boolean;

  constructor(kind: PathFailureKind, message: string, isAbsent = kind === 'missing') {
    this.kind = kind;
    this.message = message;
    this.isAbsent = isAbsent;
  }
}

/** The failure of a path that costs more than any may, or whose text is too long: it says nothing of the document. */
export class PathLimit extends PathFailure {
  constructor(message: string) {
    super('error', message);
  }
}

/** Throws `limit` for a path that went beyond a bound, where a failure would look like an answer. */
export function refuseLimit(found: unknown, what: string): void {
  if (!(found instanceof PathLimit)) return;
  throw new ZxpError('limit', `${what}: ${found.message}`, { hint: 'let the path lead to less' });
}

/** A path that does not parse. `position` is where, in UTF-16 code units from the start of `source`. */
export class PathSyntaxError extends ZxpError {
  readonly source: string;
  readonly position: number;

  constructor(
    message: string,
    where: { readonly source: string; readonly position: number; readonly cause?: unknown },
  ) {
    const position = Math.max(0, Math.min(where.position, where.source.length));
    super('config', `${message} at position ${position}`, 'cause' in where ? { cause: where.cause } : {});
    this.source = where.source;
    this.position = position;
  }
}
