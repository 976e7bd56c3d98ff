import { jsonpath } from 'json-p3';

const { selectors, TokenKind } = jsonpath;

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
