import type { Section } from '../section.js';
import type { YamlCursor } from '../yaml-cursor.js';

/**
 * Refuses each of these keys that is there and says nothing: a check that was left out by mistake would let everybody
 * in. Those of them that are said are what it returns.
 */
export function refuseEmpty(section: Section, keys: readonly string[]): readonly string[] {
  return keys.filter((key) => {
    const cursor = section.takeAny(key);
    if (cursor === undefined) return false;
    if (isEmpty(cursor)) section.refuse(cursor, 'is there, and empty', 'say what it is, or take it out');
    return !isEmpty(cursor);
  });
}

/** Whether a key says something: null, an empty text and an empty list are as good as absent, as Go's decoder has them. */
export function isSaid(section: Section, key: string): boolean {
  const cursor = section.takeAny(key);
  return cursor !== undefined && !isEmpty(cursor);
}

function isEmpty(cursor: YamlCursor): boolean {
  return cursor.isNull || cursor.text === '' || cursor.fields?.length === 0 || cursor.items?.length === 0;
}
