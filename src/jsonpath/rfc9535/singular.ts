import { jsonpath } from 'json-p3';
import type { PathShape } from '../path.js';

const { expressions, selectors, TokenKind } = jsonpath;

type Segment = jsonpath.JSONPathSegment;

/** The names and indices that segments begin with, up to the first segment that may lead to several places. */
export function singularKeys(segments: readonly Segment[]): (string | number)[] {
  const keys: (string | number)[] = [];
  for (const segment of segments) {
    const key = singularKey(segment);
    if (key === undefined) break;
    keys.push(key);
  }
  return keys;
}

/** json-p3 does not export its classes of segments; the token of a descendant segment is its `..`. */
export function isDescendant(segment: Segment): boolean {
  return segment.token.kind === TokenKind.DDOT;
}

function singularKey(segment: Segment): string | number | undefined {
  const [selector, another] = segment.selectors;
  if (isDescendant(segment) || another !== undefined) return undefined;
  if (selector instanceof selectors.NameSelector) return selector.name;
  return selector instanceof selectors.IndexSelector ? selector.index : undefined;
}

/** What follows the keys of a query. A filter that looks at the root may find something else there for each part of a document. */
export function findRest(segments: readonly Segment[]): PathShape['rest'] {
  const [first, ...more] = segments;
  if (first === undefined) return 'nothing';
  const [selector, another] = first.selectors;
  if (isDescendant(first) || another !== undefined || segments.some(readsRoot)) return 'other';
  if (selector instanceof selectors.WildcardSelector) return more.length === 0 ? 'wildcard' : 'each';
  return selector instanceof selectors.FilterSelector ? 'each' : 'other';
}

function readsRoot({ selectors: all }: Segment): boolean {
  return all.some((selector) => selector instanceof selectors.FilterSelector && mentionsRoot(selector.expression));
}

/** Whether a filter has a query that begins at the root, however deep. */
function mentionsRoot(expression: jsonpath.expressions.FilterExpression): boolean {
  if (expression instanceof expressions.RootQuery) return true;
  if (expression instanceof expressions.LogicalExpression) return mentionsRoot(expression.expression);
  if (expression instanceof expressions.PrefixExpression) return mentionsRoot(expression.right);
  if (expression instanceof expressions.InfixExpression) {
    return mentionsRoot(expression.left) || mentionsRoot(expression.right);
  }
  if (expression instanceof expressions.FunctionExtension) return expression.args.some(mentionsRoot);
  return expression instanceof expressions.FilterQuery && expression.path.segments.some(readsRoot);
}
