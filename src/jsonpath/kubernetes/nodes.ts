import type { GoInt } from '../../golang/values.js';

/** A template as the parser of k8s.io/client-go/util/jsonpath reads it. The top level holds text and lists (blocks). */
export type TemplateNode =
  | TextNode
  | ConstantNode
  | ListNode
  | FieldNode
  | ArrayNode
  | IdentifierNode
  | FilterNode
  | UnionNode
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' };

/** Literal text, and quoted text inside a block: one match, however many came in. */
export interface TextNode {
  readonly type: 'text';
  readonly text: string;
}

/** A number or boolean inside a block: one match for each that came in. */
export interface ConstantNode {
  readonly type: 'constant';
  readonly value: GoInt | number | boolean;
}

/** What stands inside one pair of braces, one step after the other. */
export interface ListNode {
  readonly type: 'list';
  readonly nodes: readonly TemplateNode[];
}

/** `.name`, backslashes removed. The name is empty for `{.}`. */
export interface FieldNode {
  readonly type: 'field';
  readonly name: string;
}

/** `[start:end:step]`. `isIndex` says that it was `[start]`, whose end is one further. */
export interface ArrayNode {
  readonly type: 'array';
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly step: number | undefined;
  readonly isIndex: boolean;
}

/** A word: `range`, `end`, or one that fails when it is reached. */
export interface IdentifierNode {
  readonly type: 'identifier';
  readonly name: string;
}

/** `[?(left operator right)]`, or `[?(left)]` with the operator `exists`. */
export interface FilterNode {
  readonly type: 'filter';
  readonly left: ListNode;
  readonly right: ListNode;
  readonly operator: string;
}

/** `[a,b]`: the matches of each list, one list after the other. */
export interface UnionNode {
  readonly type: 'union';
  readonly lists: readonly ListNode[];
}
