import { ZxpError } from '../model/errors.js';

/** How one path is read and what its failures mean. */
export interface PathOptions {
  /**
   * Whether a field may be absent. Then it counts as nothing: `x-{.nope}` is `x-`, `select` gives no nodes, and a text
   * that ends up empty is `missing`. Otherwise the whole path is `missing`.
   */
  readonly allowMissingKey: boolean;
  /**
   * Whether numbers behave as in json_exporter: text is Go's `%v` (`1e+06`), and a filter cannot compare a number of the
   * document with an integer literal. Otherwise integers below 1e21 are decimals, exact where the document has them as
   * bigint, and every number compares with every other.
   */
  readonly strictNumbers: boolean;
}

/**
 * A path that is compiled once and asked for every document. Nothing here throws, whatever the document holds: a
 * failure is a value. A document is what JSON.parse or `parseDocument` gives.
 */
export interface CompiledPath {
  readonly source: string;
  /** The matches as text, several of them joined by a blank, with one pair of outer quotes taken off. */
  text(document: unknown): string | PathFailure;
  /** The same text as a number, by the rules of `parseSampleValue`, without the detour over text where one number matches. */
  number(document: unknown): number | PathFailure;
  /** The matches themselves, as the `path` of a `type: object` metric wants them. */
  select(document: unknown): readonly unknown[] | PathFailure;
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

  constructor(kind: PathFailureKind, message: string) {
    this.kind = kind;
    this.message = message;
  }
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
