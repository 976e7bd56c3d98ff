import type { Section } from '../section.js';

/**
 * Refuses each of these keys that is there and says nothing: a guard that was left out by mistake would let everybody
 * in. Those of them that are said are what it returns.
 */
export function refuseEmpty(section: Section, keys: readonly string[]): readonly string[] {
  return keys.filter((key) => {
    const cursor = section.takeAny(key);
    if (cursor === undefined) return false;
    const isEmpty = cursor.isNull || cursor.text === '' || cursor.fields?.length === 0 || cursor.items?.length === 0;
    if (isEmpty) section.refuse(cursor, 'is there, and empty', 'say what it is, or take it out');
    return !isEmpty;
  });
}
